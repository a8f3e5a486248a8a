import { reservedName } from '../paths/index.ts';
import type { Entry } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import type { Lister } from './directory-reader.ts';
import { isRootItself, rawPath } from './raw-path.ts';

/** A whole listing held in memory, to be asked for one directory after the other. */
export class GatheredTree implements Lister {
  readonly #directories = new Map<string, Entry[]>([['', []]]);

  /**
   * @param pages in any order; directories that are only implied are added
   * @param onEntry called with each entry
   */
  static async from(pages: AsyncIterable<readonly Entry[]>, onEntry: (entry: Entry) => void): Promise<GatheredTree> {
    const tree = new GatheredTree();
    for await (const page of pages) {
      for (const entry of page) {
        onEntry(entry);
        tree.#add(entry);
      }
    }
    return tree;
  }

  /** Each directory is told once: what was taken is forgotten. */
  async *list(directory: string): AsyncGenerator<readonly Entry[]> {
    const entries = this.#directories.get(directory);
    if (entries === undefined) throw failure('not-found', directory);
    this.#directories.delete(directory);
    if (entries.length > 0) yield entries;
  }

  #add(told: Entry): void {
    if (isRootItself(told)) return;
    const entry = rawPath(told);
    const around = aroundReserved(entry.path);
    if (around !== undefined) {
      // Never synchronised, but the directory that holds it is there.
      this.#childrenOf(around);
      return;
    }
    const siblings = this.#childrenOf(directoryOf(entry.path));
    if (entry.kind !== 'directory') {
      siblings.push(entry);
      return;
    }
    const { path } = entry;
    if (!this.#directories.has(path)) {
      this.#directories.set(path, []);
      siblings.push(entry);
      return;
    }
    // What stands there in its own right says more than what follows from a file inside.
    const implied = siblings.findIndex((sibling) => sibling.path === path && sibling.kind === 'directory');
    if (implied === -1) siblings.push(entry);
    else siblings[implied] = entry;
  }

  #childrenOf(directory: string): Entry[] {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const children: Entry[] = [];
    this.#directories.set(directory, children);
    this.#childrenOf(directoryOf(directory)).push({ kind: 'directory', path: directory });
    return children;
  }
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  // What stands before a leading slash is an empty name, not the root.
  return path === '/' ? '' : path.slice(0, slash === 0 ? 1 : Math.max(slash, 0));
}

/** The directory that holds the reserved folder in which a path lies. */
function aroundReserved(path: string): string | undefined {
  if (!path.includes(reservedName)) return undefined;
  const segments = path.split('/');
  const at = segments.indexOf(reservedName);
  if (at === -1) return undefined;
  return at === 0 ? '' : segments.slice(0, at).join('/') || '/';
}
