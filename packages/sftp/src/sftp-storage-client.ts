import {
  type CallOptions,
  type Content,
  collectBytes,
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  Gate,
  isReserved,
  type LookOptions,
  type MetadataChange,
  type MoveOptions,
  type ReadAllOptions,
  type ReadOptions,
  type RecoverOptions,
  type RemoveOptions,
  requireStorablePath,
  requireValidPath,
  type StorageCapabilities,
  type StorageClient,
  type SymlinkEntry,
  type WriteOptions,
} from '@syncengine/core';
import { streamUnlessAborted, unlessAborted } from './aborting.ts';
import { capabilitiesOf } from './capabilities.ts';
import { changeMetadata, copyEntry, makeDirectory, makeLink, moveEntry, removeEntry } from './changing.ts';
import { Durability } from './durability.ts';
import { EarlyAnswers } from './early-answers.ts';
import { isMissing, sftpFailure } from './errors.ts';
import { FreeSpace } from './free-space.ts';
import { hashFile } from './hashing.ts';
import { followedEntry, listDirectory } from './listing.ts';
import { MadeNow } from './made-now.ts';
import type { SftpStorageOptions } from './options.ts';
import { readFile } from './reading.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { lookAt, Root, standingEntry } from './root.ts';
import { settingsOf } from './settings.ts';
import { Shell } from './shell.ts';
import { ConnectionPool, type Session } from './ssh/index.ts';
import { isStagedName, Staging } from './staging.ts';
import { Ways } from './ways.ts';
import { writeFile } from './writing.ts';

/** Contents too large to be collected that are sent at once. */
const largeWritesAtOnce = 16;

/**
 * A folder of an SFTP server. Content is staged in `.syncengine/staging` of the root and gets its name in one step.
 *
 * The root need not exist yet; only `makeDirectory('')` makes it. A call that fails with `connection` or `timeout` may be
 * made again: it connects anew.
 */
export class SftpStorageClient implements StorageClient {
  readonly id: string;
  readonly capabilities: StorageCapabilities;
  /**
   * Computes a digest by a command of the server; only there where the server runs commands.
   *
   * @throws SyncEngineError `unsupported` for an algorithm that `capabilities` do not name
   */
  readonly hash?: NonNullable<StorageClient['hash']>;
  readonly #folder: RemoteFolder;

  /**
   * Connects, logs in, and finds out what the server can do.
   *
   * @throws SyncEngineError `connection`: no such server, or not the one that is known; `permission-denied`: it does not let
   * us in; `timeout`; `invalid-options`
   */
  static async connect(options: SftpStorageOptions, { signal }: CallOptions = {}): Promise<SftpStorageClient> {
    const { target, path, id, connections, caseSensitive } = settingsOf(options);
    const place = path === '' ? '.' : path;
    const early = new EarlyAnswers(place);
    const pool = new ConnectionPool(target, connections, early);
    try {
      const found = await pool.use((session) => findRoot(session, place, early), signal);
      const root = new Root(found.path);
      const staging = new Staging(root);
      const folder = {
        pool,
        root,
        staging,
        durability: new Durability(),
        shell: found.shell,
        largeWrites: new Gate(largeWritesAtOnce),
        madeNow: new MadeNow(),
        ways: new Ways(),
        space: new FreeSpace(root),
        caseSensitive,
      };
      return new SftpStorageClient(id, folder);
    } catch (error) {
      await pool.close();
      throw sftpFailure(error, '', 'reached');
    }
  }

  private constructor(id: string, folder: RemoteFolder) {
    this.id = id;
    this.#folder = folder;
    this.capabilities = capabilitiesOf(folder);
    if (folder.shell.hashes.length > 0) {
      this.hash = (path, algorithm, options = {}) =>
        this.#ask(path, 'read', options, (session) => hashFile(folder, session, path, algorithm, options));
    }
  }

  /** The direct children, in pages of about a hundred. */
  async *list(directory: string, options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    yield* streamUnlessAborted(listDirectory(this.#folder, directory, options), options.signal);
  }

  async stat(path: string, options: LookOptions = {}): Promise<Entry | undefined> {
    requireValidPath(path);
    options.signal?.throwIfAborted();
    if (isReserved(path) && this.#folder.staging.isReservedGone) return undefined;
    return this.#ask(path, 'looked at', options, async (session) => {
      const { place, stats } = await lookAt(session, this.#folder.root, path);
      const entry = await standingEntry(session, path, place, stats);
      if (entry === undefined || options.followSymlinks !== true) return entry;
      return await followedEntry(this.#folder, session, entry, place);
    });
  }

  /** The content of a file, in chunks of up to 32 KiB. A link that leads to a file inside the root is followed. */
  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    yield* streamUnlessAborted(readFile(this.#folder, path, options), options.signal);
  }

  async readAll(path: string, options: ReadAllOptions = {}): Promise<Uint8Array> {
    requireValidPath(path);
    return unlessAborted(collectBytes(readFile(this.#folder, path, options)), options.signal);
  }

  /** Stores a file. `absent` is enforced by OpenSSH; a version is compared right before the rename. */
  async write(path: string, content: Content, options: WriteOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    this.#requireKeepPath(options.keepReplacedAt);
    options.signal?.throwIfAborted();
    this.#folder.space.forget();
    return writeFile(this.#folder, path, content, options);
  }

  /** Removes a file, a link or an empty directory; never the root. */
  async remove(path: string, options: RemoveOptions = {}): Promise<void> {
    return this.#call(path, 'removed', options, (session) => removeEntry(this.#folder, session, path, options));
  }

  /** Makes a directory with its parents; only `''` makes the root. */
  async makeDirectory(
    path: string,
    options: CallOptions & { readonly permissions?: number | undefined } = {},
  ): Promise<DirectoryEntry> {
    if (path !== '') requireStorablePath(path, this.capabilities.names, 'already-exists');
    return this.#call(path, 'made', options, (session) =>
      makeDirectory(this.#folder, session, path, options.permissions),
    );
  }

  /** Renames without replacing. */
  async move(from: string, to: string, options: MoveOptions = {}): Promise<void> {
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    return this.#call(from, 'moved', options, (session) => moveEntry(this.#folder, session, from, to, options));
  }

  /** Copies a file with its time and permissions; the server does it itself where it can. */
  async copy(from: string, to: string, options: MoveOptions = {}): Promise<FileEntry> {
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    return this.#call(from, 'copied', options, (session) => copyEntry(this.#folder, session, from, to, options));
  }

  /** Makes a link that says exactly `target`, wherever that leads. */
  async makeSymlink(path: string, target: string, options: WriteOptions = {}): Promise<SymlinkEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    this.#requireKeepPath(options.keepReplacedAt);
    return this.#call(path, 'made', options, (session) => makeLink(this.#folder, session, path, target, options));
  }

  /** Sets time and permissions of a file or directory. A new time gives a file a new version. */
  async setMetadata(path: string, change: MetadataChange, options: RemoveOptions = {}): Promise<Entry> {
    return this.#call(path, 'changed', options, (session) =>
      changeMetadata(this.#folder, session, path, change, options.expected),
    );
  }

  /**
   * Flushes what was changed since the last flush: file by file, or the whole disk by the command `sync` when there is much.
   * Servers that can do neither decide for themselves when they write to their disks.
   */
  async flush(options: CallOptions = {}): Promise<void> {
    const { durability, root, shell, staging } = this.#folder;
    return this.#ask('', 'made durable', options, async (session) => {
      // Mostly the run is over: what is left of staging goes meanwhile.
      const tidying = staging.tidyIfIdle(session);
      await durability.flush(session, () => shell.flushDisk(session, root.folder));
      await tidying;
    });
  }

  /** Removes what processes that are gone have left in staging; those of other machines after a day. */
  async recover(options: RecoverOptions = {}): Promise<void> {
    return this.#call('', 'tidied up', options, (session) =>
      this.#folder.staging.recover(session, new Set(options.keep ?? [])),
    );
  }

  async abandon(_path: string, token: string, options: CallOptions = {}): Promise<void> {
    if (!isStagedName(token)) return;
    return this.#call('', 'tidied up', options, (session) => this.#folder.staging.discard(session, token));
  }

  /** What the server's disk has free for this user, where the server tells. */
  async usage(options: CallOptions = {}): Promise<{ readonly freeBytes: number | undefined }> {
    return this.#ask('', 'looked at', options, async (session) => {
      return { freeBytes: await this.#folder.space.tell(session) };
    });
  }

  /** Removes the staging folder if it is empty, and closes all connections. */
  async close(): Promise<void> {
    try {
      await this.#folder.pool.useOpen((session) => this.#folder.staging.tidy(session));
    } finally {
      await this.#folder.pool.close();
    }
  }

  /** Runs a call that changes nothing, so that an abort need not wait for its end. */
  #ask<Result>(
    path: string,
    done: string,
    options: CallOptions,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    return unlessAborted(this.#run(path, done, options, work), options.signal);
  }

  /** Runs a call that may change something. */
  #call<Result>(
    path: string,
    done: string,
    options: CallOptions,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    this.#folder.space.forget();
    return this.#run(path, done, options, work);
  }

  /** Runs a call, with its failures told in our words. */
  async #run<Result>(
    path: string,
    done: string,
    { signal }: CallOptions,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    requireValidPath(path);
    signal?.throwIfAborted();
    try {
      return await this.#folder.pool.use(work, signal);
    } catch (error) {
      throw sftpFailure(error, path, done);
    }
  }

  #requireKeepPath(keepAt: string | undefined): void {
    if (keepAt !== undefined) requireStorablePath(keepAt, this.capabilities.names, 'already-exists');
  }
}

async function findRoot(
  session: Session,
  path: string,
  early: EarlyAnswers,
): Promise<{ readonly path: string; readonly shell: Shell }> {
  const stats = early.stats
    .then((found) => found ?? session.stat(path))
    .catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  const real = early.real.then((found) => found ?? realRoot(session, path));
  const [realPath, shell] = await Promise.all([real, Shell.find(early.probing, stats)]);
  return { path: realPath, shell };
}

/** The root need not be there: then its deepest parent that is decides. */
async function realRoot(session: Session, path: string): Promise<string> {
  try {
    return await session.realpath(path);
  } catch (error) {
    const slash = path.lastIndexOf('/');
    if (!isMissing(error) || path === '.' || path === '/') throw error;
    const above = slash === -1 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
    return `${(await realRoot(session, above)).replace(/\/$/, '')}/${path.slice(slash + 1)}`;
  }
}
