import type { Clock } from '../control/index.ts';
import { systemClock } from '../system-clock.ts';

/** Shorter waits than this, in milliseconds, cost more than they are worth: they are saved up. */
const shortestWait = 10;

/** Lets bytes through at a steady rate; several clients that share one share the rate. */
export class RateLimit {
  readonly bytesPerSecond: number;
  readonly #clock: Clock;
  /** When the bytes that were let through until now are used up, in milliseconds since the epoch. */
  #freeAt = 0;

  /** @param bytesPerSecond more than 0 */
  constructor(bytesPerSecond: number, clock: Clock = systemClock) {
    if (!(bytesPerSecond > 0 && Number.isFinite(bytesPerSecond))) {
      throw new TypeError(`A rate must be a number of bytes above 0, not ${bytesPerSecond}.`);
    }
    this.bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  /** The same bytes in pieces that each take at most a tenth of a second, each when its time has come. */
  async *pass(chunk: Uint8Array, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const piece = Math.max(1, Math.floor(this.bytesPerSecond / 10));
    for (let start = 0; start < chunk.byteLength; start += piece) {
      const part = chunk.subarray(start, start + piece);
      await this.#wait(part.byteLength, signal);
      yield part;
    }
  }

  async #wait(bytes: number, signal: AbortSignal | undefined): Promise<void> {
    const now = this.#clock.now();
    const start = Math.max(now, this.#freeAt);
    this.#freeAt = start + (bytes * 1000) / this.bytesPerSecond;
    if (start - now >= shortestWait) await this.#clock.sleep(start - now, signal);
  }
}
