import type { Socket } from 'node:net';
import { SyncEngineError, whenAborted } from '@syncengine/core';
import { Client, FTPError, type FTPResponse } from 'basic-ftp';
import { Carrier, patienceAfterAbort } from './carrying.ts';
import { Conversation, type OnReply } from './conversation.ts';
import { ignored, openDataConnection } from './data-connection.ts';
import { broken, timedOut } from './failures.ts';
import { logIn, settle } from './login.ts';
import type { FtpSettings } from './options.ts';
import { protectionOf, requireTrusted, trustFailure } from './protection.ts';
import type { Reply } from './reply.ts';
import type { Line, TransferOrder, UploadOrder } from './transfer.ts';
import { Watch } from './watch.ts';

/** Milliseconds for which a port that the server named in advance is taken for still open: firewalls forget. */
const portLasts = 10_000;

/**
 * One connection: commands that are sent together and answered in order, or one file or listing over a data connection beside it.
 * What breaks it is thrown as `connection` or `timeout`; what the server refuses is an answer.
 */
export class Connection {
  readonly id: string;
  /** `EPSV` or `PASV`; set once the server's features are known. */
  passiveCommand: 'EPSV' | 'PASV' = 'EPSV';
  /** When it was last put aside; milliseconds since the epoch. */
  idleSince = 0;
  readonly #settings: FtpSettings;
  readonly #client = new Client(0);
  /** For answers. */
  readonly #watch: Watch;
  /** For data connections. */
  readonly #dataWatch: Watch;
  readonly #conversation: Conversation;
  readonly #carrier: Carrier;
  readonly #securedSockets = new WeakSet<Socket>();
  /** The one for the file or listing that is on its way. */
  #dataSocket: Socket | undefined;
  #trustsPorts = true;
  #nextPort: { readonly port: number; readonly namedAt: number } | undefined;
  #isListening = false;
  #failure: SyncEngineError | undefined;

  private constructor(settings: FtpSettings, id: string) {
    this.#settings = settings;
    this.id = id;
    const giveUp = (milliseconds: number): void => this.close(timedOut(id, milliseconds));
    this.#watch = new Watch(giveUp);
    this.#dataWatch = new Watch(giveUp);
    this.#conversation = new Conversation({
      send: (text) => this.#client.ftp.socket.write(text),
      onOwed: (patience) => this.#watch.arm(patience),
      onSettled: () => this.#watch.disarm(),
    });
    this.#carrier = new Carrier({
      line: this.#lineOf(),
      settings,
      watch: this.#watch,
      dataWatch: this.#dataWatch,
      secured: this.#securedSockets,
      failure: () => this.#failure,
    });
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
  close(reason: Error = new Error('it was closed')): void {
    this.#failure ??= broken(reason, this.id);
    this.#watch.disarm();
    this.#dataWatch.disarm();
    this.#client.ftp.closeWithError(this.#failure);
    this.#conversation.end(this.#failure);
    // The server may have said already that all was sent: then nobody but whoever reads or writes is left to be told.
    this.#dataSocket?.destroy();
  }

  /** Sends commands and gives the answers to them in the same order, refusals included. */
  async exchange(commands: readonly string[], signal?: AbortSignal): Promise<readonly Reply[]> {
    signal?.throwIfAborted();
    return this.#whileWanted(signal, () => this.#converse(commands));
  }

  async command(command: string, signal?: AbortSignal): Promise<Reply> {
    const [reply] = await this.exchange([command], signal);
    if (reply === undefined) throw new TypeError('A command was sent, but no answer was kept.');
    return reply;
  }

  /** A command that may compute for so long before it answers, in milliseconds. */
  async slowCommand(commands: readonly string[], patience: number, signal?: AbortSignal): Promise<readonly Reply[]> {
    return this.#whileWanted(signal, () => this.#converse(commands, ignored, patience));
  }

  /**
   * Sends the content of a file; content that is all there is sent without waiting for the server's consent.
   *
   * @returns the answers to `before`, the server's last word, which may be a refusal, and the answers to `after`
   */
  upload(
    order: UploadOrder,
    content: AsyncIterable<Uint8Array> | Uint8Array,
    signal?: AbortSignal,
  ): Promise<readonly Reply[]> {
    return this.#carrier.upload(order, content, signal);
  }

  /**
   * Gives what a command sends over a data connection. Whoever stops early gets the connection back in order.
   *
   * @param accept gets the answers to `before` when the first chunk may come, and once more, with the server's last word and
   * the answers to `after` behind them, at the end; throws where they do not allow to go on
   */
  download(
    order: TransferOrder,
    accept: (replies: readonly Reply[]) => void,
    signal?: AbortSignal,
  ): AsyncGenerator<Buffer, void> {
    return this.#carrier.download(order, accept, signal);
  }

  #lineOf(): Line {
    const passive = (): 'EPSV' | 'PASV' => this.passiveCommand;
    return {
      id: this.id,
      get passive() {
        return passive();
      },
      takePort: () => this.#takePort(),
      keepPort: (port) => {
        this.#nextPort = { port, namedAt: this.#settings.clock.now() };
      },
      distrustPorts: () => {
        this.#trustsPorts = false;
      },
      converse: (commands, onReply) => this.#converse(commands, onReply),
      openData: (port) => this.#openData(port),
      onStarted: () => this.#watch.disarm(),
      close: (reason) => this.close(reason),
    };
  }

  #takePort(): number | undefined {
    const next = this.#nextPort;
    this.#nextPort = undefined;
    return next !== undefined && this.#trustsPorts && this.#settings.clock.now() - next.namedAt < portLasts
      ? next.port
      : undefined;
  }

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
    const forget = signal && whenAborted(signal, stop);
    const work = logIn(this.#client, this.#settings, this.id).then(() => this.#settle());
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
      forget?.();
    }
  }

  /**
   * Where commands may be sent together, what comes next need not wait for the answers: all of it is for nothing, and the
   * connection closed, where one of them is not as it has to be.
   */
  async #settle(): Promise<void> {
    const settled = settle(this.#settings, this.id, (commands) => this.#converse(commands));
    if (!this.#settings.pipelining) return settled;
    settled.catch((error: unknown) => this.close(error instanceof Error ? error : undefined));
  }

  async #converse(
    commands: readonly string[],
    onReply: OnReply = ignored,
    patience: number = this.#settings.timeoutMs,
  ): Promise<readonly Reply[]> {
    if (this.#failure !== undefined) throw this.#failure;
    for (const command of commands) requireOneLine(command);
    this.#listen();
    if (this.#settings.pipelining) return this.#conversation.say(commands, onReply, patience);
    const replies: Reply[] = [];
    for (const [place, command] of commands.entries()) {
      replies.push(...(await this.#conversation.say([command], (reply) => onReply(reply, place), patience)));
    }
    return replies;
  }

  /** From the login on, whatever the server says is an answer to something that is owed one. */
  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const { ftp } = this.#client;
    const ended = ftp.handle(undefined, (response) => {
      const reply = replyOf(response);
      if (reply === undefined) this.close(response instanceof Error ? response : undefined);
      else this.#hear(reply);
    });
    ended.catch((error: unknown) => this.close(error instanceof Error ? error : undefined));
  }

  #hear(reply: Reply): void {
    if (reply.code === 421) {
      const message = `${this.id} ends the connection; it says: ${reply.text.trim()}`;
      this.close(new SyncEngineError('connection', message, { retry: 'yes' }));
      return;
    }
    try {
      if (!this.#conversation.hear(reply)) {
        this.close(new Error(`the server answers what nobody asked: ${reply.text.trim()}`));
      }
    } catch (error) {
      this.close(error instanceof Error ? error : undefined);
    }
  }

  /** An abort does not leave answers behind that nobody waits for: they have a moment, then the connection goes. */
  async #whileWanted<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    if (signal === undefined) return work();
    signal.throwIfAborted();
    const hurry = (): void => this.#watch.arm(Math.min(patienceAfterAbort, this.#settings.timeoutMs));
    const forget = whenAborted(signal, hurry);
    try {
      return await work();
    } finally {
      forget();
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
