import type { Clock } from '@syncengine/core';
import type { Dice } from './dice.ts';

/** Where the simulated time begins: milliseconds since the epoch. */
export const beginning = 1_760_000_000_000;

/** Time that passes only when the simulation says so; waiting costs nothing. */
export class SimulatedClock implements Clock {
  readonly #dice: Dice;
  time: number = beginning;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  now(): number {
    return this.time;
  }

  random(): number {
    return this.#dice.fraction();
  }

  async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.time += milliseconds;
  }

  /** The same time as told by a machine whose clock is wrong by so many milliseconds. */
  skewed(offset: number): Clock {
    return {
      now: () => this.time + offset,
      random: () => this.random(),
      sleep: (milliseconds, signal) => this.sleep(milliseconds, signal),
    };
  }
}
