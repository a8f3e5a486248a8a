import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { whenAborted } from '@syncengine/core';
import { broken, refusal } from './failures.ts';
import type { FtpSettings } from './options.ts';
import { isDone, type Reply } from './reply.ts';
import { type Line, startTransfer, type Transfer, type TransferOrder, type UploadOrder } from './transfer.ts';
import type { Watch } from './watch.ts';

/** Milliseconds that an answer may still take after something was called off. */
export const patienceAfterAbort = 2_000;

/** How much longer the last word on an upload may take: the server still has what is on the way. */
const patienceAtTheEnd = 4;

export interface CarrierOptions {
  readonly line: Line;
  readonly settings: FtpSettings;
  /** For answers. */
  readonly watch: Watch;
  /** For data connections. */
  readonly dataWatch: Watch;
  /** Data connections on which TLS is there. */
  readonly secured: WeakSet<Socket>;
  /** Why the connection is closed, once it is. */
  failure(): unknown;
}

/** Carries files and listings over data connections. */
export class Carrier {
  readonly #options: CarrierOptions;

  constructor(options: CarrierOptions) {
    this.#options = options;
  }

  /** The server's last word, and the answers to what was sent to be done after it. */
  async upload(
    order: UploadOrder,
    content: AsyncIterable<Uint8Array> | Uint8Array,
    signal?: AbortSignal,
  ): Promise<readonly Reply[]> {
    signal?.throwIfAborted();
    const { line } = this.#options;
    const transfer = startTransfer(order, line);
    const stop = (): void => this.#callOff(transfer, order.isKept);
    const forget = signal && whenAborted(signal, stop);
    try {
      const isSent = await (content instanceof Uint8Array
        ? this.#sendAtOnce(transfer, content)
        : this.#send(transfer, content, signal));
      signal?.throwIfAborted();
      if (isSent) this.#waitForTheEnd(transfer);
      await transfer.last();
      await transfer.settled;
      const failure = this.#options.failure();
      if (failure !== undefined && (order.after ?? []).length > 0) throw failure;
      return transfer.outcome();
    } catch (error) {
      stop();
      await transfer.settled;
      signal?.throwIfAborted();
      throw error;
    } finally {
      forget?.();
      transfer.socket()?.destroy();
    }
  }

  async *download(
    order: TransferOrder,
    accept: (replies: readonly Reply[]) => void,
    signal?: AbortSignal,
  ): AsyncGenerator<Buffer, void> {
    signal?.throwIfAborted();
    const transfer = startTransfer(order, this.#options.line);
    const stop = (): void => this.#callOff(transfer);
    const forget = signal && whenAborted(signal, stop);
    let isComplete = false;
    try {
      const socket = await transfer.started;
      signal?.throwIfAborted();
      accept(transfer.outcome());
      if (socket !== undefined) yield* this.#chunks(socket, transfer, signal);
      if (!transfer.isSettled()) this.#options.watch.arm(this.#options.settings.timeoutMs);
      const last = await transfer.last();
      await transfer.settled;
      isComplete = true;
      accept(transfer.outcome());
      if (socket === undefined || !isDone(last)) throw refusal(last, '', 'read');
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      forget?.();
      if (!isComplete) this.#callOff(transfer);
      await transfer.settled;
    }
  }

  /** Sends piece by piece, as fast as they are taken; false where the server refused. */
  async #send(
    transfer: Transfer,
    chunks: AsyncIterable<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const socket = await transfer.started;
    if (socket === undefined) return false;
    await this.#secured(socket);
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      if (socket.destroyed) break;
      if (!socket.write(chunk)) await this.#drained(socket);
    }
    signal?.throwIfAborted();
    socket.end();
    return true;
  }

  /** Sends all as soon as there is a connection, whether the server has said already that it takes it or not. */
  async #sendAtOnce(transfer: Transfer, bytes: Uint8Array): Promise<boolean> {
    const early = transfer.socket();
    if (early !== undefined && !(early instanceof TLSSocket)) {
      early.end(bytes);
      return (await transfer.started) !== undefined;
    }
    const socket = await transfer.started;
    if (socket === undefined) return false;
    await this.#secured(socket);
    socket.end(bytes);
    return true;
  }

  #waitForTheEnd(transfer: Transfer): void {
    const { watch, settings } = this.#options;
    if (!transfer.isSettled()) watch.arm(settings.timeoutMs * patienceAtTheEnd);
  }

  async *#chunks(socket: Socket, transfer: Transfer, signal: AbortSignal | undefined): AsyncGenerator<Buffer, void> {
    const { watch, dataWatch, settings, line } = this.#options;
    const iterator = socket[Symbol.asyncIterator]();
    try {
      for (;;) {
        dataWatch.arm(settings.timeoutMs);
        const next = await iterator.next();
        dataWatch.disarm();
        signal?.throwIfAborted();
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      dataWatch.disarm();
      signal?.throwIfAborted();
      const failure = this.#options.failure();
      if (failure !== undefined) throw failure;
      // The server's own word on why it stopped tells more than the end of the data connection.
      if (!transfer.isSettled()) watch.arm(settings.timeoutMs);
      const last = await transfer.last();
      if (!isDone(last)) return;
      throw broken(error, line.id);
    }
  }

  /** Waits for TLS: what is ended before would never be there. Also ends when the socket is gone. */
  #secured(socket: Socket): Promise<void> {
    // What the socket itself tells comes from the session that it continues, before there is a connection.
    const isSecured = !(socket instanceof TLSSocket) || this.#options.secured.has(socket);
    return isSecured ? Promise.resolve() : this.#until(socket, 'secureConnect');
  }

  /** Waits until the socket takes more; also ends when it is gone, which the server's answer then explains. */
  #drained(socket: Socket): Promise<void> {
    return this.#until(socket, 'drain');
  }

  #until(socket: Socket, event: 'secureConnect' | 'drain'): Promise<void> {
    if (socket.destroyed) return Promise.resolve();
    const { dataWatch, settings } = this.#options;
    dataWatch.arm(settings.timeoutMs);
    return new Promise((resolve) => {
      const go = (): void => {
        socket.off(event, go);
        socket.off('close', go);
        dataWatch.disarm();
        resolve();
      };
      socket.on(event, go);
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
    const { watch, settings } = this.#options;
    if (!transfer.isSettled()) watch.arm(Math.min(patienceAfterAbort, settings.timeoutMs));
  }
}
