import type { Clock } from '../control/index.ts';
import { hashStream } from '../hashing/index.ts';
import { nameOf, requireValidPath } from '../paths/index.ts';
import {
  type CallOptions,
  type Content,
  collectBytes,
  contentOf,
  type DirectoryEntry,
  type Entry,
  exactly,
  type FileEntry,
  type HashAlgorithm,
  type LookOptions,
  type ReadAllOptions,
  type ReadOptions,
  type RecoverOptions,
  type RemoveOptions,
  type RestoreVersionOptions,
  type StorageCapabilities,
  type StorageClient,
  type StoredVersion,
  versionOf,
  type WriteOptions,
} from '../storage/index.ts';
import { failure, requireExpected, requireHashes, requireStorablePath, unsupported } from '../storage-failures.ts';
import { systemClock } from '../system-clock.ts';
import { MemoryContents } from './memory-contents.ts';
import { digestsOf, MemoryStore } from './memory-store.ts';
import { type MemorySettings, type MemoryStorageOptions, settingsOf } from './options.ts';
import { Partials } from './partials.ts';

/**
 * A store in memory that can play many kinds of real ones: for tests, simulations and examples. Deterministic as long as
 * its clock is.
 *
 * The methods that return no promise are not part of the protocol: with them a test plays the person who works in the
 * store (`put`, `rename`, `delete`, …) and looks at the outcome (`snapshot`, `text`).
 */
export class MemoryStorageClient extends MemoryContents implements StorageClient {
  readonly id: string;
  readonly capabilities: StorageCapabilities;
  readonly listRecursive?: NonNullable<StorageClient['listRecursive']>;
  readonly move?: NonNullable<StorageClient['move']>;
  readonly copy?: NonNullable<StorageClient['copy']>;
  readonly hash?: NonNullable<StorageClient['hash']>;
  readonly versions?: NonNullable<StorageClient['versions']>;
  readonly readVersion?: NonNullable<StorageClient['readVersion']>;
  readonly restoreVersion?: NonNullable<StorageClient['restoreVersion']>;
  readonly makeSymlink?: NonNullable<StorageClient['makeSymlink']>;
  readonly setMetadata?: NonNullable<StorageClient['setMetadata']>;
  readonly recover?: NonNullable<StorageClient['recover']>;
  readonly abandon?: NonNullable<StorageClient['abandon']>;
  readonly #settings: MemorySettings;
  readonly #clock: Clock;
  readonly #store: MemoryStore;
  readonly #partials = new Partials();

  constructor(options: MemoryStorageOptions = {}) {
    const settings = settingsOf(options);
    const clock = options.clock ?? systemClock;
    const store = new MemoryStore(settings, clock);
    super(store);
    this.id = options.id ?? 'memory:default';
    this.capabilities = settings.capabilities;
    this.#settings = settings;
    this.#clock = clock;
    this.#store = store;
    if (options.listRecursive ?? false) this.listRecursive = (look) => this.#listRecursive(look);
    if (options.move ?? true) this.move = (from, to, moveOptions) => this.#move(from, to, moveOptions);
    if (options.copy ?? true) this.copy = (from, to, copyOptions) => this.#copy(from, to, copyOptions);
    if (this.capabilities.hashes.onRequest.length > 0) {
      this.hash = (path, algorithm, readOptions) => this.#hash(path, algorithm, readOptions);
    }
    if (this.capabilities.resumableWrites) {
      this.recover = (recoverOptions) => this.#recover(recoverOptions);
      this.abandon = (path, token, callOptions) => this.#abandon(path, token, callOptions);
    }
    if (this.capabilities.versions === true) {
      this.versions = (path, callOptions) => this.#versions(path, callOptions);
      this.readVersion = (path, id, callOptions) => this.#readVersion(path, id, callOptions);
      this.restoreVersion = (path, id, restoreOptions) => this.#restoreVersion(path, id, restoreOptions);
    }
    if (this.capabilities.symlinks) {
      this.makeSymlink = (path, target, writeOptions) => this.#makeSymlink(path, target, writeOptions);
    }
    if (this.capabilities.modifiedAt.settable === 'in-place' || this.capabilities.permissions) {
      this.setMetadata = (path, change, changeOptions) => this.#setMetadata(path, change, changeOptions);
    }
  }

  async *list(directory: string, options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    await this.#begin(options);
    const entries = this.#store.childrenOf(directory, options.followSymlinks ?? false);
    for (let start = 0; start < entries.length; start += this.#settings.pageSize) {
      options.signal?.throwIfAborted();
      yield entries.slice(start, start + this.#settings.pageSize);
    }
  }

  async stat(path: string, options: LookOptions = {}): Promise<Entry | undefined> {
    requireValidPath(path);
    await this.#begin(options);
    return this.#store.entryAt(path, options.followSymlinks ?? false);
  }

  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    await this.#begin(options);
    const file = this.#fileAt(path);
    if (options.expected !== undefined && file.version !== options.expected) throw failure('source-changed', path);
    const { range } = options;
    if (range !== undefined && !this.capabilities.rangedReads) throw unsupported(path, 'cannot be read in part here');
    const end = Math.min(range?.end ?? file.bytes.byteLength, file.bytes.byteLength);
    for (let start = range?.start ?? 0; start < end; start += this.#settings.chunkSize) {
      options.signal?.throwIfAborted();
      // A copy, so that nobody can change what is stored.
      yield file.bytes.slice(start, Math.min(start + this.#settings.chunkSize, end));
    }
    if (options.expected !== undefined && this.#versionBehind(path) !== options.expected) {
      throw failure('source-changed', path);
    }
  }

  async readAll(path: string, options: ReadAllOptions = {}): Promise<Uint8Array> {
    return await collectBytes(this.read(path, options));
  }

  async write(path: string, content: Content, options: WriteOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    await this.#begin(options);
    if (options.keepReplacedAt !== undefined) this.#requireKeeping(path, options.keepReplacedAt);
    const { resume, signal } = options;
    const bytes = await (resume === undefined || !this.capabilities.resumableWrites
      ? collectBytes(exactly(content, path, signal))
      : this.#partials.collect(path, content, resume, signal));
    if (options.hashes !== undefined) {
      const algorithms = ['sha256', 'sha1', 'md5', 'crc32'] as const;
      const promised = algorithms.filter((algorithm) => options.hashes?.[algorithm] !== undefined);
      requireHashes(path, options.hashes, digestsOf(bytes, promised) ?? {});
    }
    const { modifiedAt, permissions } = options;
    const entry = this.#store.place(path, { kind: 'file', bytes, modifiedAt, permissions }, options);
    if (entry.kind !== 'file') throw new TypeError('A file was placed, but something else stands there.');
    return entry;
  }

  async remove(path: string, options: RemoveOptions = {}): Promise<void> {
    requireValidPath(path);
    await this.#begin(options);
    this.#store.removeAt(path, options);
  }

  async makeDirectory(
    path: string,
    options: CallOptions & { readonly permissions?: number | undefined } = {},
  ): Promise<DirectoryEntry> {
    if (path !== '') requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    await this.#begin(options);
    const standing = this.#store.entryAt(path, false);
    if (standing !== undefined && standing.kind !== 'directory') throw failure('not-a-directory', path);
    // An implied directory comes with its first file.
    if (this.capabilities.directories === 'implied' && path !== '') return { kind: 'directory', path };
    if (path === '') this.#store.makeRoot(options.permissions);
    const entry = standing ?? this.#store.entryOf(path, this.#store.makeDirectories(path, options.permissions));
    if (entry.kind !== 'directory') throw failure('not-a-directory', path);
    return entry;
  }

  /** What `powerCut` can no longer take back. */
  async flush(options: CallOptions = {}): Promise<void> {
    await this.#begin(options);
    this.#store.tree.settle();
  }

  async usage(options: CallOptions = {}): Promise<{ readonly freeBytes: number | undefined }> {
    await this.#begin(options);
    const { capacity } = this.#settings;
    return { freeBytes: capacity === undefined ? undefined : Math.max(0, capacity - this.#store.usedBytes) };
  }

  async *#listRecursive(options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    await this.#begin(options);
    let page: Entry[] = [];
    for (const entry of this.#walk('', options.followSymlinks ?? false)) {
      page.push(entry);
      if (page.length < this.#settings.pageSize) continue;
      options.signal?.throwIfAborted();
      yield page;
      page = [];
    }
    if (page.length > 0) yield page;
  }

  *#walk(directory: string, follow: boolean): Generator<Entry> {
    const isImplied = this.capabilities.directories === 'implied';
    for (const entry of this.#store.childrenOf(directory, follow)) {
      if (entry.kind !== 'directory') {
        yield entry;
        continue;
      }
      // An implied directory stands there in its own right only when it does not follow from what is inside.
      if (!isImplied || this.#store.childrenOf(entry.path, follow).length === 0) yield entry;
      yield* this.#walk(entry.path, follow);
    }
  }

  async #recover(options: RecoverOptions = {}): Promise<void> {
    await this.#begin(options);
    this.#partials.keepOnly(options.keep ?? []);
  }

  async #abandon(path: string, token: string, options: CallOptions = {}): Promise<void> {
    requireValidPath(path);
    await this.#begin(options);
    this.#partials.drop(token);
  }

  async *#versions(path: string, options: CallOptions = {}): AsyncGenerator<readonly StoredVersion[]> {
    requireValidPath(path);
    await this.#begin(options);
    const versions = this.#store.versionsAt(path);
    for (let start = 0; start < versions.length; start += this.#settings.pageSize) {
      options.signal?.throwIfAborted();
      yield versions.slice(start, start + this.#settings.pageSize);
    }
  }

  async *#readVersion(path: string, id: string, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    await this.#begin(options);
    yield this.#bytesOfVersion(path, id).slice();
  }

  async #restoreVersion(path: string, id: string, options: RestoreVersionOptions = {}): Promise<FileEntry> {
    const bytes = this.#bytesOfVersion(path, id);
    const told = this.#store.versionsAt(path).find((version) => version.id === id);
    const { expected, signal } = options;
    return await this.write(path, contentOf(bytes), { modifiedAt: told?.modifiedAt, expected, signal });
  }

  #bytesOfVersion(path: string, id: string): Uint8Array {
    const bytes = this.#store.keptBytes(path, id);
    if (bytes === undefined) throw failure('not-found', path);
    return bytes;
  }

  async #move(from: string, to: string, options: RemoveOptions = {}): Promise<void> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    await this.#begin(options);
    this.#store.relocate(from, to, options.expected);
  }

  async #copy(from: string, to: string, options: RemoveOptions = {}): Promise<FileEntry> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    await this.#begin(options);
    const { bytes, modifiedAt, permissions } = this.#fileAt(from);
    requireExpected(from, this.#store.entryAt(from, true), options.expected);
    if (this.#store.entryAt(to, false) !== undefined) throw failure('already-exists', to);
    const entry = this.#store.place(to, { kind: 'file', bytes, modifiedAt, permissions });
    if (entry.kind !== 'file') throw new TypeError('A file was placed, but something else stands there.');
    return entry;
  }

  async #hash(path: string, algorithm: HashAlgorithm, options?: ReadOptions): Promise<string> {
    if (!this.capabilities.hashes.onRequest.includes(algorithm))
      throw unsupported(path, `has no ${algorithm} hash here`);
    return hashStream(algorithm, this.read(path, options));
  }

  async #makeSymlink(
    path: string,
    target: string,
    options: WriteOptions = {},
  ): ReturnType<NonNullable<StorageClient['makeSymlink']>> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    await this.#begin(options);
    if (options.keepReplacedAt !== undefined) this.#requireKeeping(path, options.keepReplacedAt);
    const entry = this.#store.place(path, { kind: 'symlink', target }, options);
    if (entry.kind !== 'symlink') throw new TypeError('A link was placed, but something else stands there.');
    return entry;
  }

  async #setMetadata(
    path: string,
    change: { readonly modifiedAt?: number | undefined; readonly permissions?: number | undefined },
    options: RemoveOptions = {},
  ): Promise<Entry> {
    requireValidPath(path);
    await this.#begin(options);
    return this.#store.changeMetadata(path, change, options.expected);
  }

  /** What every call does first: it takes its time, and an aborted one does nothing. */
  async #begin(options: CallOptions): Promise<void> {
    options.signal?.throwIfAborted();
    if (this.#settings.latency > 0) await this.#clock.sleep(this.#settings.latency, options.signal);
  }

  #requireKeeping(path: string, keepAt: string): void {
    requireStorablePath(keepAt, {}, 'already-exists');
    if (this.capabilities.trash !== 'folder') {
      throw unsupported(path, `cannot be kept as ${nameOf(keepAt)}: this side has no trash folder`);
    }
  }

  #fileAt(path: string): Extract<ReturnType<MemoryStore['tree']['nodeAt']>, { kind: 'file' }> {
    const node = this.#store.tree.find(path, true)?.node;
    if (node === undefined) throw failure('not-found', path);
    if (node.kind !== 'file') throw failure('is-a-directory', path);
    return node;
  }

  #versionBehind(path: string): string | undefined {
    const entry = this.#store.entryAt(path, true);
    return entry === undefined ? undefined : versionOf(entry);
  }
}
