import { asSyncEngineError, isAbortError, isSyncEngineError, type SyncEngineError } from '../errors.ts';
import type { IgnoreChain } from '../ignore/index.ts';
import { compareUtf8, nameOf, reservedName } from '../paths/index.ts';
import type { Entry, StorageClient } from '../storage/index.ts';
import { EntryObserver, type EntryObserverOptions, type ScannedChild } from './entry-observer.ts';

export interface ScannedDirectory {
  /** In canonical order. */
  readonly children: readonly ScannedChild[];
  readonly ignore: IgnoreChain;
  /** Why the directory could not be read to the end; its children are then unknown. */
  readonly problem: SyncEngineError | undefined;
}

/** Whatever tells the children of one directory. */
export type Lister = Pick<StorageClient, 'list'>;

/** Lists one directory and says of each child what the pair has to know of it. */
export class DirectoryReader {
  readonly #options: EntryObserverOptions;
  readonly #lister: Lister;
  readonly #observer: EntryObserver;

  constructor(options: EntryObserverOptions, lister: Lister) {
    this.#options = options;
    this.#lister = lister;
    this.#observer = new EntryObserver(options);
  }

  /** Never rejects for what the store answers: that becomes the `problem` of the directory. */
  async read(path: string, key: string, parentIgnore: IgnoreChain): Promise<ScannedDirectory> {
    try {
      const entries = await this.#list(path);
      const ignore = await this.#enter(path, parentIgnore, entries);
      const prefix = key === '' ? '' : `${key}/`;
      return { children: this.#arrange(path, prefix, entries, ignore), ignore, problem: undefined };
    } catch (error) {
      if (isAbortError(error) || isSyncEngineError(error, 'nested-roots')) throw error;
      return { children: [], ignore: parentIgnore, problem: asSyncEngineError(error, path) };
    }
  }

  async #list(directory: string): Promise<Entry[]> {
    const { signal, symlinks } = this.#options;
    const client = this.#lister;
    const entries: Entry[] = [];
    const followSymlinks = symlinks === 'follow';
    for await (const page of client.list(directory, { signal, followSymlinks })) {
      for (const entry of page) if (nameOf(entry.path) !== reservedName) entries.push(entry);
    }
    return entries;
  }

  async #enter(path: string, parent: IgnoreChain, entries: readonly Entry[]): Promise<IgnoreChain> {
    const { fileName } = this.#options.ignore;
    const file = entries.find((entry) => entry.kind === 'file' && nameOf(entry.path) === fileName);
    return await this.#observer.enter(path, parent, file?.kind === 'file' ? file : undefined);
  }

  #arrange(directory: string, prefix: string, entries: readonly Entry[], ignore: IgnoreChain): ScannedChild[] {
    const byKey = new Map<string, ScannedChild>();
    const collided: ScannedChild[] = [];
    const excluded = new Map<string, string>();
    for (const entry of entries) {
      const child = this.#observer.child(directory, prefix, entry, ignore);
      if (child.item.observation.state === 'excluded') excluded.set(child.key, child.path);
      const twin = byKey.get(child.key);
      if (twin === undefined || twin.item.observation.state === 'excluded') byKey.set(child.key, child);
      else if (child.item.observation.state !== 'excluded') collided.push(twin, child);
    }
    // What is said of them must not depend on the order in which a store happens to list them.
    collided.sort((left, right) => compareUtf8(left.path, right.path));
    for (const child of collided) {
      const first = collided.find((other) => other.key === child.key);
      if (first !== undefined && !isSame(first.entry, child.entry))
        byKey.set(child.key, this.#observer.collision(first, child));
    }
    for (const [key, path] of excluded) {
      const child = byKey.get(key);
      if (child === undefined || child.path === path || child.item.observation.state === 'excluded') continue;
      byKey.set(key, { ...child, item: { ...child.item, accompanied: true } });
    }
    return [...byKey.values()].sort((left, right) => compareUtf8(left.item.orderKey, right.item.orderKey));
  }
}

/** A listing may tell one entry twice when things change while it is paged; that is no collision. */
function isSame(left: Entry, right: Entry): boolean {
  const isDirectory = left.kind === 'directory';
  return (
    left.path === right.path &&
    isDirectory === (right.kind === 'directory') &&
    (isDirectory || left.identity === right.identity)
  );
}
