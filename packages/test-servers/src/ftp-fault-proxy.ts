import { connect, createServer, type Server, type Socket } from 'node:net';
import { type FaultProxy, type Faults, startFaultProxy } from './fault-proxy.ts';
import type { RunningServer } from './running-server.ts';

/** Commands and answers, or one file or listing. */
export type FtpChannel = 'control' | 'data';

export interface FtpFaultProxyOptions {
  /** Port on 127.0.0.1 where the real server listens. */
  readonly target: number;
  /** What happens to a connection; those of each channel are counted from 0. Default: nothing. */
  readonly faults?: ((channel: FtpChannel, connection: number) => Faults) | undefined;
}

/**
 * A proxy in front of an FTP server that breaks connections as it is told, those for data too: where the server tells a client
 * which port to connect to, it puts one of its own. It can do so only without TLS.
 */
export interface FtpFaultProxy extends RunningServer {
  readonly port: number;
  /** May be replaced at any time; it counts for connections that are made from then on. */
  faults: (channel: FtpChannel, connection: number) => Faults;
  /** Resets all connections that are open. */
  cutAll(): void;
}

export async function startFtpFaultProxy({ target, faults }: FtpFaultProxyOptions): Promise<FtpFaultProxy> {
  const proxy = new ScriptedFtpProxy(target, faults ?? (() => ({})));
  await proxy.listen();
  return proxy;
}

class ScriptedFtpProxy implements FtpFaultProxy {
  faults: (channel: FtpChannel, connection: number) => Faults;
  readonly #target: number;
  readonly #relay: Server;
  readonly #sockets = new Set<Socket>();
  readonly #data = new Set<FaultProxy>();
  #dataConnections = 0;
  #control: FaultProxy | undefined;

  constructor(target: number, faults: (channel: FtpChannel, connection: number) => Faults) {
    this.#target = target;
    this.faults = faults;
    this.#relay = createServer((client) => this.#accept(client));
  }

  get port(): number {
    if (this.#control === undefined) throw new TypeError('The proxy does not listen.');
    return this.#control.port;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#relay.once('error', reject);
      this.#relay.listen(0, '127.0.0.1', resolve);
    });
    const address = this.#relay.address();
    if (address === null || typeof address === 'string') throw new TypeError('The relay does not listen.');
    this.#control = await startFaultProxy({
      target: address.port,
      faults: (connection) => this.faults('control', connection),
    });
  }

  cutAll(): void {
    this.#control?.cutAll();
    for (const proxy of this.#data) proxy.cutAll();
  }

  async stop(): Promise<void> {
    this.cutAll();
    await this.#control?.stop();
    for (const proxy of this.#data) await proxy.stop();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#relay.close(resolve));
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    let work = Promise.resolve();
    let rest = '';
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      // Broken connections are this proxy's trade.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        work = work.then(() => {
          (socket === client ? server : client).destroy();
        });
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      work = work.then(async () => {
        // Only whole lines can be rewritten; the codes of characters pass through latin1 as they are.
        const lines = (rest + bytes.toString('latin1')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) client.write(`${await this.#rewritten(line)}\n`, 'latin1');
      });
    });
  }

  async #rewritten(line: string): Promise<string> {
    const extended = /^229 .*\(\|\|\|(\d+)\|\)/.exec(line)?.[1];
    if (extended !== undefined) return line.replace(`|||${extended}|`, `|||${await this.#dataPort(Number(extended))}|`);
    const [, address = '', high, low] = /^227 .*?(\d+,\d+,\d+,\d+),(\d+),(\d+)/.exec(line) ?? [];
    if (high === undefined) return line;
    const port = await this.#dataPort(Number(high) * 256 + Number(low));
    return line.replace(`${address},${high},${low}`, `127,0,0,1,${port >> 8},${port & 255}`);
  }

  async #dataPort(target: number): Promise<number> {
    const proxy = await startFaultProxy({
      target,
      faults: () => {
        const faults = this.faults('data', this.#dataConnections);
        this.#dataConnections += 1;
        return faults;
      },
    });
    this.#data.add(proxy);
    return proxy.port;
  }
}
