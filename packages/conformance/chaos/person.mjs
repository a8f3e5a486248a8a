// Somebody who works in a folder, also while it is being synchronised, and who keeps exact account of every content that
// comes and goes by the own hand: what gives way is first taken out of the folder in one step and then looked at.
import {
  chmodSync,
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { contentOf, idOf, isEditedInPlace, isMeantToBeEmpty } from './contents.mjs';

/** What may happen to somebody in whose folder others work too: then this edit does not take place. */
const mishaps = new Set(['ENOENT', 'EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ENOSPC', 'EINVAL']);

const fileModes = [0o644, 0o644, 0o644, 0o600, 0o755, 0o444];

export class Person {
  /** Contents that this person destroyed since `beginAccount`, and those that came. */
  destroyed = new Set();
  brought = new Set();
  /** Paths at which this person did anything since then. */
  touched = new Set();
  /** Texts, as a census has them, of files whose permissions this person changed. Whoever reads it empties it. */
  remodelled = new Set();
  #random;
  #root;
  #limbo;
  #newId;
  #history;
  #side;
  #spare = 0;

  constructor({ side, random, root, limbo, newId, history }) {
    this.#side = side;
    this.#random = random;
    this.#root = root;
    this.#limbo = limbo;
    this.#newId = newId;
    this.#history = history;
  }

  beginAccount() {
    this.destroyed = new Set();
    this.brought = new Set();
    this.touched = new Set();
  }

  /** One random edit. */
  act() {
    const acts = [
      [8, 'create'],
      [6, 'overwrite'],
      [5, 'editInPlace'],
      [5, 'remove'],
      [5, 'renameFile'],
      [3, 'renameFolder'],
      [2, 'makeFolder'],
      [1, 'removeFolder'],
      [2, 'exchange'],
      [2, 'duplicate'],
      [2, 'changeType'],
      [2, 'touch'],
      [1, 'changeMode'],
      [1, 'link'],
      [1, 'createEmpty'],
    ];
    let throwOfDice = this.#random.below(acts.reduce((sum, [weight]) => sum + weight, 0));
    const [, name] = acts.find(([weight]) => {
      throwOfDice -= weight;
      return throwOfDice < 0;
    });
    try {
      const what = this[name]();
      if (what !== undefined) this.#history(`${this.#side}: ${name} ${what}`);
    } catch (error) {
      if (!mishaps.has(error.code)) throw error;
      this.#history(`${this.#side}: ${name} failed: ${error.message}`);
    }
  }

  create(path = this.#newPath(), size = this.#size()) {
    this.#touch(path);
    this.#put(path, size);
    return path;
  }

  createEmpty() {
    const path = this.#newPath('empty');
    this.#touch(path);
    mkdirSync(dirname(this.#at(path)), { recursive: true });
    writeFileSync(this.#at(path), '', { flag: 'wx' });
    return path;
  }

  overwrite() {
    const path = this.#someFile((file) => !isMeantToBeEmpty(file));
    if (path === undefined) return undefined;
    this.#touch(path);
    this.#takeAway(path);
    this.#put(path, this.#size());
    return path;
  }

  /** The same file, the same size, other content. */
  editInPlace() {
    const path = this.#someFile(isEditedInPlace);
    if (path === undefined) return this.create(this.#newPath('inplace'));
    this.#touch(path);
    const descriptor = openSync(this.#at(path), 'r+');
    try {
      const old = Buffer.alloc(fstatSync(descriptor).size);
      readSync(descriptor, old, 0, old.length, 0);
      const id = idOf(old);
      if (id === undefined) return undefined;
      const next = this.#newId();
      const content = contentOf(next, old.length);
      if (content.length !== old.length) return undefined;
      this.destroyed.add(id);
      writeSync(descriptor, content, 0, content.length, 0);
      this.brought.add(next);
      return `${path}: ${id} becomes ${next}`;
    } finally {
      closeSync(descriptor);
    }
  }

  remove() {
    const path = this.#someFile();
    if (path === undefined) return undefined;
    this.#touch(path);
    return `${path}: ${this.#takeAway(path)}`;
  }

  removeFolder() {
    const path = this.#someFolder();
    if (path === undefined) return undefined;
    this.#touch(path);
    return `${path}: ${this.#takeAway(path)}`;
  }

  renameFile() {
    const path = this.#someFile();
    if (path === undefined) return undefined;
    const isCaseOnly = this.#random.chance(0.15);
    const name = basename(path);
    const to = isCaseOnly
      ? join(
          dirname(path),
          name.replace(/[a-z]\d*$/, (end) => end.toUpperCase()),
        )
      : this.#newPath(isEditedInPlace(path) ? 'inplace' : isMeantToBeEmpty(path) ? 'empty' : undefined);
    if (to === path) return undefined;
    this.#touch(path);
    this.#touch(to);
    const limbo = this.#spareName();
    renameSync(this.#at(path), limbo);
    this.#bringBack(limbo, to);
    return `${path} to ${to}`;
  }

  renameFolder() {
    const path = this.#someFolder();
    if (path === undefined) return undefined;
    const to = this.#newPath('folder');
    if (to.startsWith(`${path}/`)) return undefined;
    this.#touch(path);
    this.#touch(to);
    mkdirSync(dirname(this.#at(to)), { recursive: true });
    renameSync(this.#at(path), this.#at(to));
    return `${path} to ${to}`;
  }

  makeFolder() {
    const path = this.#newPath('folder');
    this.#touch(path);
    mkdirSync(this.#at(path), { recursive: true });
    return path;
  }

  /** Two files swap their names. */
  exchange() {
    const plain = (file) => !isEditedInPlace(file) && !isMeantToBeEmpty(file);
    const [left, right] = [this.#someFile(plain), this.#someFile(plain)];
    if (left === undefined || right === undefined || left === right) return undefined;
    this.#touch(left);
    this.#touch(right);
    const [first, second] = [this.#spareName(), this.#spareName()];
    renameSync(this.#at(left), first);
    try {
      renameSync(this.#at(right), second);
      this.#bringBack(second, left);
    } finally {
      this.#bringBack(first, right);
    }
    return `${left} and ${right}`;
  }

  /** The same content a second time: renames must not be guessed from it. */
  duplicate() {
    const path = this.#someFile((file) => !isEditedInPlace(file) && !isMeantToBeEmpty(file));
    if (path === undefined) return undefined;
    const to = this.#newPath();
    this.#touch(to);
    const content = readFileSync(this.#at(path));
    if (idOf(content) === undefined) return undefined;
    mkdirSync(dirname(this.#at(to)), { recursive: true });
    this.#place(content, to);
    return `${path} to ${to}`;
  }

  changeType() {
    const file = this.#random.chance(0.6) ? this.#someFile((path) => !isEditedInPlace(path)) : undefined;
    const path = file ?? this.#someFolder();
    if (path === undefined) return undefined;
    this.#touch(path);
    this.#takeAway(path);
    if (file === undefined) {
      if (!basename(path).startsWith('empty-')) this.#put(path, this.#size());
      return `${path} is a file now`;
    }
    mkdirSync(this.#at(path));
    if (this.#random.chance(0.7)) this.#put(`${path}/${basename(this.#newPath())}`, this.#size());
    return `${path} is a folder now`;
  }

  touch() {
    const path = this.#someFile();
    if (path === undefined) return undefined;
    this.#touch(path);
    const when = 1_600_000_000 + this.#random.below(100_000_000);
    utimesSync(this.#at(path), when, when);
    return path;
  }

  changeMode() {
    const path = this.#someFile();
    if (path === undefined) return undefined;
    this.#touch(path);
    const mode = this.#random.pick(fileModes);
    this.#remodel(path, mode);
    return `${path} ${mode.toString(8)}`;
  }

  link() {
    const path = this.#newPath('link');
    this.#touch(path);
    mkdirSync(dirname(this.#at(path)), { recursive: true });
    symlinkSync(`target-${this.#random.below(10)}`, this.#at(path));
    return path;
  }

  /**
   * A file or folder of this side that cannot be read, or not be written to, from now on.
   *
   * @returns the folder, where what is in it cannot be seen any more
   */
  lock() {
    const isFolder = this.#random.chance(0.7);
    const path = isFolder ? this.#someFolder((folder) => entriesOf(this.#at(folder)).length > 0) : this.#someFile();
    if (path === undefined) return undefined;
    const mode = isFolder ? this.#random.pick([0, 0, 0o500, 0o300]) : 0;
    if (isFolder) chmodSync(this.#at(path), mode);
    else this.#remodel(path, mode);
    this.#history(`${this.#side}: ${path} has the permissions ${mode.toString(8)} now`);
    return isFolder && (mode & 0o400) === 0 ? { side: this.#side, path } : undefined;
  }

  #remodel(path, mode) {
    const place = this.#at(path);
    // What cannot be read was noted when its permissions were taken away.
    if ((lstatSync(place).mode & 0o400) !== 0) {
      const id = idOf(readFileSync(place));
      this.remodelled.add(id === undefined ? 'empty' : `content ${id}`);
    }
    chmodSync(place, mode);
  }

  #touch(path) {
    this.touched.add(path);
  }

  #at(path) {
    return join(this.#root, path);
  }

  #spareName() {
    this.#spare += 1;
    return join(this.#limbo, `${this.#spare}`);
  }

  #put(path, size) {
    const id = this.#newId();
    mkdirSync(dirname(this.#at(path)), { recursive: true });
    this.#place(contentOf(id, size), path);
    this.brought.add(id);
  }

  /** A new file appears whole, and only where nothing stands. */
  #place(content, path) {
    const limbo = this.#spareName();
    try {
      writeFileSync(limbo, content);
      chmodSync(limbo, this.#random.pick(fileModes));
      linkSync(limbo, this.#at(path));
    } finally {
      rmSync(limbo, { force: true });
    }
  }

  /** What stands at the path, all of it, is gone from here on. */
  #takeAway(path) {
    const limbo = this.#spareName();
    renameSync(this.#at(path), limbo);
    const ids = this.#idsIn(limbo);
    for (const id of ids) this.destroyed.add(id);
    rmSync(limbo, { recursive: true });
    return ids.join(' ');
  }

  #idsIn(place) {
    const stats = lstatSync(place);
    if (stats.isDirectory()) {
      chmodSync(place, 0o755);
      return readdirSync(place).flatMap((name) => this.#idsIn(join(place, name)));
    }
    if (!stats.isFile()) return [];
    if ((stats.mode & 0o400) === 0) chmodSync(place, 0o644);
    const id = idOf(readFileSync(place));
    return id === undefined ? [] : [id];
  }

  /** What was taken away for a moment comes to its new name, or to one beside it where that is taken by now. */
  #bringBack(limbo, path) {
    const prefix = isEditedInPlace(path) ? 'inplace' : isMeantToBeEmpty(path) ? 'empty' : 'moved';
    for (let name = path; ; name = join(dirname(path), `${prefix}-${this.#random.below(1e9)}`)) {
      this.#touch(name);
      try {
        mkdirSync(dirname(this.#at(name)), { recursive: true });
        if (lstatSync(limbo).isDirectory()) {
          mkdirSync(this.#at(name));
          renameSync(limbo, this.#at(name));
        } else {
          linkSync(limbo, this.#at(name));
          rmSync(limbo);
        }
        return;
      } catch (error) {
        if (error.code === 'ENOENT' || error.code === 'EEXIST' || error.code === 'ENOTEMPTY') continue;
        // The way there is blocked for good: this person gives the content up.
        if (!mishaps.has(error.code)) throw error;
        for (const id of this.#idsIn(limbo)) this.destroyed.add(id);
        rmSync(limbo, { recursive: true });
        return;
      }
    }
  }

  #size() {
    const dice = this.#random.next();
    if (dice < 0.75) return this.#random.below(4_000);
    if (dice < 0.96) return this.#random.below(60_000);
    // Small files are written in one go; only large ones can be met on their way.
    return this.#random.below(4_000_000);
  }

  #newPath(kind = this.#random.pick(['file', 'file', 'file', 'a name', 'nämë', '.hidden', 'inplace'])) {
    const folders = this.#folders();
    const folder = folders.length === 0 || this.#random.chance(0.25) ? '' : this.#random.pick(folders);
    this.#spare += 1;
    const name = `${kind}-${this.#side.charAt(0)}${this.#spare}`;
    const isDeep = folder.split('/').length > 4;
    if (isDeep || folder === '') return name;
    return `${folder}/${name}`;
  }

  #someFile(isWanted = () => true) {
    const files = this.#list().filter(([path, entry]) => !entry.isDirectory() && isWanted(path));
    const plain = files.filter(([, entry]) => entry.isFile());
    return plain.length === 0 ? undefined : this.#random.pick(plain)[0];
  }

  #someFolder(isWanted = () => true) {
    const folders = this.#folders().filter(isWanted);
    return folders.length === 0 ? undefined : this.#random.pick(folders);
  }

  #folders() {
    return this.#list()
      .filter(([, entry]) => entry.isDirectory())
      .map(([path]) => path);
  }

  #list(directory = '') {
    return entriesOf(this.#at(directory)).flatMap((entry) => {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (path === '.syncengine') return [];
      return entry.isDirectory() ? [[path, entry], ...this.#list(path)] : [[path, entry]];
    });
  }
}

function entriesOf(directory) {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.sort((left, right) => (left.name < right.name ? -1 : 1));
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'ENOTDIR') return [];
    throw error;
  }
}
