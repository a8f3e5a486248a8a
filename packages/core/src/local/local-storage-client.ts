import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../control/index.ts';
import { hashStream } from '../hashing/index.ts';
import { requireValidPath } from '../paths/index.ts';
import type {
  CallOptions,
  Content,
  CopyFromOptions,
  CopyRequest,
  DirectoryEntry,
  Entry,
  FileEntry,
  HashAlgorithm,
  ListPackedOptions,
  LookOptions,
  MetadataChange,
  MoveOptions,
  PackedEntries,
  ReadAllOptions,
  ReadOptions,
  RecoverOptions,
  RemoveOptions,
  StorageCapabilities,
  StorageClient,
  SymlinkEntry,
  WriteOptions,
} from '../storage/index.ts';
import { requireStorablePath } from '../storage-failures.ts';
import { systemClock } from '../system-clock.ts';
import { Breath } from './breath.ts';
import { capabilitiesOf, type LocalTraits } from './capabilities.ts';
import { changeMetadata, copyEntry, makeDirectory, makeLink, moveEntry, removeEntry } from './changing.ts';
import { Cloning } from './cloning.ts';
import { Durability } from './durability.ts';
import { entryOf } from './entry.ts';
import { isMissing, localFailure } from './errors.ts';
import { LargeCopies } from './large-copies.ts';
import { followedEntry, listDirectory } from './listing.ts';
import { listPacked } from './packed-listing.ts';
import type { LocalFolder } from './placing.ts';
import { readAll, readFile, smallSize } from './reading.ts';
import { abandonStaged } from './resuming.ts';
import { look, Root } from './root.ts';
import { SmallCopies } from './small-copies.ts';
import { Staging } from './staging.ts';
import { writeFile } from './writing.ts';

export interface LocalStorageOptions extends LocalTraits {
  /** Tells the age of what was left behind. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * A folder of this machine. Content is staged in `.syncengine/staging` of the root and gets its name in one step.
 *
 * The root need not exist yet; only `makeDirectory('')` makes it. Small things are done by synchronous calls, which take a
 * third of the time, with a turn for everybody else after every few.
 */
export class LocalStorageClient implements StorageClient {
  readonly id: string;
  readonly capabilities: StorageCapabilities;
  readonly #folder: LocalFolder;
  readonly #breath = new Breath();
  readonly #cloning = new Cloning();
  readonly #smallCopies: SmallCopies;
  readonly #largeCopies: LargeCopies;

  /**
   * @param rootPath absolute, or relative to the working directory of now; links in it are resolved now
   * @throws SyncEngineError `permission-denied` when the folders above the root may not be looked at
   */
  constructor(rootPath: string, options: LocalStorageOptions = {}) {
    if (rootPath === '') throw new TypeError('A local client needs the path of a folder.');
    const root = new Root(rootPath);
    const staging = new Staging(root, options.clock ?? systemClock);
    this.#folder = { root, staging, durability: new Durability() };
    this.#smallCopies = new SmallCopies(this.#folder, this.#breath);
    this.#largeCopies = new LargeCopies(this.#folder);
    this.id = root.id;
    this.capabilities = capabilitiesOf(root, options);
  }

  /** The direct children, in pages of up to 512. */
  async *list(directory: string, options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    yield* listDirectory(this.#folder.root, this.#breath, directory, options);
  }

  /** The whole tree, looked at by a thread of its own. */
  async listPacked(options: ListPackedOptions = {}): Promise<AsyncIterable<PackedEntries> | undefined> {
    options.signal?.throwIfAborted();
    return await listPacked(this.#folder.root, options);
  }

  async stat(path: string, options: LookOptions = {}): Promise<Entry | undefined> {
    return this.#change(path, 'looked at', 2, options, () => {
      const place = this.#folder.root.locate(path);
      const stats = look(place);
      if (stats === undefined) return undefined;
      const entry = entryOf(path, place, stats);
      return options.followSymlinks === true ? followedEntry(this.#folder.root, entry, place) : entry;
    });
  }

  /** The content of a file, in chunks of up to 1 MiB. A link that leads to a file inside the root is followed. */
  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    yield* readFile(this.#folder.root, this.#breath, path, options);
  }

  /** The content of a small file, read by a few synchronous calls in one step. */
  async readAll(path: string, options: ReadAllOptions = {}): Promise<Uint8Array> {
    requireValidPath(path);
    return await readAll(this.#folder.root, this.#breath, path, options);
  }

  /** Stores a file. `absent` is enforced; a version is compared right before the rename. */
  async write(path: string, content: Content, options: WriteOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    this.#requireKeepPath(options.keepReplacedAt);
    options.signal?.throwIfAborted();
    return writeFile(this.#folder, this.#breath, path, content, options);
  }

  /** Removes a file, a link or an empty directory; never the root. */
  async remove(path: string, options: RemoveOptions = {}): Promise<void> {
    return this.#change(path, 'removed', 3, options, () => removeEntry(this.#folder, path, options));
  }

  /** Makes a directory with its parents; only `''` makes the root. */
  async makeDirectory(
    path: string,
    options: CallOptions & { readonly permissions?: number | undefined } = {},
  ): Promise<DirectoryEntry> {
    if (path !== '') requireStorablePath(path, this.capabilities.names, 'already-exists');
    return this.#change(path, 'made', 8, options, () => makeDirectory(this.#folder, path, options.permissions));
  }

  /** Renames without replacing; `unsupported` where that would need another disk. */
  async move(from: string, to: string, options: MoveOptions = {}): Promise<void> {
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    const { caseSensitive } = this.capabilities;
    return this.#change(from, 'moved', 5, options, () => moveEntry(this.#folder, from, to, caseSensitive, options));
  }

  /** Copies a file with its time and permissions, sharing blocks where the disk can. */
  async copy(from: string, to: string, options: MoveOptions = {}): Promise<FileEntry> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    options.signal?.throwIfAborted();
    try {
      return await copyEntry(this.#folder, from, to, options);
    } catch (error) {
      throw localFailure(error, from, 'copied');
    }
  }

  /**
   * Copies a small file of another local folder in one step, and clones a large one where the disk can share its blocks; else
   * a thread of its own copies it.
   */
  async copyFrom(
    other: StorageClient,
    from: string,
    to: string,
    options: CopyFromOptions,
  ): Promise<FileEntry | undefined> {
    requireStorablePath(to, this.capabilities.names, 'is-a-directory');
    this.#requireKeepPath(options.keepReplacedAt);
    // Not by its class: a proxy around a local client may do more than that client.
    if (!(#folder in other)) return undefined;
    const origin = other.#folder;
    if (options.size !== undefined && options.size <= smallSize) {
      requireValidPath(from);
      return this.#smallCopies.copy(origin, from, to, options);
    }
    if (this.#cloning.mayHelp(origin)) {
      const clone = (): FileEntry | undefined => this.#cloning.clone(origin, from, this.#folder, to, options);
      const cloned = await this.#change(from, 'copied', 8, options, clone);
      if (cloned !== undefined) return cloned;
    }
    requireValidPath(from);
    options.signal?.throwIfAborted();
    try {
      return await this.#largeCopies.copy(origin, from, to, options);
    } catch (error) {
      throw options.signal?.aborted === true ? error : localFailure(error, from, 'copied');
    }
  }

  /** Copies small files of another local folder, by threads of their own where there are many. */
  async copyAllFrom(
    other: StorageClient,
    copies: readonly CopyRequest[],
    options: CallOptions = {},
  ): Promise<ReadonlyArray<FileEntry | undefined>> {
    options.signal?.throwIfAborted();
    // As for one: not by its class.
    if (!(#folder in other)) return copies.map(() => undefined);
    return await this.#smallCopies.copyAll(other.#folder, copies, this.capabilities.names);
  }

  /** Reads the whole file. */
  async hash(path: string, algorithm: HashAlgorithm, options: ReadOptions = {}): Promise<string> {
    return hashStream(algorithm, this.read(path, options));
  }

  /** Makes a link that says exactly `target`, wherever that leads. */
  async makeSymlink(path: string, target: string, options: WriteOptions = {}): Promise<SymlinkEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    this.#requireKeepPath(options.keepReplacedAt);
    return this.#change(path, 'made', 5, options, () => makeLink(this.#folder, path, target, options));
  }

  /** Sets time and permissions of a file or directory. This gives a file a new version. */
  async setMetadata(path: string, change: MetadataChange, options: RemoveOptions = {}): Promise<Entry> {
    return this.#change(path, 'changed', 4, options, () =>
      changeMetadata(this.#folder, path, change, options.expected),
    );
  }

  /** Flushes every file and directory that was changed since the last flush. */
  async flush(options: CallOptions = {}): Promise<void> {
    await this.#folder.durability.flush(options.signal);
  }

  /** Removes what killed processes left in staging; what a living one is writing, or someone will go on with, stays. */
  async recover(options: RecoverOptions = {}): Promise<void> {
    return this.#change('', 'tidied up', 2, options, () => this.#folder.staging.recover(new Set(options.keep)));
  }

  async abandon(path: string, token: string, options: CallOptions = {}): Promise<void> {
    return this.#change(path, 'given up', 2, options, () => abandonStaged(this.#folder, path, token));
  }

  /** What the disk has free for this user. A root that is yet to be made will be on the disk of the folder above it. */
  async usage(options: CallOptions = {}): Promise<{ readonly freeBytes: number | undefined }> {
    let folder = this.#folder.root.folder;
    for (;;) {
      options.signal?.throwIfAborted();
      try {
        const { bavail, bsize } = await statfs(folder);
        return { freeBytes: bavail * bsize };
      } catch (error) {
        if (!isMissing(error)) throw localFailure(error, '', 'looked at');
        const above = dirname(folder);
        if (above === folder) return { freeBytes: undefined };
        folder = above;
      }
    }
  }

  /** Removes the staging folder if it is empty. */
  async close(): Promise<void> {
    await this.#smallCopies.close();
    await this.#largeCopies.close();
    return this.#change('', 'tidied up', 2, {}, () => this.#folder.staging.tidy());
  }

  /** Runs a synchronous step, with its failures told in our words. */
  async #change<Result>(
    path: string,
    done: string,
    calls: number,
    options: CallOptions,
    step: () => Result,
  ): Promise<Result> {
    requireValidPath(path);
    options.signal?.throwIfAborted();
    await this.#breath.before(calls);
    options.signal?.throwIfAborted();
    try {
      return step();
    } catch (error) {
      throw localFailure(error, path, done);
    }
  }

  #requireKeepPath(keepAt: string | undefined): void {
    if (keepAt !== undefined) requireStorablePath(keepAt, this.capabilities.names, 'already-exists');
  }
}
