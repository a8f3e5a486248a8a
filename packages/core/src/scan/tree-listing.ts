import { asSyncEngineError, isAbortError, isSyncEngineError, SyncEngineError } from '../errors.ts';
import type { IgnoreChain } from '../ignore/index.ts';
import type { ScannedItem } from '../join/index.ts';
import { childOf, compareUtf8, nameOf, orderKey, reservedName } from '../paths/index.ts';
import type { DirectoryEntry, Entry, FileEntry } from '../storage/index.ts';
import { directoryItem } from './directory-walk.ts';
import { EntryObserver, type EntryObserverOptions, type ScannedChild } from './entry-observer.ts';
import { type ListingFindings, ScanAgain } from './listing-findings.ts';
import { OpenNames } from './open-names.ts';
import { isRootItself, rawPath } from './raw-path.ts';
import { failingAsRoot, rootUnreadable } from './root-unreadable.ts';

/** A directory on the way to the present point of the listing. */
interface OpenDirectory {
  /** `undefined` for the root. */
  readonly child: ScannedChild | undefined;
  readonly path: string;
  /** Of the paths inside, and of their keys, which are the same here. */
  readonly prefix: string;
  /** The rules around it. */
  readonly parentIgnore: IgnoreChain;
  /** The rules inside; `undefined` until its ignore file was met, or its place in the order was passed. */
  ignore: IgnoreChain | undefined;
  /** What came before the ignore file: it cannot be judged yet. */
  held: Entry[];
}

/** Entries that wait for an ignore file before the store is asked for that file directly. */
const mostHeld = 4096;

/**
 * A tree taken from one listing of all its paths, in their native order, without holding it in memory: what a walk through
 * the directories gives, item for item. Directories that are only implied are derived from the files inside.
 *
 * It needs a native order that is that of the keys. Where that does not hold, and where a file that was delivered already
 * turns out to be a directory as well, it throws `ScanAgain` and leaves what it found for the next pass.
 */
export class TreeListing {
  readonly #options: EntryObserverOptions;
  readonly #findings: ListingFindings;
  readonly #observer: EntryObserver;
  readonly #open: OpenDirectory[] = [];
  readonly #names = new OpenNames();
  #rootIgnore: IgnoreChain | undefined;
  #page: ScannedItem[] = [];
  /** What lies below this prefix is left out: its top was delivered and speaks for it, or nothing is to be said of it. */
  #skipped: string | undefined;
  /** Order of the entry that came last. */
  #last = '';
  /** This pass is worthless; the rest of it is only looked at for more of what the next one has to know. */
  #isVoid = false;

  constructor(options: EntryObserverOptions, findings: ListingFindings) {
    this.#options = options;
    this.#findings = findings;
    this.#observer = new EntryObserver(options);
    this.#enter(undefined, '', '', options.ignore.root());
  }

  /** Known as soon as the first page is there. */
  get rootIgnore(): IgnoreChain | undefined {
    return this.#rootIgnore;
  }

  /** @throws SyncEngineError `root-unreadable`, `invalid-ignore-file`, `order-broken`; ScanAgain */
  async *pages(listing: AsyncIterable<readonly Entry[]>, pageSize: number): AsyncGenerator<readonly ScannedItem[]> {
    for await (const told of failingAsRoot(this.#options, listing)) {
      this.#options.signal?.throwIfAborted();
      for (const one of told) {
        if (isRootItself(one)) continue;
        const entry = rawPath(one);
        this.#requireOrder(entry);
        const waiting = this.#take(entry);
        if (waiting !== undefined) await this.#takeAfter(waiting, entry);
      }
      if (this.#page.length >= pageSize) yield* this.#turn(pageSize);
    }
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      // What was held back may open directories of its own.
      if (top.ignore === undefined) await this.#resolve(top, undefined);
      else this.#open.pop();
    }
    this.#page.push(...this.#names.rest());
    if (this.#isVoid) throw new ScanAgain(this.#options.side);
    yield* this.#turn(pageSize);
  }

  /** Hands on what is there. */
  *#turn(pageSize: number): Generator<readonly ScannedItem[]> {
    const items = this.#page;
    this.#page = [];
    if (this.#isVoid) return;
    for (let start = 0; start < items.length; start += pageSize) yield items.slice(start, start + pageSize);
  }

  #requireOrder(entry: Entry): void {
    const { path } = entry;
    let order = orderKey(path, entry.kind === 'directory');
    // Of what is unknown not even the kind is known: it may stand in either place.
    if (entry.kind === 'unknown' && compareUtf8(this.#last, order) >= 0) order = orderKey(path, true);
    const step = compareUtf8(this.#last, order);
    if (step > 0) {
      const { side, client } = this.#options;
      throw new SyncEngineError(
        'order-broken',
        `The ${side} ${client.id} lists ${JSON.stringify(order)} after ${JSON.stringify(this.#last)}, which breaks the order that it declares; nothing was changed.`,
        { path, side },
      );
    }
    // One path told twice: what that means is seen where all of a directory is together.
    if (step === 0) this.#sortNextTime();
    this.#last = order;
  }

  /** @returns a directory whose rules have to be known before the entry can be taken */
  #take(entry: Entry): OpenDirectory | undefined {
    const { path } = entry;
    const isDirectory = entry.kind === 'directory';
    if (this.#skipped !== undefined) {
      if (orderKey(path, isDirectory).startsWith(this.#skipped)) return undefined;
      this.#skipped = undefined;
    }
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      if (!path.startsWith(top.prefix)) {
        if (top.ignore === undefined) return top;
        this.#open.pop();
        continue;
      }
      const slash = path.indexOf('/', top.prefix.length);
      const isInside = slash !== -1;
      if (top.ignore === undefined) {
        const part = path.slice(top.prefix.length, isInside ? slash : undefined);
        const fate = this.#fate(top, entry, orderKey(part, isInside || isDirectory));
        if (fate === 'wait') return top;
        if (fate === 'held') return undefined;
      }
      const rules = top.ignore ?? top.parentIgnore;
      if (!isInside && entry.kind !== 'directory') {
        this.#leaf(top, entry, rules);
        return undefined;
      }
      if (entry.kind === 'directory' && !isInside) {
        this.#directory(top, entry, rules);
        return undefined;
      }
      // An empty name at the top has a slash for a path, not the path of the root.
      this.#directory(top, { kind: 'directory', path: path.slice(0, slash) || '/' }, rules);
      if (this.#skipped !== undefined) return undefined;
    }
    return undefined;
  }

  /** What becomes of an entry of a directory whose rules are not known. */
  #fate(top: OpenDirectory, entry: Entry, order: string): 'held' | 'wait' | 'ready' {
    const { fileName } = this.#options.ignore;
    const step = fileName === undefined ? 1 : compareUtf8(order, fileName);
    if (step < 0) {
      if (top.held.length >= mostHeld) return 'wait';
      top.held.push(entry);
      return 'held';
    }
    if (top.held.length > 0 || (step === 0 && entry.kind === 'file')) return 'wait';
    this.#settle(top, top.parentIgnore);
    return 'ready';
  }

  async #takeAfter(waiting: OpenDirectory, entry: Entry): Promise<void> {
    for (let next: OpenDirectory | undefined = waiting; next !== undefined; next = this.#take(entry)) {
      await this.#resolve(next, entry);
    }
  }

  /**
   * Finds out the rules inside a directory and goes on with what waited for them.
   *
   * @param next the entry that comes next, in the directory or behind it
   */
  async #resolve(directory: OpenDirectory, next: Entry | undefined): Promise<void> {
    const { held } = directory;
    directory.held = [];
    try {
      const file = await this.#ignoreFile(directory, next, held.length);
      this.#settle(directory, await this.#observer.enter(directory.path, directory.parentIgnore, file));
    } catch (error) {
      if (isAbortError(error) || isSyncEngineError(error, 'nested-roots')) throw error;
      const problem = asSyncEngineError(error, directory.path);
      if (directory.child === undefined) throw rootUnreadable(this.#options, problem);
      this.#deliver(directoryItem(directory.child, { problem, ignore: directory.parentIgnore }));
      this.#open.pop();
      this.#skipped = directory.prefix;
      return;
    }
    for (const entry of held) {
      const waiting = this.#take(entry);
      if (waiting !== undefined) await this.#takeAfter(waiting, entry);
    }
  }

  async #ignoreFile(
    { path }: OpenDirectory,
    next: Entry | undefined,
    heldBack: number,
  ): Promise<FileEntry | undefined> {
    const { client, ignore, signal } = this.#options;
    if (ignore.fileName === undefined) return undefined;
    const place = childOf(path, ignore.fileName);
    if (next?.path === place && next.kind === 'file') return next;
    if (heldBack < mostHeld) return undefined;
    const standing = await client.stat(place, { signal });
    return standing?.kind === 'file' ? standing : undefined;
  }

  #settle(directory: OpenDirectory, ignore: IgnoreChain): void {
    directory.ignore = ignore;
    if (directory.child === undefined) this.#rootIgnore = ignore;
    else this.#deliver(directoryItem(directory.child, { problem: undefined, ignore }));
  }

  #leaf(top: OpenDirectory, entry: Exclude<Entry, DirectoryEntry>, rules: IgnoreChain): void {
    if (nameOf(entry.path) === reservedName) return;
    let child = this.#child(top, entry, rules);
    if (this.#findings.twins.has(entry.path)) {
      // The directory of this name will come: what is to be said of both is said in one place.
      const twin = this.#child(top, { kind: 'directory', path: entry.path }, rules);
      if (isExcluded(child)) return;
      if (!isExcluded(twin)) child = this.#observer.collision(child, twin);
    }
    const waits = child.item.observation.state === 'unknown';
    if (!waits) this.#deliver(child.item);
    else {
      this.#page.push(...this.#names.passed(child.item.orderKey));
      if (this.#names.take(child.key) !== undefined) this.#sortNextTime();
    }
    this.#names.push(child.key, waits ? child.item : undefined);
  }

  #directory(top: OpenDirectory, entry: DirectoryEntry, rules: IgnoreChain): void {
    const prefix = entry.path === '/' ? '/' : `${entry.path}/`;
    if (nameOf(entry.path) === reservedName) {
      this.#skipped = prefix;
      return;
    }
    const child = this.#child(top, entry, rules);
    this.#page.push(...this.#names.passed(child.item.orderKey));
    const twin = this.#names.take(child.key);
    if (twin !== undefined) {
      this.#skipped = prefix;
      if (twin.item !== undefined) this.#page.push(isExcluded(child) ? twin.item : this.#meeting(twin.item, child));
      else if (!this.#findings.twins.has(entry.path)) {
        this.#findings.twins.add(entry.path);
        this.#isVoid = true;
      }
    } else if (child.descend) this.#enter(child, entry.path, prefix, rules);
    else {
      this.#skipped = prefix;
      this.#deliver(child.item);
    }
  }

  /** A directory where something of the same name was put off already. */
  #meeting(item: ScannedItem, child: ScannedChild): ScannedItem {
    return this.#observer.collision({ ...child, item }, child).item;
  }

  #child(top: OpenDirectory, entry: Entry, rules: IgnoreChain): ScannedChild {
    const child = this.#observer.child(top.path, top.prefix, entry, rules);
    const name = nameOf(entry.path);
    if (name !== '' && child.key !== top.prefix + name) this.#sortNextTime();
    return child;
  }

  #enter(child: ScannedChild | undefined, path: string, prefix: string, parentIgnore: IgnoreChain): void {
    this.#open.push({ child, path, prefix, parentIgnore, ignore: undefined, held: [] });
  }

  #deliver(item: ScannedItem): void {
    this.#page.push(...this.#names.passed(item.orderKey), item);
  }

  /** @throws ScanAgain always */
  #sortNextTime(): never {
    this.#findings.needsSorting = true;
    throw new ScanAgain(this.#options.side);
  }
}

function isExcluded({ item }: ScannedChild): boolean {
  return item.observation.state === 'excluded';
}
