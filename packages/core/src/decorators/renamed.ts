import { isSyncEngineError, SyncEngineError } from '../errors.ts';
import { isWithin, parentOf, requireValidPath } from '../paths/index.ts';
import type { DirectoryEntry, Entry, LookOptions, StorageClient } from '../storage/index.ts';
import { decorate } from './decorate.ts';
import { outerError, translate } from './translate.ts';

/**
 * A client that shows some of its entries under other paths: what lies at the second path of a rename is seen, written
 * and removed under the first. A directory takes along what it holds.
 *
 * What the client itself holds at a first path is hidden and never touched; folders that hold nothing but renamed
 * entries are hidden too. A path that only a rename leads to cannot be used under its own name.
 *
 * The id tells the renames: what a pair remembers under other names says nothing about this view.
 *
 * @param renames from the path that is shown to the path inside the client; neither firsts nor seconds may contain
 *   each other
 * @throws SyncEngineError `invalid-options`, `invalid-name`
 */
export function renamed(client: StorageClient, renames: ReadonlyMap<string, string>): StorageClient {
  const view = new RenamedView(client, renames);
  const translated = translate(client, view);
  const { listRecursive: _native, ...perDirectory } = decorate(translated, {
    id: `${client.id}?renames=${fingerprint(renames)}`,
    list: () => (directory, options) => view.list(directory, options),
    stat: () => (path, options) => view.stat(path, options),
  });
  return perDirectory;
}

interface Rename {
  readonly shown: string;
  readonly inner: string;
}

class RenamedView {
  readonly #client: StorageClient;
  readonly #renames: readonly Rename[];

  constructor(client: StorageClient, renames: ReadonlyMap<string, string>) {
    this.#client = client;
    this.#renames = [...renames].map(([shown, inner]) => ({ shown, inner }));
    for (const { shown, inner } of this.#renames) {
      requireValidPath(shown);
      requireValidPath(inner);
      if (shown === '' || inner === '') throw ambiguous('the root cannot be renamed');
    }
    requireApart(this.#renames.map(({ shown }) => shown));
    requireApart(this.#renames.map(({ inner }) => inner));
  }

  inner(path: string): string {
    const rename = this.#renames.find(({ shown }) => isWithin(path, shown));
    if (rename !== undefined) return rename.inner + path.slice(rename.shown.length);
    const taken = this.#renames.find(({ inner }) => isWithin(path, inner));
    if (taken === undefined) return path;
    throw new SyncEngineError(
      'name-collision',
      `${JSON.stringify(path)} cannot be used: ${JSON.stringify(taken.shown)} is renamed to ${JSON.stringify(taken.inner)}. Rename one of them.`,
      { path },
    );
  }

  outer(path: string): string {
    const rename = this.#renames.find(({ inner }) => isWithin(path, inner));
    return rename === undefined ? path : rename.shown + path.slice(rename.inner.length);
  }

  async *list(directory: string, options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    const added = await this.#renamedChildren(directory, options);
    const names = new Set(added.map((entry) => entry.path));
    try {
      for await (const page of this.#client.list(this.inner(directory), options)) {
        const shown: Entry[] = [];
        for (const entry of page) {
          if (await this.#isShown(entry, options)) shown.push({ ...entry, path: this.outer(entry.path) });
        }
        for (const entry of shown) names.delete(entry.path);
        if (shown.length > 0) yield shown;
      }
    } catch (error) {
      // The folder may be there only for what is shown inside it.
      if (added.length === 0 || !isSyncEngineError(error, 'not-found')) throw outerError(error, this);
    }
    const rest = added.filter((entry) => names.has(entry.path));
    if (rest.length > 0) yield rest;
  }

  async stat(path: string, options: LookOptions = {}): Promise<Entry | undefined> {
    requireValidPath(path);
    if (this.#isTaken(path)) return undefined;
    const entry = await this.#client.stat(this.inner(path), options).catch((error: unknown) => {
      throw outerError(error, this);
    });
    if (entry !== undefined) return { ...entry, path };
    return (await this.#holdsRenamed(path, options)) ? folderAt(path) : undefined;
  }

  /** What renames bring into a directory: renamed entries themselves, and folders on the way to them. */
  async #renamedChildren(directory: string, options: LookOptions): Promise<Entry[]> {
    const added = new Map<string, Entry>();
    for (const { shown, inner } of this.#renames) {
      if (shown === directory || !isWithin(shown, directory)) continue;
      const entry = await this.#client.stat(inner, options);
      if (entry === undefined) continue;
      let child = shown;
      while (parentOf(child) !== directory) child = parentOf(child);
      if (child === shown) added.set(child, { ...entry, path: shown });
      else if (!added.has(child)) added.set(child, folderAt(child));
    }
    return [...added.values()];
  }

  async #holdsRenamed(path: string, options: LookOptions): Promise<boolean> {
    return (await this.#renamedChildren(path, options)).length > 0;
  }

  async #isShown(entry: Entry, options: LookOptions): Promise<boolean> {
    const { path } = entry;
    if (this.#renames.some(({ shown, inner }) => path === inner || path === shown)) return false;
    if (entry.kind !== 'directory') return true;
    const leadsToRenamed = this.#renames.some(({ inner }) => isWithin(inner, path));
    return !leadsToRenamed || (await this.#holdsAnything(this.outer(path), options));
  }

  async #holdsAnything(directory: string, options: LookOptions): Promise<boolean> {
    for await (const page of this.list(directory, options)) if (page.length > 0) return true;
    return false;
  }

  #isTaken(path: string): boolean {
    const isRenamed = this.#renames.some(({ shown }) => isWithin(path, shown));
    return !isRenamed && this.#renames.some(({ inner }) => isWithin(path, inner));
  }
}

function folderAt(path: string): DirectoryEntry {
  return { kind: 'directory', path };
}

function requireApart(paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    const other = paths.find((candidate, position) => position !== index && isWithin(candidate, path));
    if (other !== undefined) throw ambiguous(`${JSON.stringify(other)} lies at or below ${JSON.stringify(path)}`);
  }
}

function ambiguous(why: string): SyncEngineError {
  return new SyncEngineError(
    'invalid-options',
    `These renames cannot be told apart: ${why}. Use renames that lie apart.`,
  );
}

/** A short word for a map of renames; the order of its entries does not matter. FNV-1a, 32 bits, over UTF-16 units. */
function fingerprint(renames: ReadonlyMap<string, string>): string {
  let hash = 0x811c9dc5;
  for (const unit of JSON.stringify([...renames].sort(([left], [right]) => (left < right ? -1 : 1)))) {
    hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
