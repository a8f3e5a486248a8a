import { type Clock, isSyncEngineError, SyncEngineError, whenAborted } from '@syncengine/core';
import type { Connection } from './connection.ts';

export interface ConnectionPoolOptions {
  readonly open: (signal?: AbortSignal) => Promise<Connection>;
  /** Connections at once. */
  readonly limit: number;
  /** Milliseconds that a caller waits for the only connection that the server allows. For one of several it waits as long as it takes. */
  readonly waitMs: number;
  readonly clock: Clock;
}

interface Waiting {
  readonly isReader: boolean;
  readonly give: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** Milliseconds after which a connection that was not used is asked whether it still lives. */
const idleAfter = 20_000;

/** Milliseconds after which a server that refused a connection is asked for one more. */
const recoversAfter = 30_000;

/**
 * The connections of a client. A server that refuses another one lowers the limit to those that there are; after a while one
 * more is tried.
 */
export class ConnectionPool {
  readonly #options: ConnectionPoolOptions;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #waiting: Waiting[] = [];
  /** Connections that files are read over. */
  #readers = 0;
  /** Connections that are being made. */
  #opening = 0;
  /** Ends what is being made when the client closes. */
  readonly #closing = new AbortController();
  #limit: number;
  #raiseAt = 0;
  #isClosed = false;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
    this.#limit = options.limit;
  }

  /** How many connections may be open now. */
  get limit(): number {
    return this.#limit;
  }

  /** Takes over a connection that was opened outside. */
  adopt(connection: Connection): void {
    this.#all.add(connection);
    // Others may have been refused before this one was taken in.
    this.#limit = Math.max(this.#limit, this.#all.size);
    this.giveBack(connection);
  }

  /** Lends a connection for one piece of work. A broken one is not given back. */
  async use<Result>(
    signal: AbortSignal | undefined,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    const connection = await this.take(signal);
    try {
      return await work(connection);
    } finally {
      this.giveBack(connection);
    }
  }

  /**
   * Lends a connection for reading a file. What is read may be on its way to a file of the same client, so readers leave a
   * connection to the others, where there is more than one.
   */
  async takeForReading(signal: AbortSignal | undefined): Promise<Connection> {
    while (!this.#mayRead()) {
      signal?.throwIfAborted();
      await this.#turn(signal, true);
    }
    this.#readers += 1;
    try {
      return await this.take(signal);
    } catch (error) {
      this.#readers -= 1;
      this.#next();
      throw error;
    }
  }

  giveBackAfterReading(connection: Connection): void {
    this.#readers -= 1;
    this.giveBack(connection);
  }

  async take(signal: AbortSignal | undefined): Promise<Connection> {
    for (;;) {
      signal?.throwIfAborted();
      if (this.#isClosed) throw new SyncEngineError('connection', 'The client was closed; open another one.');
      const connection = await this.#idleOne();
      if (connection !== undefined) return connection;
      // One may have come back, or the client been closed, while the others were looked at: nobody would tell that again.
      if (this.#idle.length > 0 || this.#isClosed) continue;
      // Over a distance a login takes longer than most work: whichever connection is free first will do.
      const turn = this.#turn(signal, false);
      const takers = this.#waiting.filter(({ isReader }) => !isReader).length;
      if (takers > this.#opening && this.#mayOpen()) void this.#openOne();
      await turn;
    }
  }

  giveBack(connection: Connection): void {
    if (connection.isClosed || this.#isClosed) this.#drop(connection);
    else {
      connection.idleSince = this.#options.clock.now();
      this.#idle.push(connection);
    }
    this.#next();
  }

  close(): void {
    this.#isClosed = true;
    this.#closing.abort();
    for (const connection of this.#idle.splice(0)) this.#drop(connection);
    for (const waiting of this.#waiting.splice(0)) waiting.give();
  }

  /** The one used last: the others may be closed by the server when it finds that they are not needed. */
  async #idleOne(): Promise<Connection | undefined> {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (await this.#isAlive(connection)) return connection;
      this.#drop(connection);
    }
    return undefined;
  }

  async #isAlive(connection: Connection): Promise<boolean> {
    if (connection.isClosed) return false;
    if (this.#options.clock.now() - connection.idleSince < idleAfter) return true;
    try {
      await connection.command('NOOP');
      return !connection.isClosed;
    } catch (error) {
      // It broke while nobody used it; another one takes its place.
      if (error instanceof SyncEngineError) return false;
      throw error;
    }
  }

  #mayOpen(): boolean {
    const now = this.#options.clock.now();
    if (this.#limit < this.#options.limit && now >= this.#raiseAt) {
      this.#limit += 1;
      this.#raiseAt = now + recoversAfter;
    }
    const living = [...this.#all].filter((connection) => !connection.isClosed);
    return living.length + this.#opening < this.#limit;
  }

  /** Makes a connection for whoever waits; where the server has no room for another one, they wait for those that there are. */
  async #openOne(): Promise<void> {
    this.#opening += 1;
    try {
      const connection = await this.#options.open(this.#closing.signal);
      this.#opening -= 1;
      this.adopt(connection);
    } catch (error) {
      this.#opening -= 1;
      if (isSyncEngineError(error, 'throttled') && this.#all.size > 0) {
        this.#limit = this.#all.size;
        this.#raiseAt = this.#options.clock.now() + recoversAfter;
        // For the only connection nobody waits as long as for one of several.
        for (const waiting of this.#waiting.slice()) waiting.give();
      } else {
        // Should nobody wait any more, whoever needs a connection next finds out by himself.
        this.#waiting.find(({ isReader }) => !isReader)?.refuse(error);
        this.#next();
      }
    }
  }

  #mayRead(): boolean {
    return this.#readers < Math.max(1, this.#limit - 1);
  }

  #turn(signal: AbortSignal | undefined, isReader: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        forget?.();
        const place = this.#waiting.indexOf(waiting);
        if (place >= 0) this.#waiting.splice(place, 1);
        settle();
      };
      const refuse = (reason: unknown): void => end(() => reject(reason));
      const waiting: Waiting = { isReader, give: () => end(resolve), refuse };
      const stop = (): void => refuse(signal?.reason);
      const giveUp = (): void => refuse(this.#noneFree());
      const timer = this.#limit === 1 ? setTimeout(giveUp, this.#options.waitMs) : undefined;
      const forget = signal && whenAborted(signal, stop);
      this.#waiting.push(waiting);
    });
  }

  #noneFree(): SyncEngineError {
    const message = `The only connection that the server allows stayed in use for ${this.#options.waitMs} ms.`;
    return new SyncEngineError('throttled', message, { retry: 'yes' });
  }

  #next(): void {
    this.#waiting.find(({ isReader }) => !isReader || this.#mayRead())?.give();
  }

  #drop(connection: Connection): void {
    this.#all.delete(connection);
    connection.close();
  }
}
