/** Chance that can be repeated: the same seed gives the same throws. */
export class Dice {
  #state: number;
  #counter = 0;
  /** Whether whoever throws them also makes names that differ only in case or Unicode form. */
  readonly likesTrickyNames: boolean;

  /** Whether whoever throws them also writes ignore files. */
  readonly likesIgnoring: boolean;

  constructor(seed: number, likes: { readonly trickyNames?: boolean; readonly ignoring?: boolean } = {}) {
    this.#state = seed >>> 0;
    this.likesTrickyNames = likes.trickyNames ?? false;
    this.likesIgnoring = likes.ignoring ?? false;
    for (let warmUp = 0; warmUp < 8; warmUp += 1) this.below(2);
  }

  /** 1, 2, 3, … */
  count(): number {
    this.#counter += 1;
    return this.#counter;
  }

  /** A whole number of at least 0 and less than `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** True in one of `many` cases. */
  oneIn(many: number): boolean {
    return this.below(many) === 0;
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new TypeError('There is nothing to pick from.');
    return value;
  }
}
