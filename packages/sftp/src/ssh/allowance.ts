import { whenAborted } from '@syncengine/core';

/** So much of something at once (bytes, open files); the others wait in order of arrival. */
export class Allowance {
  #limit: number;
  #taken = 0;
  readonly #waiting: Array<{ readonly amount: number; readonly admit: () => void }> = [];

  /** @param limit at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** At most so much at once. */
  get limit(): number {
    return this.#limit;
  }

  /** What is taken already stays so. */
  limitTo(limit: number): void {
    this.#limit = limit;
    this.#admit();
  }

  /** Takes an amount as soon as there is room; more than the limit is admitted when nothing else is taken. */
  async take(amount: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#waiting.length === 0 && this.#fits(amount)) {
      this.#taken += amount;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      let forget = (): void => undefined;
      const place = {
        amount,
        admit: (): void => {
          forget();
          resolve();
        },
      };
      this.#waiting.push(place);
      if (signal === undefined) return;
      forget = whenAborted(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(place), 1);
        reject(signal.reason);
        this.#admit();
      });
    });
  }

  /** Takes an amount if there is room now. */
  takeIfFree(amount: number): boolean {
    if (this.#waiting.length > 0 || !this.#fits(amount)) return false;
    this.#taken += amount;
    return true;
  }

  give(amount: number): void {
    this.#taken -= amount;
    this.#admit();
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#fits(next.amount); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#taken += next.amount;
      next.admit();
    }
  }

  #fits(amount: number): boolean {
    return this.#taken === 0 || this.#taken + amount <= this.#limit;
  }
}
