import type { Clock } from '../../src/index.ts';

/** Time that passes only when it is told to, and dice that fall the same way every time. */
export class TestClock implements Clock {
  #now: number;
  #dice: number;

  constructor(startsAt: number = Date.parse('2026-01-01T00:00:00Z'), seed = 1) {
    this.#now = startsAt;
    this.#dice = seed;
  }

  now(): number {
    return this.#now;
  }

  /** @param milliseconds default: long enough that nothing observed before and after is close in time */
  advance(milliseconds = 60_000): void {
    this.#now += milliseconds;
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += milliseconds;
  }

  random(): number {
    this.#dice = (Math.imul(this.#dice, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#dice / 2 ** 32;
  }
}
