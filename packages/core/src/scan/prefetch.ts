/**
 * Starts work ahead of need: at most `limit` results are under way or waiting to be taken. What is offered last is
 * needed first, as in a depth-first walk.
 */
export class Prefetch<Item, Result> {
  readonly #limit: number;
  readonly #work: (item: Item) => Promise<Result>;
  readonly #started = new Map<Item, Promise<Result>>();
  readonly #offers: Array<{ readonly items: readonly Item[]; next: number }> = [];

  /** @param work must not reject, except to end the whole walk */
  constructor(limit: number, work: (item: Item) => Promise<Result>) {
    this.#limit = Math.max(1, limit);
    this.#work = work;
  }

  /** Announces items in the order in which they will be taken, all of them before whatever was offered earlier. */
  offer(items: readonly Item[]): void {
    if (items.length > 0) this.#offers.push({ items, next: 0 });
    this.#fill();
  }

  async take(item: Item): Promise<Result> {
    const running = this.#started.get(item) ?? this.#start(item);
    try {
      return await running;
    } finally {
      this.#started.delete(item);
      this.#fill();
    }
  }

  #fill(): void {
    for (let depth = this.#offers.length - 1; depth >= 0 && this.#started.size < this.#limit; depth -= 1) {
      const offer = this.#offers[depth];
      while (offer !== undefined && offer.next < offer.items.length && this.#started.size < this.#limit) {
        const item = offer.items[offer.next];
        offer.next += 1;
        if (item !== undefined && !this.#started.has(item)) void this.#start(item);
      }
      if (offer !== undefined && offer.next >= offer.items.length) this.#offers.splice(depth, 1);
    }
  }

  #start(item: Item): Promise<Result> {
    const running = this.#work(item);
    // An aborted walk never takes what it started; the rejection is seen by whoever does take it.
    running.catch(ignoreUntaken);
    this.#started.set(item, running);
    return running;
  }
}

function ignoreUntaken(): void {
  // Nothing to do: see above.
}
