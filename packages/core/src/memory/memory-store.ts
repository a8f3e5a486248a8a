import type { Clock } from '../control/index.ts';
import type { SyncEngineError } from '../errors.ts';
import { createHasher } from '../hashing/index.ts';
import { ancestorsOf, childOf, compareUtf8, isReserved, isWithin, nameOf, orderKey, parentOf } from '../paths/index.ts';
import type {
  Entry,
  Expectation,
  HashAlgorithm,
  Hashes,
  MetadataChange,
  RemoveOptions,
  StoredVersion,
} from '../storage/index.ts';
import { failure, requireExpected, unsupported } from '../storage-failures.ts';
import type { MemorySettings } from './options.ts';
import { type MemoryDirectory, type MemoryFile, type MemoryNode, MemoryTree } from './tree.ts';

/** What a new node is made of; the rest is the store's. */
export type NewNode =
  | ({ readonly kind: 'file'; readonly bytes: Uint8Array } & MetadataChange)
  | ({ readonly kind: 'symlink'; readonly target: string } & MetadataChange);

export interface PlaceOptions {
  readonly expected?: Expectation | undefined;
  readonly keepReplacedAt?: string | undefined;
  /** A node that replaces another takes over its identity, as when an editor writes in place. */
  readonly inPlace?: boolean | undefined;
}

/** The synchronous heart of a memory client: every change is one step that happens or does not. */
export class MemoryStore {
  readonly #settings: MemorySettings;
  readonly #clock: Clock;
  readonly tree: MemoryTree;
  readonly #kept: KeptNode[] = [];
  /** What was renamed: it stood under its former path. */
  readonly #left: KeptNode[] = [];
  /** When each file came to be; milliseconds since the epoch. */
  readonly #since = new WeakMap<MemoryNode, number>();
  #counter = 0;

  constructor(settings: MemorySettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.tree = new MemoryTree(settings.capabilities, this.#newDirectory(undefined), settings.losesUnflushed);
  }

  /** What a store with a native trash has kept of what was removed or replaced, oldest first. */
  get kept(): readonly KeptNode[] {
    return this.#kept;
  }

  /** What a store with a native trash holds and has held at a path and below it. */
  versionsAt(path: string): readonly StoredVersion[] {
    const kept = [...this.#kept, ...this.#left].filter((version) => isWithin(version.path, path));
    return [...kept.map(storedVersion), ...this.#standingVersions(path)];
  }

  /** The bytes of such a version; `undefined` when there is none of that name. */
  keptBytes(path: string, id: string): Uint8Array | undefined {
    const standing = this.tree.nodeAt(path);
    if (standing?.kind === 'file' && idOf(standing) === id) return standing.bytes;
    return [...this.#kept, ...this.#left].find((version) => version.path === path && version.id === id)?.bytes;
  }

  get usedBytes(): number {
    return this.tree.root === undefined ? 0 : bytesIn(this.tree.root);
  }

  entryAt(path: string, follow: boolean): Entry | undefined {
    const node = this.tree.nodeAt(path);
    if (node === undefined) return undefined;
    return this.entryOf(path, follow && node.kind === 'symlink' ? (this.tree.followed(path) ?? node) : node);
  }

  entryOf(path: string, node: MemoryNode): Entry {
    const { capabilities } = this.#settings;
    const { modifiedAt, createdAt } = node;
    const permissions = capabilities.permissions ? node.permissions : undefined;
    const identity = capabilities.stableIdentity ? `node-${node.identity}` : undefined;
    // Written out rather than spread: simulations make millions of these.
    switch (node.kind) {
      case 'file': {
        const { version, hashes } = node;
        const size = node.bytes.byteLength;
        return { kind: 'file', path, version, size, modifiedAt, createdAt, permissions, identity, hashes };
      }
      case 'symlink': {
        const { version, target } = node;
        return { kind: 'symlink', path, version, target, modifiedAt, createdAt, permissions, identity };
      }
      case 'directory':
        if (capabilities.directories === 'implied') return { kind: 'directory', path };
        return { kind: 'directory', path, modifiedAt, createdAt, permissions, identity };
    }
  }

  /** The children of a directory in canonical order, told under the path by which it was asked for. */
  childrenOf(directory: string, follow: boolean): readonly Entry[] {
    const node = this.tree.find(directory, true)?.node;
    if (node === undefined) throw failure('not-found', directory);
    if (node.kind !== 'directory') throw failure('not-a-directory', directory);
    const entries: Entry[] = [];
    for (const slot of node.children.values()) {
      const path = childOf(directory, slot.name);
      const told = follow && slot.node.kind === 'symlink' ? (this.tree.followed(path) ?? slot.node) : slot.node;
      entries.push(this.entryOf(path, told));
    }
    return entries.sort((a, b) => compareUtf8(canonicalName(a), canonicalName(b)));
  }

  /** Stores a file or a link, making its parents. */
  place(path: string, wanted: NewNode, options: PlaceOptions = {}): Entry {
    const before = this.tree.nodeAt(path);
    if (before?.kind === 'directory') throw failure('is-a-directory', path);
    requireExpected(path, before === undefined ? undefined : this.entryOf(path, before), options.expected);
    this.#requireRoom(path, wanted, options.keepReplacedAt === undefined ? before : undefined);
    const directory = this.makeDirectories(parentOf(path));
    if (before !== undefined) this.#keep(path, before, options.keepReplacedAt);
    const node = this.#newNode(wanted, before, options.inPlace ?? false);
    this.tree.set(directory, nameOf(path), node);
    return this.entryOf(path, node);
  }

  /** Makes the root, where it is missing. */
  makeRoot(permissions?: number): void {
    if (this.tree.root === undefined) this.tree.setRoot(this.#newDirectory(permissions));
  }

  /** The directory to which a path leads, made if need be, with its parents. */
  makeDirectories(path: string, permissions?: number): MemoryDirectory {
    let directory = this.tree.root;
    if (directory === undefined) throw failure('root-missing', path);
    const standing = this.tree.find(path, true)?.node;
    if (standing?.kind === 'directory') return standing;
    for (const part of path === '' ? [] : [...ancestorsOf(path), path]) {
      let node = this.tree.find(part, true)?.node ?? this.tree.nodeAt(part);
      if (node === undefined) {
        node = this.#newDirectory(part === path ? permissions : undefined);
        this.tree.set(directory, nameOf(part), node);
      }
      if (node.kind !== 'directory') throw failure('not-a-directory', part);
      directory = node;
    }
    return directory;
  }

  removeAt(path: string, { expected, kind }: Pick<RemoveOptions, 'expected' | 'kind'> = {}): void {
    if (path === '') throw unsupported(path, 'is never removed');
    const node = this.tree.nodeAt(path);
    if (node === undefined) throw failure('not-found', path);
    requireExpected(path, this.entryOf(path, node), expected);
    if (kind === 'directory' && node.kind !== 'directory') throw failure('precondition-failed', path);
    if (node.kind === 'directory' && node.children.size > 0) throw failure('not-empty', path);
    this.#keep(path, node, undefined);
    this.#takeAway(path);
  }

  /** Renames an entry of any kind. */
  relocate(from: string, to: string, expected?: Expectation): void {
    const node = this.tree.nodeAt(from);
    if (node === undefined) throw failure('not-found', from);
    requireExpected(from, this.entryOf(from, node), expected);
    if (from === '' || (to !== from && isWithin(to, from))) throw intoItself(from);
    const standing = this.tree.nodeAt(to);
    // The very node may stand at both paths, under another spelling of its name.
    const isRespelled = standing === node && this.tree.storedName(nameOf(to)) !== nameOf(this.tree.realPathOf(from));
    if (standing !== undefined && !isRespelled) throw failure('already-exists', to);
    // By a link, or by another spelling.
    const isInto =
      node.kind === 'directory' && ancestorsOf(to).some((above) => this.tree.find(above, true)?.node === node);
    if (isInto) throw intoItself(from);
    if (this.#settings.capabilities.trash === 'native') this.#leave(from, node);
    const directory = this.makeDirectories(parentOf(to));
    this.#takeAway(from, directory);
    this.tree.set(directory, nameOf(to), node);
  }

  changeMetadata(path: string, change: MetadataChange, expected?: Expectation): Entry {
    const before = this.tree.nodeAt(path);
    if (before === undefined) throw failure('not-found', path);
    requireExpected(path, this.entryOf(path, before), expected);
    if (before.kind === 'symlink') throw unsupported(path, 'is a link, and the metadata of links cannot be changed');
    const { capabilities } = this.#settings;
    const mayTouch = capabilities.modifiedAt.settable === 'in-place';
    const modifiedAt = mayTouch && change.modifiedAt !== undefined ? this.#grain(change.modifiedAt) : before.modifiedAt;
    const facts = { modifiedAt, permissions: change.permissions ?? before.permissions };
    const node: MemoryNode =
      before.kind === 'file'
        ? { ...before, ...facts, version: this.#version(before.bytes, modifiedAt) }
        : { ...before, ...facts };
    if (path !== '') this.tree.set(this.makeDirectories(parentOf(path)), nameOf(path), node);
    else if (node.kind === 'directory') this.tree.setRoot(node);
    return this.entryOf(path, node);
  }

  #takeAway(path: string, alsoKeep?: MemoryDirectory): void {
    this.tree.set(this.makeDirectories(parentOf(path)), nameOf(path), undefined);
    if (this.#settings.capabilities.directories !== 'implied') return;
    // An implied directory ends with its last file.
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const node = this.tree.nodeAt(above);
      if (node?.kind !== 'directory' || node.children.size > 0 || node === alsoKeep) return;
      this.tree.set(this.makeDirectories(parentOf(above)), nameOf(above), undefined);
    }
  }

  #keep(path: string, node: MemoryNode, at: string | undefined): void {
    if (this.#settings.capabilities.trash === 'native' && node.kind === 'file' && !isReserved(path)) {
      this.#kept.push(this.#keptNode(path, node, this.#clock.now()));
    }
    if (at === undefined) return;
    if (this.tree.nodeAt(at) !== undefined) throw failure('already-exists', at);
    this.tree.set(this.makeDirectories(parentOf(at)), nameOf(at), node);
  }

  #requireRoom(path: string, wanted: NewNode, before: MemoryNode | undefined): void {
    const { capacity } = this.#settings;
    if (capacity === undefined || wanted.kind !== 'file') return;
    const freed = before?.kind === 'file' ? before.bytes.byteLength : 0;
    if (this.usedBytes - freed + wanted.bytes.byteLength > capacity) throw failure('no-space', path);
  }

  #newNode(wanted: NewNode, before: MemoryNode | undefined, inPlace: boolean): MemoryNode {
    const now = this.#grain(this.#clock.now());
    const settable = this.#settings.capabilities.modifiedAt.settable !== 'never';
    const modifiedAt = settable && wanted.modifiedAt !== undefined ? this.#grain(wanted.modifiedAt) : now;
    const createdAt = inPlace ? (before?.createdAt ?? now) : now;
    const inherited = wanted.kind === before?.kind ? before.permissions : defaultPermissions[wanted.kind];
    const permissions = wanted.permissions ?? inherited;
    const identity = inPlace && before !== undefined ? before.identity : this.#next();
    if (wanted.kind === 'symlink') {
      const version = `r${this.#next()}`;
      return { kind: 'symlink', target: wanted.target, version, modifiedAt, createdAt, permissions, identity };
    }
    const { bytes } = wanted;
    const hashes = digestsOf(bytes, this.#settings.capabilities.hashes.listed);
    const version = this.#version(bytes, modifiedAt);
    const node: MemoryFile = { kind: 'file', bytes, version, hashes, modifiedAt, createdAt, permissions, identity };
    this.#since.set(node, this.#clock.now());
    return node;
  }

  #standingVersions(path: string): StoredVersion[] {
    const node = this.tree.nodeAt(path);
    if (node === undefined || isReserved(path)) return [];
    if (node.kind === 'directory') {
      return [...node.children.values()].flatMap(({ name }) => this.#standingVersions(childOf(path, name)));
    }
    if (node.kind !== 'file') return [];
    return [storedVersion(this.#keptNode(path, node, undefined))];
  }

  #leave(path: string, node: MemoryNode): void {
    if (isReserved(path) || node.kind === 'symlink') return;
    if (node.kind === 'directory') {
      for (const slot of node.children.values()) this.#leave(childOf(path, slot.name), slot.node);
      return;
    }
    this.#left.push(this.#keptNode(path, node, this.#clock.now()));
    this.#since.set(node, this.#clock.now());
  }

  #keptNode(path: string, node: MemoryFile, until: number | undefined): KeptNode {
    const { bytes, modifiedAt } = node;
    return { path, bytes, modifiedAt, id: idOf(node), since: this.#since.get(node) ?? modifiedAt, until };
  }

  #newDirectory(permissions: number | undefined): MemoryDirectory {
    const now = this.#grain(this.#clock.now());
    return {
      kind: 'directory',
      modifiedAt: now,
      createdAt: now,
      permissions: permissions ?? 0o755,
      identity: this.#next(),
      children: new Map(),
    };
  }

  #version(bytes: Uint8Array, modifiedAt: number): string {
    return this.#settings.versions === 'revision' ? `r${this.#next()}` : `${bytes.byteLength}-${modifiedAt}`;
  }

  #grain(time: number): number {
    const { precision } = this.#settings.capabilities.modifiedAt;
    // Dividing by a fraction would smear the last digits of whole milliseconds.
    if (precision < 1) return time;
    return Math.floor(time / precision) * precision;
  }

  #next(): number {
    this.#counter += 1;
    return this.#counter;
  }
}

/** A content that a store with a native trash keeps; `until` is when it gave way. */
interface KeptNode extends Omit<StoredVersion, 'size' | 'modifiedAt'> {
  readonly bytes: Uint8Array;
  readonly modifiedAt: number;
}

function storedVersion({ bytes, ...version }: KeptNode): StoredVersion {
  return { ...version, size: bytes.byteLength };
}

function idOf(file: MemoryFile): string {
  return `${file.identity}-${file.version}`;
}

const defaultPermissions = { file: 0o644, symlink: 0o777 } as const;

function intoItself(path: string): SyncEngineError {
  return unsupported(path, 'cannot be moved into itself');
}

/** Digests by each of the algorithms; `undefined` when none is asked for. */
export function digestsOf(bytes: Uint8Array, algorithms: readonly HashAlgorithm[]): Hashes | undefined {
  if (algorithms.length === 0) return undefined;
  const digests: { [algorithm in HashAlgorithm]?: string } = {};
  for (const algorithm of algorithms) {
    const hasher = createHasher(algorithm);
    hasher.update(bytes);
    digests[algorithm] = hasher.digest();
  }
  return digests;
}

function canonicalName(entry: Entry): string {
  return orderKey(nameOf(entry.path), entry.kind === 'directory');
}

function bytesIn(directory: MemoryDirectory): number {
  let sum = 0;
  for (const { node } of directory.children.values()) {
    if (node.kind === 'file') sum += node.bytes.byteLength;
    else if (node.kind === 'directory') sum += bytesIn(node);
  }
  return sum;
}
