import { isSyncEngineError } from '../errors.ts';
import { childOf, isReserved, isWithin, parentOf } from '../paths/index.ts';
import type { Hashes, StorageCapabilities } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';

interface NodeFacts {
  readonly modifiedAt: number;
  readonly createdAt: number;
  readonly permissions: number;
  /** Stays when the node is renamed. */
  readonly identity: number;
}

export interface MemoryFile extends NodeFacts {
  readonly kind: 'file';
  readonly version: string;
  /** Never changed in place. */
  readonly bytes: Uint8Array;
  readonly hashes: Hashes | undefined;
}

interface MemoryLink extends NodeFacts {
  readonly kind: 'symlink';
  readonly version: string;
  readonly target: string;
}

export interface MemoryDirectory extends NodeFacts {
  readonly kind: 'directory';
  /** By the key under which the store finds a name again. */
  readonly children: Map<string, Slot>;
}

export type MemoryNode = MemoryFile | MemoryLink | MemoryDirectory;

/** One name in a directory and what it stands for. */
interface Slot {
  /** As the store keeps it. */
  readonly name: string;
  readonly node: MemoryNode;
}

/** Where a path leads, links on the way followed. */
export interface Place {
  /** The path without any link in it. */
  readonly path: string;
  readonly node: MemoryNode | undefined;
}

/** As many links in a row as Linux follows. */
const maximumHops = 40;

/** The tree of a memory store: finds places and puts nodes there, and can take back what was not made durable. */
export class MemoryTree {
  readonly #rules: Pick<StorageCapabilities, 'caseSensitive' | 'unicode'>;
  #root: MemoryDirectory | undefined;
  /** How to take back each change since the last `settle`, oldest first; `undefined` when nobody wants that. */
  #undo: (() => void)[] | undefined;

  constructor(
    rules: Pick<StorageCapabilities, 'caseSensitive' | 'unicode'>,
    root: MemoryDirectory,
    rememberChanges: boolean,
  ) {
    this.#rules = rules;
    this.#root = root;
    this.#undo = rememberChanges ? [] : undefined;
  }

  get root(): MemoryDirectory | undefined {
    return this.#root;
  }

  setRoot(root: MemoryDirectory | undefined): void {
    const before = this.#root;
    this.#root = root;
    this.#undo?.push(() => {
      this.#root = before;
    });
  }

  /** A name in the form in which the store keeps it. */
  storedName(name: string): string {
    if (this.#rules.unicode === 'preserved') return name;
    return name.normalize(this.#rules.unicode === 'composed' ? 'NFC' : 'NFD');
  }

  keyOf(name: string): string {
    const stored = this.storedName(name);
    return this.#rules.caseSensitive ? stored : stored.toLowerCase();
  }

  /**
   * Where `path` leads; `undefined` when a directory on the way is missing or is none, or a link leads in circles.
   *
   * @param follow whether a link at the path itself is followed too
   * @throws SyncEngineError `outside-root` when a link on the way leads out
   */
  find(path: string, follow: boolean): Place | undefined {
    if (this.#root === undefined) return undefined;
    const stack: { readonly node: MemoryDirectory; readonly path: string }[] = [{ node: this.#root, path: '' }];
    const ahead = path === '' ? [] : path.split('/').reverse();
    for (let hops = 0; ahead.length > 0; ) {
      const name = ahead.pop() ?? '';
      const here = stack.at(-1);
      if (name === '' || name === '.') continue;
      if (name === '..') stack.pop();
      if (here === undefined || stack.length === 0) throw failure('outside-root', path);
      if (name === '..') continue;
      const slot = here.node.children.get(this.keyOf(name));
      const at = childOf(here.path, slot?.name ?? this.storedName(name));
      if (slot?.node.kind === 'symlink' && (follow || ahead.length > 0)) {
        hops += 1;
        if (slot.node.target.startsWith('/')) throw failure('outside-root', path);
        if (hops > maximumHops) return undefined;
        ahead.push(...slot.node.target.split('/').reverse());
      } else if (slot?.node.kind === 'directory') {
        stack.push({ node: slot.node, path: at });
      } else {
        return ahead.length === 0 ? { path: at, node: slot?.node } : undefined;
      }
    }
    return stack.at(-1);
  }

  /** The node at a path, whose last part is not followed. */
  nodeAt(path: string): MemoryNode | undefined {
    return this.find(path, false)?.node;
  }

  /** A path without links in it, with every name as it is stored. */
  realPathOf(path: string): string {
    return this.find(path, false)?.path ?? path;
  }

  /**
   * What the link at `path` points to, for a caller who follows links; `undefined` when it is to be told as a link:
   * it leads nowhere, out of the root, into the reserved folder, or to a directory that is already on the way.
   */
  followed(path: string): MemoryNode | undefined {
    let place: Place | undefined;
    try {
      place = this.find(path, true);
    } catch (error) {
      if (isSyncEngineError(error, 'outside-root')) return undefined;
      throw error;
    }
    if (place?.node === undefined || isReserved(place.path)) return undefined;
    if (place.node.kind !== 'directory') return place.node;
    for (let on = parentOf(path); ; on = parentOf(on)) {
      if (isWithin(this.find(on, true)?.path ?? '', place.path)) return undefined;
      if (on === '') return place.node;
    }
  }

  /** Puts a node at a name, or takes the name away. */
  set(directory: MemoryDirectory, name: string, node: MemoryNode | undefined): void {
    const key = this.keyOf(name);
    const before = directory.children.get(key);
    if (node === undefined) directory.children.delete(key);
    else directory.children.set(key, { name: before?.name ?? this.storedName(name), node });
    this.#undo?.push(() => {
      if (before === undefined) directory.children.delete(key);
      else directory.children.set(key, before);
    });
  }

  /** What was changed until now is durable. */
  settle(): void {
    if (this.#undo !== undefined) this.#undo = [];
  }

  /** Takes back the changes since the last `settle`, except the first `kept` of them. */
  revert(kept: number): void {
    const undo = this.#undo;
    if (undo === undefined)
      throw new TypeError('Only a store made with losesUnflushed remembers what was not flushed.');
    for (const takeBack of undo.splice(kept).reverse()) takeBack();
    this.settle();
  }
}
