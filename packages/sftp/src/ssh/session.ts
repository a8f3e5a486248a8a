import type { Socket } from 'node:net';
import { SyncEngineError } from '@syncengine/core';
import type ssh2 from 'ssh2';
import type { InputAttributes, SFTPWrapper, Stats } from 'ssh2';
import { Allowance } from './allowance.ts';
import { coalesce } from './coalesce.ts';
import { Conversation } from './conversation.ts';
import { type Executed, execute } from './execute.ts';

/** Requests beyond version 3 of the protocol that a server may offer. */
export type Extension =
  | 'posix-rename@openssh.com'
  | 'hardlink@openssh.com'
  | 'fsync@openssh.com'
  | 'statvfs@openssh.com'
  | 'copy-data';

/** An entry as a directory tells it; the name is `..` and `.` as well. */
export interface NamedStats {
  readonly filename: string;
  readonly attrs: Stats;
}

export interface SpaceOnDisk {
  readonly freeBytes: number;
}

/** What is done to a file when its content is complete. */
export interface Finish {
  readonly attributes: InputAttributes;
  readonly isFlushed: boolean;
}

/** How a file is opened. */
export const openFlags = { read: 0x01, write: 0x02, create: 0x08, exclusive: 0x20 } as const;

/** Bytes that may be on their way at once on one connection, in both directions together. */
const bytesOnTheWay = 16 * 1024 * 1024;

/** OpenSSH allows 300 files and directories open at once, and tells so only in newer versions. */
const handlesAtOnce = 250;

/**
 * One connection. Requests are sent at once and answered in any order; what is sent within one turn of the event loop goes
 * out together. When the connection is lost, every request fails with `connection`.
 */
export class Session {
  /** True for OpenSSH, whose habits are known: order of answers, renames that never replace, paths told without links. */
  readonly isOpenSsh: boolean;
  /** Bytes on their way, in both directions. */
  readonly bytes: Allowance = new Allowance(bytesOnTheWay);
  /** Files and directories that are open. */
  readonly handles: Allowance;
  /** Calls that use this session now. */
  load = 0;
  readonly #client: ssh2.Client;
  readonly #sftp: SFTPWrapper;
  readonly #socket: Socket;
  readonly #extensions: ReadonlySet<string>;
  #lost: SyncEngineError | undefined;
  readonly #onLost: Array<(reason: SyncEngineError) => void> = [];

  constructor(client: ssh2.Client, sftp: SFTPWrapper, socket: Socket, kind: 'openssh' | 'other') {
    this.#client = client;
    this.#sftp = sftp;
    this.#socket = socket;
    coalesce(sftp, socket);
    this.isOpenSsh = kind === 'openssh';
    // ssh2 keeps what the server offers to itself; without it nothing beyond the plain protocol is used.
    const offered: unknown = Reflect.get(sftp, '_extensions');
    this.#extensions = new Set(typeof offered === 'object' && offered !== null ? Object.keys(offered) : []);
    this.handles = new Allowance(handlesAtOnce);
    const heed = (): void => this.#heedLimits();
    heed();
    // The limits may still be on their way: they are told when the channel says so once more.
    sftp.once('ready', heed);
    const lose = (error?: unknown): void => this.lose(error);
    sftp.on('end', lose).on('close', lose).on('error', lose);
    client.on('end', lose).on('close', lose).on('error', lose);
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  offers(extension: Extension): boolean {
    return this.#extensions.has(extension);
  }

  #heedLimits(): void {
    const allowed: unknown = Reflect.get(this.#sftp, 'maxOpenHandles');
    if (typeof allowed === 'number' && allowed > 20) this.handles.limitTo(Math.min(allowed - 10, handlesAtOnce));
  }

  /** Ends the connection at once; what is under way fails. */
  lose(cause?: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = connectionLost(cause);
    for (const fail of this.#onLost.splice(0)) fail(this.#lost);
    this.#socket.destroy();
  }

  /** Calls `fail` when the connection is lost; at once when it is lost already. */
  whenLost(fail: (reason: SyncEngineError) => void): void {
    if (this.#lost === undefined) this.#onLost.push(fail);
    else fail(this.#lost);
  }

  /** Says goodbye. */
  async end(): Promise<void> {
    if (this.#lost !== undefined) return;
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()));
    this.#lost = connectionLost(undefined);
    // Everything was answered before, so nobody waits until the server says goodbye in turn.
    this.#socket.once('finish', () => this.#socket.destroy());
    this.#client.end();
    const patience = setTimeout(() => this.#socket.destroy(), 1_000);
    await closed;
    clearTimeout(patience);
  }

  lstat(path: string): Promise<Stats> {
    return this.#request((done) => this.#sftp.lstat(path, done));
  }

  stat(path: string): Promise<Stats> {
    return this.#request((done) => this.#sftp.stat(path, done));
  }

  fstat(handle: Buffer): Promise<Stats> {
    return this.#request((done) => this.#sftp.fstat(handle, done));
  }

  setstat(path: string, attributes: InputAttributes): Promise<void> {
    return this.#request((done) => this.#sftp.setstat(path, attributes, done));
  }

  fsetstat(handle: Buffer, attributes: InputAttributes): Promise<void> {
    return this.#request((done) => this.#sftp.fsetstat(handle, attributes, done));
  }

  realpath(path: string): Promise<string> {
    return this.#request((done) => this.#sftp.realpath(path, done));
  }

  readlink(path: string): Promise<string> {
    return this.#request((done) => this.#sftp.readlink(path, done));
  }

  /** @param target what the link says */
  symlink(target: string, path: string): Promise<void> {
    return this.#request((done) => this.#sftp.symlink(target, path, done));
  }

  /** @param mode of which the server takes its mask off; its own choice when left out */
  mkdir(path: string, mode?: number): Promise<void> {
    return this.#request((done) =>
      mode === undefined ? this.#sftp.mkdir(path, done) : this.#sftp.mkdir(path, { mode }, done),
    );
  }

  rmdir(path: string): Promise<void> {
    return this.#request((done) => this.#sftp.rmdir(path, done));
  }

  unlink(path: string): Promise<void> {
    return this.#request((done) => this.#sftp.unlink(path, done));
  }

  /** By the protocol it never replaces. OpenSSH keeps to that; other servers may not. */
  rename(from: string, to: string): Promise<void> {
    return this.#request((done) => this.#sftp.rename(from, to, done));
  }

  /** Replaces what stands at `to`, in one step. Only where `posix-rename@openssh.com` is offered. */
  replace(from: string, to: string): Promise<void> {
    return this.#request((done) => this.#sftp.ext_openssh_rename(from, to, done));
  }

  /** Only where `hardlink@openssh.com` is offered. */
  hardlink(from: string, to: string): Promise<void> {
    return this.#request((done) => this.#sftp.ext_openssh_hardlink(from, to, done));
  }

  /** Only where `fsync@openssh.com` is offered. */
  fsync(handle: Buffer): Promise<void> {
    return this.#request((done) => this.#sftp.ext_openssh_fsync(handle, done));
  }

  /** Only where `statvfs@openssh.com` is offered. */
  async space(path: string): Promise<SpaceOnDisk> {
    const told: unknown = await this.#request<unknown>((done) => this.#sftp.ext_openssh_statvfs(path, done));
    return { freeBytes: numberIn(told, 'f_bavail') * numberIn(told, 'f_frsize') };
  }

  /** Only where `copy-data` is offered. A length of 0 means: up to the end. */
  copyData(from: Buffer, start: number, length: number, to: Buffer): Promise<void> {
    return this.#request((done) => this.#sftp.ext_copy_data(from, start, length, to, start, done));
  }

  open(path: string, flags: number, mode?: number): Promise<Buffer> {
    return this.#request((done) =>
      mode === undefined ? this.#sftp.open(path, flags, done) : this.#sftp.open(path, flags, { mode }, done),
    );
  }

  opendir(path: string): Promise<Buffer> {
    return this.#request((done) => this.#sftp.opendir(path, done));
  }

  close(handle: Buffer): Promise<void> {
    return this.#request((done) => this.#sftp.close(handle, done));
  }

  /** The next entries of a directory; `undefined` when there are no more. */
  async readdir(handle: Buffer): Promise<readonly NamedStats[] | undefined> {
    try {
      // Without `full` ssh2 leaves out `.` and `..`.
      return await this.#request<readonly NamedStats[]>((done) => this.#sftp.readdir(handle, done));
    } catch (error) {
      if (statusOf(error) === endOfFile) return undefined;
      throw error;
    }
  }

  /** Up to `length` bytes; fewer where the server gives fewer, none at the end of the file. */
  read(handle: Buffer, position: number, length: number): Promise<Buffer> {
    // A buffer of its own each time: the consumer may keep it.
    const buffer = Buffer.allocUnsafeSlow(length);
    return this.#request((done) =>
      this.#sftp.read(handle, buffer, 0, length, position, (error, bytesRead) =>
        done(error, error ? undefined : buffer.subarray(0, bytesRead)),
      ),
    );
  }

  write(handle: Buffer, bytes: Buffer, position: number): Promise<void> {
    return this.#request((done) => this.#sftp.write(handle, bytes, 0, bytes.byteLength, position, done));
  }

  /**
   * Writes all that a file is to hold, sets its attributes, looks at it and closes it: sent together, and answered as one,
   * which costs much less than a promise for each.
   *
   * @param pieceSize bytes of one request
   * @returns what it looks like, once everything was answered; otherwise the first failure in that order is thrown
   */
  fill(handle: Buffer, bytes: Buffer, pieceSize: number, finish: Finish): Promise<Stats> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const { attributes, isFlushed } = finish;
    const sftp = this.#sftp;
    return new Promise((resolve, reject) => {
      let sent = 0;
      let left = 1;
      let failed = Number.POSITIVE_INFINITY;
      let failure: unknown;
      let stats: Stats | undefined;
      const end = (): void => {
        left -= 1;
        if (left > 0) return;
        if (failed === Number.POSITIVE_INFINITY && stats !== undefined) resolve(stats);
        else reject(failure);
      };
      const answer = (): ((error?: Error | null) => void) => {
        const place = sent;
        sent += 1;
        left += 1;
        return (error) => {
          if (error && place < failed) {
            failed = place;
            failure = this.#failureOf(error);
          }
          end();
        };
      };
      for (let start = 0; start < bytes.byteLength; start += pieceSize) {
        const length = Math.min(pieceSize, bytes.byteLength - start);
        sftp.write(handle, bytes, start, length, start, answer());
      }
      if (Object.keys(attributes).length > 0) sftp.fsetstat(handle, attributes, answer());
      const looked = answer();
      sftp.fstat(handle, (error, found) => {
        stats = found;
        looked(error);
      });
      if (isFlushed) sftp.ext_openssh_fsync(handle, answer());
      sftp.close(handle, answer());
      end();
    });
  }

  /**
   * Runs a command, where the server allows that.
   *
   * @returns what it wrote, and how it ended; `undefined` when it could not be run at all
   */
  async execute(command: string, input: string): Promise<Executed | undefined> {
    if (this.#lost !== undefined) throw this.#lost;
    return await execute(this.#client, command, input);
  }

  /**
   * Starts a command that answers each line with a line; it ends with the connection.
   *
   * @returns `undefined` when it could not be run
   */
  async converse(command: string): Promise<Conversation | undefined> {
    if (this.#lost !== undefined) throw this.#lost;
    return await new Promise((resolve) => {
      this.#client.exec(command, (error, channel) => resolve(error ? undefined : new Conversation(channel)));
    });
  }

  /** Without a status it was no answer of the server: ssh2 gave up, because the connection is gone. */
  #failureOf(error: Error): Error {
    return statusOf(error) === undefined ? (this.#lost ?? connectionLost(error)) : error;
  }

  #request<Result>(send: (done: (error?: Error | null, result?: Result) => void) => unknown): Promise<Result> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise<Result>((resolve, reject) => {
      send((error, result) => {
        if (error) reject(this.#failureOf(error));
        // What a request answers with is told by the types of ssh2; those without an answer are of no type.
        else resolve(result as Result);
      });
    });
  }
}

const endOfFile = 1;

/** The status with which a server answered; `undefined` for every other error. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

function connectionLost(cause: unknown): SyncEngineError {
  if (cause instanceof SyncEngineError) return cause;
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return new SyncEngineError('connection', `The connection to the server was lost${reason}.`, { cause, retry: 'yes' });
}

function numberIn(told: unknown, name: string): number {
  const value: unknown = typeof told === 'object' && told !== null ? Reflect.get(told, name) : undefined;
  return typeof value === 'number' ? value : Number.NaN;
}
