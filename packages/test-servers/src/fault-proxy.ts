import { connect, createServer, type Server, type Socket } from 'node:net';
import type { RunningServer } from './running-server.ts';

export type Direction = 'toServer' | 'toClient';

/** What happens to one connection. Without any of these the bytes pass as they are. */
export interface Faults {
  /** The connection is reset as soon as it is made. Default: false. */
  readonly refuse?: boolean | undefined;
  /** Milliseconds by which each chunk is held up, in each direction. Default: 0. */
  readonly latencyMs?: number | undefined;
  /** Bytes in a second, in each direction. Default: unlimited. */
  readonly bytesPerSecond?: number | undefined;
  /** The connection is cut after so many bytes in a direction. Default: never. */
  readonly cutAfter?: Readonly<Partial<Record<Direction, number>>> | undefined;
  /** How it is cut: `reset` (RST), or `end`: closed in order, as if all had been said. Default: `reset`. */
  readonly cutBy?: 'reset' | 'end' | undefined;
  /** Nothing passes any more after so many bytes in a direction, but the connection stays. Default: never. */
  readonly stallAfter?: Readonly<Partial<Record<Direction, number>>> | undefined;
}

export interface FaultProxyOptions {
  /** Port on 127.0.0.1 where the real server listens. */
  readonly target: number;
  /** What happens to the connection with this number; they are counted from 0. Default: nothing. */
  readonly faults?: ((connection: number) => Faults) | undefined;
}

/** A TCP proxy on 127.0.0.1 that breaks connections as it is told. */
export interface FaultProxy extends RunningServer {
  readonly port: number;
  /** May be replaced at any time; it counts for connections that are made from then on. */
  faults: (connection: number) => Faults;
  /** Connections made so far. */
  readonly connections: number;
  /** Bytes that were passed on so far. */
  readonly passed: Readonly<Record<Direction, number>>;
  /** Resets all connections that are open. */
  cutAll(): void;
}

/** Starts a proxy in front of a server. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new ScriptedProxy(options);
  await proxy.listen();
  return proxy;
}

class ScriptedProxy implements FaultProxy {
  faults: (connection: number) => Faults;
  connections = 0;
  readonly passed = { toServer: 0, toClient: 0 };
  readonly #target: number;
  readonly #server: Server;
  readonly #open = new Set<Connection>();

  constructor({ target, faults = () => ({}) }: FaultProxyOptions) {
    this.#target = target;
    this.faults = faults;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new TypeError('The proxy does not listen.');
    return address.port;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  cutAll(): void {
    for (const connection of this.#open) connection.cut('reset');
  }

  stop(): Promise<void> {
    this.cutAll();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    const faults = this.faults(this.connections);
    this.connections += 1;
    if (faults.refuse === true) {
      ignoreErrors(client);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const connection = new Connection(client, server, faults, (direction, bytes) => {
      this.passed[direction] += bytes;
    });
    this.#open.add(connection);
    client.once('close', () => this.#open.delete(connection));
  }
}

class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #faults: Faults;
  readonly #onPassed: (direction: Direction, bytes: number) => void;

  constructor(client: Socket, server: Socket, faults: Faults, onPassed: (direction: Direction, bytes: number) => void) {
    this.#client = client;
    this.#server = server;
    this.#faults = faults;
    this.#onPassed = onPassed;
    this.#pass('toServer', client, server);
    this.#pass('toClient', server, client);
  }

  cut(how: 'reset' | 'end'): void {
    for (const socket of [this.#client, this.#server]) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
  }

  /** Takes a chunk only when the one before it was passed on: a slow receiver slows the sender, as without a proxy. */
  #pass(direction: Direction, from: Socket, to: Socket): void {
    const {
      latencyMs = 0,
      bytesPerSecond = Number.POSITIVE_INFINITY,
      cutAfter,
      cutBy = 'reset',
      stallAfter,
    } = this.#faults;
    const cutAt = cutAfter?.[direction] ?? Number.POSITIVE_INFINITY;
    const stallAt = stallAfter?.[direction] ?? Number.POSITIVE_INFINITY;
    let passed = 0;
    let work = Promise.resolve();

    const passOn = async (chunk: Buffer): Promise<void> => {
      const wait = latencyMs + (chunk.byteLength / bytesPerSecond) * 1_000;
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      const rest = Math.min(chunk.byteLength, cutAt - passed, stallAt - passed);
      passed += rest;
      this.#onPassed(direction, rest);
      if (!to.destroyed && rest > 0) await written(to, chunk.subarray(0, rest));
      if (passed >= cutAt) this.cut(cutBy);
      // A stalled direction stays paused until the connection goes.
      else if (passed < stallAt) from.resume();
    };

    from.on('data', (chunk: Buffer) => {
      from.pause();
      work = work.then(() => passOn(chunk));
    });
    from.on('end', () => {
      work = work.then(() => {
        if (passed < stallAt) to.end();
      });
    });
    ignoreErrors(from);
    from.on('close', (hadError) => {
      work = work.then(() => {
        if (hadError) to.resetAndDestroy();
        else if (passed >= stallAt) to.destroy();
      });
    });
  }
}

function written(socket: Socket, chunk: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(chunk, () => resolve()));
}

/** Broken connections are this proxy's trade; what matters is told by `close`. */
function ignoreErrors(socket: Socket): void {
  socket.on('error', () => undefined);
}
