import { SyncEngineError } from '../errors.ts';
import type { IgnoreChain } from '../ignore/index.ts';
import type { ItemPage, PackedItems, ScannedItem } from '../join/index.ts';
import { compareUtf8, orderAround, WalkReader, withoutSlash } from '../paths/index.ts';
import { type Entry, type PackedEntries, packedEntry } from '../storage/index.ts';
import { DirectoryWalk } from './directory-walk.ts';
import { EntryObserver, type EntryObserverOptions } from './entry-observer.ts';

/** Whether a packed tree says all that the pair has to know of what is plain. */
export function mayPack({ client, other, folding, ignore, filter, symlinks }: EntryObserverOptions): boolean {
  const { forbidden, reserved } = other.capabilities.names;
  return (
    client.listPacked !== undefined &&
    folding === 'exact' &&
    ignore.isIdle &&
    filter === undefined &&
    symlinks !== 'follow' &&
    forbidden === undefined &&
    reserved === undefined
  );
}

/** A UTF-16 unit is at most so many bytes. */
const longestUnit = 3;

/**
 * A tree taken packed. Runs of plain entries are handed on as they are; what is unusual is looked at in the ordinary way, a
 * directory with all that it holds.
 */
export class PackedScan {
  readonly #options: EntryObserverOptions;
  readonly #observer: EntryObserver;
  readonly #walk: DirectoryWalk;
  #ordinary: DirectoryWalk | undefined;
  #page: ScannedItem[] = [];
  /** What is unknown takes the place of a directory, which is behind that of a file. */
  #late: ScannedItem[] = [];

  constructor(options: EntryObserverOptions) {
    this.#options = options;
    this.#observer = new EntryObserver(options);
    this.#walk = new DirectoryWalk(options, options.client);
  }

  get rootIgnore(): IgnoreChain | undefined {
    return this.#ordinary === undefined ? this.#options.ignore.root() : this.#ordinary.rootIgnore;
  }

  /** @throws SyncEngineError `root-unreadable`, `invalid-ignore-file`, `nested-roots` */
  async *pages(pageSize: number): AsyncGenerator<ItemPage> {
    const { client, other, ignore, landmarks = [], signal } = this.#options;
    const { maximumBytes, maximumPathBytes } = other.capabilities.names;
    const runs = await client.listPacked?.({
      telling: ignore.fileName === undefined ? [] : [ignore.fileName],
      apart: landmarks.flatMap(({ entry: { identity } }) => (identity === undefined ? [] : [identity])),
      longestName: maximumBytes === undefined ? undefined : Math.floor(maximumBytes / longestUnit),
      longestPath: maximumPathBytes === undefined ? undefined : Math.floor(maximumPathBytes / longestUnit),
      signal,
    });
    if (runs === undefined) {
      this.#ordinary = this.#walk;
      yield* this.#walk.pages(pageSize);
      return;
    }
    for await (const run of runs) {
      signal?.throwIfAborted();
      if (run.unusual.length === 0 && this.#late.length === 0) yield this.#packed(run);
      else yield* this.#unpacked(run, pageSize);
    }
    this.#flushLate(undefined);
    yield* this.#turn();
  }

  #packed(run: PackedEntries): PackedItems {
    const ignore = this.#options.ignore.root();
    return {
      start: run.start,
      walk: run.walk,
      count: run.count,
      last: run.last,
      entries: run,
      item: (place, order) => plainItem(run, place, order, ignore),
    };
  }

  async *#unpacked(run: PackedEntries, pageSize: number): AsyncGenerator<readonly ScannedItem[]> {
    const walk = new WalkReader(run);
    const unusual = new Set(run.unusual);
    const ignore = this.#options.ignore.root();
    for (let place = 0; walk.next(); place += 1) {
      const { order } = walk;
      if (!unusual.has(place)) this.#put(plainItem(run, place, order, ignore));
      else if (order.endsWith('/')) yield* this.#directory(run, place, order, pageSize);
      else await this.#single(order);
    }
    yield* this.#turn();
  }

  async *#directory(
    run: PackedEntries,
    place: number,
    order: string,
    pageSize: number,
  ): AsyncGenerator<readonly ScannedItem[]> {
    const path = withoutSlash(order);
    const child = this.#child(packedEntry(run, place, path), order);
    if (!child.descend) {
      this.#put(child.item);
      return;
    }
    this.#flushLate(order);
    yield* this.#turn();
    yield* this.#walk.below(child, pageSize);
  }

  async #single(path: string): Promise<void> {
    const entry = await this.#look(path);
    if (entry === undefined) return;
    const { item } = this.#child(entry, path);
    if (item.orderKey === path) this.#put(item);
    else this.#late.push(item);
  }

  async #look(path: string): Promise<Entry | undefined> {
    try {
      const entry = await this.#options.client.stat(path, { signal: this.#options.signal });
      if (entry?.kind !== 'directory') return entry;
      const message = `${JSON.stringify(path)} became a directory while it was looked at; the next run sees it.`;
      return { kind: 'unknown', path, code: 'source-changed', message };
    } catch (error) {
      if (!(error instanceof SyncEngineError)) throw error;
      return { kind: 'unknown', path, code: error.code, message: error.message };
    }
  }

  #child(entry: Entry, order: string): ReturnType<EntryObserver['child']> {
    const around = orderAround(order);
    return this.#observer.child(withoutSlash(around), around, entry, this.#options.ignore.root());
  }

  #put(item: ScannedItem): void {
    this.#flushLate(item.orderKey);
    this.#page.push(item);
  }

  /** Puts what has its place before `order`. */
  #flushLate(order: string | undefined): void {
    if (this.#late.length === 0) return;
    this.#late.sort((left, right) => compareUtf8(left.orderKey, right.orderKey));
    const isDue = ({ orderKey }: ScannedItem): boolean => order === undefined || compareUtf8(orderKey, order) < 0;
    this.#page.push(...this.#late.filter(isDue));
    this.#late = this.#late.filter((item) => !isDue(item));
  }

  *#turn(): Generator<readonly ScannedItem[]> {
    const page = this.#page;
    this.#page = [];
    if (page.length > 0) yield page;
  }
}

function plainItem(run: PackedEntries, place: number, order: string, ignore: IgnoreChain): ScannedItem {
  const path = withoutSlash(order);
  const entry = packedEntry(run, place, path);
  const item: ScannedItem = {
    orderKey: order,
    key: path,
    path,
    observation: { state: 'present', entry },
    passage: false,
  };
  return entry.kind === 'directory' ? { ...item, ignore } : item;
}
