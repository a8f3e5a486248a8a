import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { SyncEngineError } from '@syncengine/core';
import { Client, FTPError, type FTPResponse } from 'basic-ftp';
import { ignored, openDataConnection } from './data-connection.ts';
import { broken, refusal, timedOut } from './failures.ts';
import { logIn } from './login.ts';
import type { FtpSettings } from './options.ts';
import { protectionOf, requireTrusted, trustFailure } from './protection.ts';
import { isDone, type Reply } from './reply.ts';
import {
  type Line,
  type OnReply,
  startTransfer,
  type Transfer,
  type TransferOrder,
  type UploadOrder,
} from './transfer.ts';
import { Watch } from './watch.ts';

/** Milliseconds that an answer may still take after something was called off. */
const patienceAfterAbort = 2_000;

/** How much longer the last word on an upload may take: the server still has what is on the way. */
const patienceAtTheEnd = 4;

/**
 * One connection, which does one thing at a time: commands that are sent together and answered in order, or one file or listing
 * over a data connection beside it. What breaks it is thrown as `connection` or `timeout`; what the server refuses is an answer.
 */
export class Connection {
  readonly id: string;
  /** When it was last put aside; milliseconds since the epoch. */
  idleSince = 0;
  readonly #settings: FtpSettings;
  readonly #client = new Client(0);
  /** For answers. */
  readonly #watch: Watch;
  /** For data connections. */
  readonly #dataWatch: Watch;
  readonly #line: Line;
  readonly #securedSockets = new WeakSet<Socket>();
  /** The one for the file or listing that is on its way. */
  #dataSocket: Socket | undefined;
  #failure: unknown;

  private constructor(settings: FtpSettings, id: string) {
    this.#settings = settings;
    this.id = id;
    const giveUp = (milliseconds: number): void => this.close(timedOut(id, milliseconds));
    this.#watch = new Watch(giveUp);
    this.#dataWatch = new Watch(giveUp);
    this.#line = {
      id,
      converse: (commands, onReply) =>
        settings.pipelining ? this.#converse(commands, onReply) : this.#converseInTurn(commands, onReply),
      openData: (port) => this.#openData(port),
      onStarted: () => this.#watch.disarm(),
      close: (reason) => this.close(reason),
    };
  }

  /**
   * Connects, protects the connection and logs in.
   *
   * @throws SyncEngineError `connection`, `timeout`, `throttled` when the server has too many connections, `permission-denied`
   */
  static async open(settings: FtpSettings, id: string, signal?: AbortSignal): Promise<Connection> {
    const connection = new Connection(settings, id);
    await connection.#open(signal);
    return connection;
  }

  get isClosed(): boolean {
    return this.#failure !== undefined || this.#client.closed;
  }

  /** Ends it at once; whoever waits for an answer gets the reason. */
  close(reason: Error = broken(new Error('it was closed'), this.id)): void {
    this.#failure ??= reason;
    this.#watch.disarm();
    this.#dataWatch.disarm();
    this.#client.ftp.closeWithError(reason);
    // The server may have said already that all was sent: then nobody but whoever reads or writes is left to be told.
    this.#dataSocket?.destroy();
  }

  /** Sends commands and gives the answers to them in the same order, refusals included. */
  async exchange(commands: readonly string[], signal?: AbortSignal): Promise<readonly Reply[]> {
    signal?.throwIfAborted();
    if (this.#settings.pipelining) return this.#whileWanted(signal, () => this.#converse(commands));
    const replies: Reply[] = [];
    for (const command of commands) {
      replies.push(...(await this.#whileWanted(signal, () => this.#converse([command]))));
    }
    return replies;
  }

  async command(command: string, signal?: AbortSignal): Promise<Reply> {
    const [reply] = await this.exchange([command], signal);
    if (reply === undefined) throw new TypeError('A command was sent, but no answer was kept.');
    return reply;
  }

  /** A command that may compute for so long before it answers, in milliseconds. */
  async slowCommand(commands: readonly string[], patience: number, signal?: AbortSignal): Promise<readonly Reply[]> {
    return this.#whileWanted(signal, () => this.#converse(commands, undefined, patience));
  }

  /**
   * Sends the content of a file.
   *
   * @returns the server's last word, which may be a refusal
   */
  async upload(order: UploadOrder, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<Reply> {
    signal?.throwIfAborted();
    const transfer = startTransfer(order, this.passiveCommand, this.#line);
    const stop = (): void => this.#callOff(transfer, order.isKept);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const socket = await transfer.started;
      if (socket === undefined) return transfer.last();
      await this.#secured(socket);
      for await (const chunk of chunks) {
        signal?.throwIfAborted();
        if (socket.destroyed) break;
        if (!socket.write(chunk)) await this.#drained(socket);
      }
      signal?.throwIfAborted();
      socket.end();
      if (!transfer.isSettled()) this.#watch.arm(this.#settings.timeoutMs * patienceAtTheEnd);
      return await transfer.last();
    } catch (error) {
      stop();
      await transfer.settled;
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      transfer.socket()?.destroy();
    }
  }

  /**
   * Gives what a command sends over a data connection. Whoever stops early gets the connection back in order.
   *
   * @param accept gets the answers to `before` when the first chunk may come, and once more, with the server's last word after
   * them, at the end; throws where they do not allow to go on
   */
  async *download(
    order: TransferOrder,
    accept: (replies: readonly Reply[]) => void,
    signal?: AbortSignal,
  ): AsyncGenerator<Buffer, void> {
    signal?.throwIfAborted();
    const transfer = startTransfer(order, this.passiveCommand, this.#line);
    const stop = (): void => this.#callOff(transfer);
    signal?.addEventListener('abort', stop, { once: true });
    let isComplete = false;
    try {
      const socket = await transfer.started;
      signal?.throwIfAborted();
      accept(transfer.outcome());
      if (socket !== undefined) yield* this.#chunks(socket, transfer, signal);
      if (!transfer.isSettled()) this.#watch.arm(this.#settings.timeoutMs);
      const last = await transfer.last();
      isComplete = true;
      accept(transfer.outcome());
      if (socket === undefined || !isDone(last)) throw refusal(last, '', 'read');
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      if (!isComplete) this.#callOff(transfer);
      await transfer.settled;
    }
  }

  async *#chunks(socket: Socket, transfer: Transfer, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void> {
    const iterator = socket[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#dataWatch.arm(this.#settings.timeoutMs);
        const next = await iterator.next();
        this.#dataWatch.disarm();
        signal?.throwIfAborted();
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      this.#dataWatch.disarm();
      signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      // The server's own word on why it stopped tells more than the end of the data connection.
      if (!transfer.isSettled()) this.#watch.arm(this.#settings.timeoutMs);
      const last = await transfer.last();
      if (!isDone(last)) return;
      throw broken(error, this.id);
    }
  }

  /** Waits for TLS: what is ended before would never be there. Also ends when the socket is gone. */
  #secured(socket: Socket): Promise<void> {
    // What the socket itself tells comes from the session that it continues, before there is a connection.
    const isSecured = !(socket instanceof TLSSocket) || this.#securedSockets.has(socket);
    if (isSecured || socket.destroyed) return Promise.resolve();
    this.#dataWatch.arm(this.#settings.timeoutMs);
    return new Promise((resolve) => {
      const go = (): void => {
        socket.off('secureConnect', go);
        socket.off('close', go);
        this.#dataWatch.disarm();
        resolve();
      };
      socket.on('secureConnect', go);
      socket.on('close', go);
    });
  }

  /** Waits until the socket takes more; also ends when it is gone, which the server's answer then explains. */
  #drained(socket: Socket): Promise<void> {
    if (socket.destroyed) return Promise.resolve();
    this.#dataWatch.arm(this.#settings.timeoutMs);
    return new Promise((resolve) => {
      const go = (): void => {
        socket.off('drain', go);
        socket.off('close', go);
        this.#dataWatch.disarm();
        resolve();
      };
      socket.on('drain', go);
      socket.on('close', go);
    });
  }

  #callOff(transfer: Transfer, isKept = false): void {
    transfer.callOff();
    // An end in order leaves to the server what was sent so far.
    const socket = transfer.socket();
    if (isKept) socket?.end();
    // Only a bare connection can be reset; the end of TLS without a farewell says as much.
    else if (socket instanceof TLSSocket) socket.destroy();
    else socket?.resetAndDestroy();
    if (!transfer.isSettled()) this.#watch.arm(Math.min(patienceAfterAbort, this.#settings.timeoutMs));
  }

  /** `EPSV` or `PASV`; set once the server's features are known. */
  passiveCommand: 'EPSV' | 'PASV' = 'EPSV';

  #openData(port: number): Socket {
    const { ftp } = this.#client;
    const options = {
      // Never where the server says, only where it is: that could be anybody.
      host: ftp.socket.remoteAddress ?? this.#settings.host,
      port,
      onSession: (session: Buffer) => {
        ftp.tlsSessionStore = session;
      },
      onSecured: (socket: Socket) => {
        requireTrusted(socket, this.#settings);
        this.#securedSockets.add(socket);
      },
    };
    const protection = this.#settings.security === 'none' ? undefined : protectionOf(this.#settings);
    const session = ftp.tlsSessionStore;
    this.#dataSocket = openDataConnection({ ...options, protection: protection && { options: protection, session } });
    return this.#dataSocket;
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { timeoutMs, host } = this.#settings;
    let giveUp: (reason: unknown) => void = ignored;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const timer = setTimeout(() => giveUp(timedOut(this.id, timeoutMs)), timeoutMs);
    const stop = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    const work = logIn(this.#client, this.#settings, this.id, (commands) => this.#converse(commands));
    try {
      await Promise.race([work, givenUp]);
    } catch (error) {
      work.catch(ignored);
      const reason = trustFailure(error, host);
      this.close(reason instanceof Error ? reason : undefined);
      if (reason === signal?.reason) throw reason;
      throw broken(reason, this.id);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    }
  }

  async #converseInTurn(commands: readonly string[], onReply: OnReply): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    for (const [index, command] of commands.entries()) {
      replies.push(...(await this.#converse([command], (reply) => onReply(reply, index))));
    }
    return replies;
  }

  async #converse(
    commands: readonly string[],
    onReply: OnReply = ignored,
    patience: number = this.#settings.timeoutMs,
  ): Promise<readonly Reply[]> {
    if (this.#failure !== undefined) throw this.#failure;
    for (const command of commands) requireOneLine(command);
    const { ftp } = this.#client;
    const replies: Reply[] = [];
    const answered = ftp.handle(undefined, (response, task) => {
      const reply = replyOf(response);
      if (reply === undefined) return task.reject(response instanceof Error ? response : new Error('no answer'));
      this.#watch.arm(patience);
      onReply(reply, replies.length);
      if (reply.code === 421) {
        const message = `${this.id} ends the connection; it says: ${reply.text.trim()}`;
        return task.reject(new SyncEngineError('connection', message, { retry: 'yes' }));
      }
      if (reply.code < 200) return;
      replies.push(reply);
      if (replies.length === commands.length) task.resolve(undefined);
    });
    this.#watch.arm(patience);
    // All in one packet: a command in a packet of its own costs the server and us as much as its work.
    ftp.socket.write(`${commands.join('\r\n')}\r\n`);
    try {
      await answered;
    } catch (error) {
      this.close(broken(this.#failure ?? error, this.id));
      throw this.#failure;
    } finally {
      this.#watch.disarm();
    }
    return replies;
  }

  /** An abort does not leave answers behind that nobody waits for: they have a moment, then the connection goes. */
  async #whileWanted<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    if (signal === undefined) return work();
    signal.throwIfAborted();
    const hurry = (): void => this.#watch.arm(Math.min(patienceAfterAbort, this.#settings.timeoutMs));
    signal.addEventListener('abort', hurry, { once: true });
    try {
      return await work();
    } finally {
      signal.removeEventListener('abort', hurry);
    }
  }
}

/** `undefined` for what is no answer but the end of the connection. */
function replyOf(response: Error | FTPResponse): Reply | undefined {
  if (response instanceof FTPError) return { code: response.code, text: response.message };
  if (response instanceof Error) return undefined;
  return { code: response.code, text: response.message };
}

/** Nothing that a name contains may ever become a command of its own. */
function requireOneLine(command: string): void {
  if (/[\r\n\0]/.test(command)) throw new TypeError('A command must be one line.');
}
