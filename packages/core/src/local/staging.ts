import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { sep } from 'node:path';
import type { Clock } from '../control/index.ts';
import { reservedName } from '../paths/index.ts';
import { failure } from '../storage-failures.ts';
import { errorNumber, isMissing } from './errors.ts';
import { isLeftBehind, stagedName } from './owner.ts';
import { look, type Root } from './root.ts';

/** How the name of a list of other folders ends, in which a client staged. */
const listMark = '-elsewhere';

/**
 * The folder where content stays until it is complete: `.syncengine/staging` of the root, and for a directory that lies on
 * another disk mounted below the root, the same inside that directory.
 */
export class Staging {
  readonly #root: Root;
  readonly #clock: Clock;
  /** Directories into which nothing can be renamed from the root's own staging folder. */
  readonly #elsewhere = new Set<string>();
  readonly #listName = `${stagedName()}${listMark}`;
  /** Bases whose staging folder was made or looked at by this client: it is a real one. */
  readonly #proven = new Set<string>();

  constructor(root: Root, clock: Clock) {
    this.#root = root;
    this.#clock = clock;
  }

  /** Runs `make` at a place for something that is to go into `directory`, making the staging folder if need be. */
  at<Result>(directory: string, make: (place: string) => Result): Result {
    const base = this.#elsewhere.has(directory) ? directory : this.#root.folder;
    const place = `${stagingOf(base)}${sep}${stagedName()}`;
    if (!this.#proven.has(base)) this.#makeFolder(base);
    try {
      return make(place);
    } catch (error) {
      // Another client of this root may just have tidied up.
      if (errorNumber(error) !== 'ENOENT') throw error;
      this.#makeFolder(base);
      return make(place);
    }
  }

  /** True where nothing can be renamed into from the root's own staging folder. */
  isElsewhere(directory: string): boolean {
    return this.#elsewhere.has(directory);
  }

  /** From now on, what goes into `directory` is staged inside it. */
  stageInside(directory: string): void {
    if (this.#elsewhere.has(directory)) return;
    // Told to whoever has to tidy up, should this process be killed.
    this.#makeFolder(this.#root.folder);
    appendFileSync(this.#placeIn(this.#listName), `${JSON.stringify(directory)}\n`);
    this.#elsewhere.add(directory);
  }

  /**
   * Removes what processes that are gone have left.
   *
   * @param keep names of staged files that someone will go on with
   */
  recover(keep: ReadonlySet<string> = new Set()): void {
    whereAllowed(() => {
      for (const name of stagedIn(this.#root.folder)) {
        const isList = name.endsWith(listMark);
        if (isList && this.#isLeftBehind(this.#placeIn(name), name)) this.#recoverElsewhere(name, keep);
        else if (!isList) this.#sweep(stagingOf(this.#root.folder), name, keep);
      }
    });
    this.tidy();
  }

  /** Where a staged file of that name may be that was to go into `directory`. */
  placesOf(name: string, directory: string): readonly string[] {
    return [this.#root.folder, directory]
      .filter((base) => isRealDirectory(reservedIn(base)) && isRealDirectory(stagingOf(base)))
      .map((base) => `${stagingOf(base)}${sep}${name}`);
  }

  /** Removes a staged file that nobody will go on with. */
  drop(name: string, directory: string): void {
    for (const place of this.placesOf(name, directory)) removeFile(place);
    whereAllowed(() => {
      removeEmpty(directory);
      removeEmpty(this.#root.folder);
    });
  }

  /** Removes the folders that are empty now. */
  tidy(): void {
    for (const directory of this.#elsewhere) whereAllowed(() => removeEmpty(directory));
    if (this.#elsewhere.size > 0) {
      this.#elsewhere.clear();
      removeFile(this.#placeIn(this.#listName));
    }
    whereAllowed(() => removeEmpty(this.#root.folder));
  }

  #recoverElsewhere(list: string, keep: ReadonlySet<string>): void {
    for (const line of readFileSync(this.#placeIn(list), 'utf8').split('\n')) {
      const directory = directoryIn(line);
      if (directory === undefined || !directory.startsWith(`${this.#root.path}${sep}`)) continue;
      for (const name of stagedIn(directory)) this.#sweep(stagingOf(directory), name, keep);
      whereAllowed(() => removeEmpty(directory));
    }
    removeFile(this.#placeIn(list));
  }

  #sweep(folder: string, name: string, keep: ReadonlySet<string>): void {
    if (keep.has(name)) return;
    const place = `${folder}${sep}${name}`;
    whereAllowed(() => {
      if (this.#isLeftBehind(place, name)) removeFile(place);
    });
  }

  #isLeftBehind(place: string, name: string): boolean {
    const stats = look(place);
    return stats !== undefined && isLeftBehind(name, this.#clock.now() - stats.ctimeMs);
  }

  #placeIn(name: string): string {
    return `${stagingOf(this.#root.folder)}${sep}${name}`;
  }

  #makeFolder(base: string): void {
    if (base === this.#root.folder && look(base) === undefined) throw failure('root-missing', reservedName);
    makeRealDirectory(reservedIn(base), 0o777);
    // Nobody else may look into content that does not have its permissions yet.
    makeRealDirectory(stagingOf(base), 0o700);
    this.#proven.add(base);
  }
}

/** Closes and removes a staged file that is not wanted any more. */
export function discard(place: string, descriptor?: number): void {
  if (descriptor !== undefined) closeSync(descriptor);
  removeFile(place);
}

/** A new file at a place, for writing. */
export function openNew(place: string, permissions: number): number {
  return openSync(place, 'wx', permissions);
}

export function removeFile(place: string): void {
  try {
    unlinkSync(place);
  } catch (error) {
    // Gone already is just as well.
    if (!isMissing(error)) throw error;
  }
}

/**
 * Tidies up unless nothing may be changed: the disk is mounted read-only, or the folder belongs to someone else. What was left
 * behind is in nobody's way there, and whoever only reads from that side must not be kept from it.
 */
function whereAllowed(tidyUp: () => void): void {
  try {
    tidyUp();
  } catch (error) {
    if (!['EROFS', 'EACCES', 'EPERM'].includes(errorNumber(error) ?? '')) throw error;
  }
}

function reservedIn(base: string): string {
  return `${base}${sep}${reservedName}`;
}

function stagingOf(base: string): string {
  return `${reservedIn(base)}${sep}staging`;
}

/** False for someone's link, too: it may lead out of the root. */
function isRealDirectory(place: string): boolean {
  return look(place)?.isDirectory() === true;
}

/** A directory that is none of someone else's links. */
function makeRealDirectory(place: string, permissions: number): void {
  try {
    mkdirSync(place, permissions);
  } catch (error) {
    if (errorNumber(error) !== 'EEXIST') throw error;
    if (!isRealDirectory(place)) throw failure('not-a-directory', reservedName);
  }
}

function removeEmpty(base: string): void {
  if (!isRealDirectory(reservedIn(base))) return;
  for (const folder of [stagingOf(base), reservedIn(base)]) {
    try {
      rmdirSync(folder);
    } catch (error) {
      // Still in use, or never made.
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errorNumber(error) ?? '')) throw error;
    }
  }
}

function stagedIn(base: string): readonly string[] {
  try {
    return isRealDirectory(reservedIn(base)) && isRealDirectory(stagingOf(base)) ? readdirSync(stagingOf(base)) : [];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** A line of the list; the last one may be torn by a kill. */
function directoryIn(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
