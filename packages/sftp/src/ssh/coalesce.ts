import type { Socket } from 'node:net';
import type { SFTPWrapper } from 'ssh2';

/** What every server takes in one packet of a channel. */
const largestPacket = 32 * 1024;

/** Milliseconds after which something that waits goes out even if the turn has not ended: the server has nothing to do. */
const longestWait = 3;

type SendData = (channel: number, data: Buffer) => unknown;

/**
 * Makes what is sent within one short turn of the event loop travel in as few packets as it fits into. ssh2 encrypts and signs
 * each request by itself, which for small files costs more than all the rest. It has no setting for that, so its sending is
 * wrapped; a version that sends in another way is left as it is.
 */
export function coalesce(sftp: SFTPWrapper, socket: Socket): void {
  const protocol: unknown = Reflect.get(sftp, '_protocol');
  const outgoing: unknown = Reflect.get(sftp, 'outgoing');
  if (!isObject(protocol) || !isObject(outgoing)) return;
  const send: unknown = Reflect.get(protocol, 'channelData');
  const channel: unknown = Reflect.get(outgoing, 'id');
  const packetSize: unknown = Reflect.get(outgoing, 'packetSize');
  if (typeof send !== 'function' || typeof channel !== 'number' || typeof packetSize !== 'number') return;
  // Its signature was stable since version 1.0; a test shows that it still is.
  const sendData = send.bind(protocol) as SendData;
  const packets = new Packets(sendData, channel, Math.min(packetSize, largestPacket), socket);
  const wrapped: SendData = (to, data) => (to === channel ? packets.add(data) : sendData(to, data));
  Reflect.set(protocol, 'channelData', wrapped);
}

/** Collects the data of one channel. */
class Packets {
  readonly #send: SendData;
  readonly #channel: number;
  readonly #limit: number;
  readonly #socket: Socket;
  #waiting: Buffer[] = [];
  #size = 0;
  #isScheduled = false;
  /** Since when something waits, or was last sent; milliseconds of the process's own clock. */
  #since = 0;

  constructor(send: SendData, channel: number, limit: number, socket: Socket) {
    this.#send = send;
    this.#channel = channel;
    this.#limit = limit;
    this.#socket = socket;
  }

  add(data: Buffer): void {
    if (this.#size + data.byteLength > this.#limit) this.#flush();
    this.#waiting.push(data);
    this.#size += data.byteLength;
    if (this.#isScheduled) {
      this.#sendWhatWaitedLong();
      return;
    }
    this.#isScheduled = true;
    this.#since = performance.now();
    // ssh2 writes each packet in three pieces, which would cost three calls of the system.
    this.#socket.cork();
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
      this.#socket.uncork();
    });
  }

  /** Many contents are read in one turn, which then takes its time. */
  #sendWhatWaitedLong(): void {
    const now = performance.now();
    if (now - this.#since < longestWait) return;
    this.#since = now;
    this.#flush();
    this.#socket.uncork();
    this.#socket.cork();
  }

  #flush(): void {
    const [first, ...others] = this.#waiting;
    if (first === undefined) return;
    const data = others.length === 0 ? first : Buffer.concat(this.#waiting, this.#size);
    this.#waiting = [];
    this.#size = 0;
    this.#send(this.#channel, data);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
