import { WaitingLine } from './waiting-line.ts';

/** A place among those who run at once. To be left exactly once. */
export interface Place {
  /** The work went well. */
  succeeded(): void;
  /** The other side asks for less at once. */
  throttled(): void;
  leave(): void;
}

/**
 * How much may run at once, found out by what the other side bears: unlimited until it asks for less, then half of what was
 * running, and one more each time that as many as may run have gone well. What was running already when it asked does not
 * count again, so a burst of refusals halves only once.
 */
export class AdaptiveLimit {
  readonly #line = new WaitingLine();
  #limit = Number.POSITIVE_INFINITY;
  #running = 0;
  #successes = 0;
  /** Grows with each reduction. */
  #reductions = 0;
  #alike: Place | undefined;

  /** At least 1; `Infinity` as long as nobody asked for less. */
  get limit(): number {
    return this.#limit;
  }

  get running(): number {
    return this.#running;
  }

  /** Waits for a place, in order of arrival. Aborting meanwhile throws the signal's reason. */
  async enter(signal?: AbortSignal): Promise<Place> {
    signal?.throwIfAborted();
    const free = this.enterIfFree();
    if (free !== undefined) return free;
    await this.#line.wait(signal);
    return this.#place();
  }

  /** A place, if there is one now. */
  enterIfFree(): Place | undefined {
    if (this.#running >= this.#limit || !this.#line.isEmpty) return undefined;
    this.#running += 1;
    return this.#place();
  }

  #place(): Place {
    // One for most of what a run does: as long as nobody asked for less, all places are alike.
    this.#alike ??= this.#placeAfter(this.#reductions);
    return this.#alike;
  }

  #placeAfter(reductions: number): Place {
    return {
      succeeded: () => this.#grow(),
      throttled: () => {
        if (reductions === this.#reductions) this.#reduce();
      },
      leave: () => {
        this.#running -= 1;
        this.#admit();
      },
    };
  }

  #reduce(): void {
    this.#reductions += 1;
    this.#alike = undefined;
    this.#successes = 0;
    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#running) / 2));
  }

  #grow(): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#successes += 1;
    if (this.#successes < this.#limit) return;
    this.#successes = 0;
    this.#limit += 1;
    this.#admit();
  }

  #admit(): void {
    while (this.#running < this.#limit && this.#line.admitNext()) this.#running += 1;
  }
}
