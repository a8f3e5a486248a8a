/** A small seeded generator (mulberry32): the same seed makes the same choices. */
export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
    for (let warmUp = 0; warmUp < 8; warmUp += 1) this.next();
  }

  /** At least 0, less than 1. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number of at least 0, less than `limit`. */
  below(limit) {
    return Math.floor(this.next() * limit);
  }

  chance(share) {
    return this.next() < share;
  }

  pick(items) {
    return items[this.below(items.length)];
  }
}
