import {
  type CallOptions,
  type Content,
  collectBytes,
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  type HashAlgorithm,
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
  SyncEngineError,
  unsupportedFailure,
  type WriteOptions,
} from '@syncengine/core';
import { changeMetadata, moveEntry, removeEntry } from './changing.ts';
import { Connection } from './connection.ts';
import { Directories } from './directories.ts';
import { Glances } from './glances.ts';
import { hashFile } from './hashing.ts';
import { resolveLink } from './links.ts';
import { Looker } from './looking.ts';
import { NameProof } from './name-proof.ts';
import { type FtpSettings, type FtpStorageOptions, settingsOf } from './options.ts';
import type { Parts } from './parts.ts';
import { ConnectionPool } from './pool.ts';
import { readFile } from './reading.ts';
import { isDone, numberIn } from './reply.ts';
import { capabilitiesOf, examineServer, type Server } from './server.ts';
import { Staging } from './staging.ts';
import { Territory } from './territory.ts';
import { writeFile } from './writing.ts';

/** Entries in a page. */
const pageSize = 512;

/**
 * A folder on an FTP server. Content is staged in `.syncengine/staging` of the root and gets its name in one step.
 *
 * The root need not exist yet; only `makeDirectory('')` makes it.
 */
export class FtpStorageClient implements StorageClient {
  readonly id: string;
  readonly capabilities: StorageCapabilities;
  readonly setMetadata?: NonNullable<StorageClient['setMetadata']>;
  readonly hash?: NonNullable<StorageClient['hash']>;
  readonly abandon?: NonNullable<StorageClient['abandon']>;
  readonly usage?: NonNullable<StorageClient['usage']>;
  readonly #settings: FtpSettings;
  readonly #parts: Parts;

  private constructor(settings: FtpSettings, id: string, server: Server, pool: ConnectionPool) {
    this.id = id;
    this.#settings = settings;
    this.capabilities = capabilitiesOf(server, settings.connections);
    const territory = new Territory(server.root);
    const glances = new Glances(server, territory);
    const looker = new Looker(server, territory, glances);
    const staging = new Staging(territory, looker);
    const directories = new Directories(server, territory, looker);
    const proof = new NameProof(territory, looker, staging);
    this.#parts = {
      server,
      pipelining: settings.pipelining,
      pool,
      territory,
      glances,
      looker,
      staging,
      directories,
      proof,
    };
    if (server.setTime === 'MFMT')
      this.setMetadata = (path, change, options) => this.#setMetadata(path, change, options);
    if (server.features.hashes.size > 0) this.hash = (path, algorithm, options) => this.#hash(path, algorithm, options);
    if (server.features.restart) this.abandon = (path, token, options) => this.#abandon(path, token, options);
    if (server.features.freeSpace) this.usage = (options) => this.#usage(options);
  }

  /**
   * Connects once, to learn what the server can do. Nothing is written.
   *
   * @throws SyncEngineError `connection`, `timeout`, `throttled`; `permission-denied` when the server is not trusted, or does not
   * know the user or the password; `unsupported` when it lacks what every client needs
   * @throws TypeError for an option that has no meaning
   */
  static async open(options: FtpStorageOptions, call: CallOptions = {}): Promise<FtpStorageClient> {
    const settings = settingsOf(options);
    const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
    const address = `ftp://${encodeURIComponent(settings.user)}@${host}:${settings.port}`;
    const first = await Connection.open(settings, address, call.signal);
    try {
      const server = await examineServer(first, settings, call.signal);
      const passiveCommand = server.features.extendedPassive ? 'EPSV' : 'PASV';
      first.passiveCommand = passiveCommand;
      const pool = new ConnectionPool({
        open: async (signal) => {
          const connection = await Connection.open(settings, address, signal);
          connection.passiveCommand = passiveCommand;
          return connection;
        },
        limit: settings.connections,
        waitMs: settings.timeoutMs * 2,
        clock: settings.clock,
      });
      pool.adopt(first);
      return new FtpStorageClient(settings, `${address}${server.root}`, server, pool);
    } catch (error) {
      first.close();
      throw error;
    }
  }

  /** The direct children, in pages of up to 512. */
  async *list(directory: string, options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    const entries = await this.#with(options, async (connection) => {
      const found = await this.#parts.looker.list(connection, directory, options.signal);
      return options.followSymlinks === true ? await this.#followed(connection, found, options.signal) : found;
    });
    for (let start = 0; start < entries.length; start += pageSize) {
      options.signal?.throwIfAborted();
      yield entries.slice(start, start + pageSize);
    }
  }

  async stat(path: string, options: LookOptions = {}): Promise<Entry | undefined> {
    requireValidPath(path);
    if (!this.#canBeNamed(path)) return undefined;
    return this.#with(options, async (connection) => {
      const entry = await this.#parts.looker.stat(connection, path, options.signal);
      if (entry?.kind !== 'symlink' || options.followSymlinks !== true) return entry;
      return await resolveLink(this.#parts, connection, entry, options.signal);
    });
  }

  async readAll(path: string, options: ReadAllOptions = {}): Promise<Uint8Array> {
    return await collectBytes(this.read(path, options));
  }

  /** The content of a file. A link that leads to a file inside the root is followed. */
  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    this.#requireNameable(path);
    if (options.range !== undefined && !this.capabilities.rangedReads) {
      throw unsupportedFailure(path, 'cannot be read in part here');
    }
    yield* readFile(this.#parts, path, options);
  }

  /** Stores a file. Preconditions are looked at right before it gets its name. */
  async write(path: string, content: Content, options: WriteOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    if (options.keepReplacedAt !== undefined) {
      requireStorablePath(options.keepReplacedAt, this.capabilities.names, 'already-exists');
    }
    options.signal?.throwIfAborted();
    return writeFile(this.#parts, path, content, options);
  }

  /** Removes a file, a link or an empty directory; never the root. */
  async remove(path: string, options: RemoveOptions = {}): Promise<void> {
    requireValidPath(path);
    if (path === '') throw unsupportedFailure(path, 'is never removed');
    this.#requireNameable(path);
    await this.#with(options, (connection) => removeEntry(this.#parts, connection, path, options));
  }

  /** Makes a directory with its parents; only `''` makes the root. */
  async makeDirectory(path: string, options: CallOptions = {}): Promise<DirectoryEntry> {
    if (path !== '') requireStorablePath(path, this.capabilities.names, 'already-exists');
    return this.#with(options, async (connection) => {
      if (!this.#parts.proof.isClear(path)) await this.#parts.proof.prove(connection, path, options.signal);
      return await this.#parts.directories.make(connection, path, options.signal);
    });
  }

  /** Renames without replacing; that nothing stands there is looked at right before. */
  async move(from: string, to: string, options: MoveOptions = {}): Promise<void> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    this.#requireNameable(from);
    await this.#with(options, async (connection) => {
      if (!this.#parts.proof.isClear(to)) await this.#parts.proof.prove(connection, to, options.signal);
      await moveEntry(this.#parts, connection, from, to, options);
    });
  }

  /** Removes what killed processes left in staging; what a living one is writing stays. */
  async recover({ keep = [], signal }: RecoverOptions = {}): Promise<void> {
    this.#parts.territory.clear();
    const now = this.#settings.clock.now();
    await this.#with({ signal }, (connection) => this.#parts.staging.recover(connection, new Set(keep), now, signal));
  }

  async #abandon(path: string, token: string, options: CallOptions = {}): Promise<void> {
    requireValidPath(path);
    const staged = this.#parts.staging.pathOf(token);
    if (staged === undefined) return;
    await this.#with(options, (connection) => this.#parts.staging.discard(connection, staged));
  }

  /** Removes the staging folder if it is empty, and closes all connections. */
  async close(): Promise<void> {
    try {
      if (this.#parts.staging.isUsed) await this.#with({}, (connection) => this.#parts.staging.tidy(connection));
    } catch (error) {
      // The server is gone already: an empty folder stays, which is in nobody's way.
      if (!(error instanceof SyncEngineError)) throw error;
    } finally {
      this.#parts.pool.close();
    }
  }

  async #setMetadata(path: string, change: MetadataChange, options: RemoveOptions = {}): Promise<Entry> {
    requireValidPath(path);
    this.#requireNameable(path);
    return this.#with(options, (connection) => changeMetadata(this.#parts, connection, path, change, options));
  }

  async #hash(path: string, algorithm: HashAlgorithm, options: ReadOptions = {}): Promise<string> {
    requireValidPath(path);
    this.#requireNameable(path);
    return hashFile(this.#parts, path, algorithm, options, this.#settings.timeoutMs);
  }

  async #usage(options: CallOptions = {}): Promise<{ readonly freeBytes: number | undefined }> {
    const command = `AVBL ${this.#parts.territory.place('')}`;
    const reply = await this.#with(options, (connection) => connection.command(command, options.signal));
    return { freeBytes: isDone(reply) ? numberIn(reply) : undefined };
  }

  async #followed(
    connection: Connection,
    entries: readonly Entry[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Entry[]> {
    const followed: Entry[] = [];
    for (const entry of entries) {
      followed.push(entry.kind === 'symlink' ? await resolveLink(this.#parts, connection, entry, signal) : entry);
    }
    return followed;
  }

  #with<Result>({ signal }: CallOptions, work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#parts.pool.use(signal, work);
  }

  /** A name that no command can hold is the name of nothing. */
  #canBeNamed(path: string): boolean {
    return (
      !/[\r\n]/.test(path) && !path.split('/').some((name) => this.capabilities.names.forbidden?.test(name) === true)
    );
  }

  #requireNameable(path: string): void {
    if (this.#canBeNamed(path)) return;
    const message = `${JSON.stringify(path)} has a name that this server cannot be asked for.`;
    throw new SyncEngineError('unsupported-name', message, { path });
  }
}
