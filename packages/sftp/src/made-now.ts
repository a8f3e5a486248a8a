/** Milliseconds for which an answer of the server counts: no more than may pass between any two of its answers. */
const lasts = 50;

/**
 * Directories that this client made a moment ago, and that the server has since said to be no links: what is made in them need
 * not wait for another look at the way there.
 */
export class MadeNow {
  readonly #places = new Map<string, number>();
  #last = Number.NEGATIVE_INFINITY;

  add(absolute: string): void {
    const now = performance.now();
    // By now all of them are past their time.
    if (now - this.#last >= lasts) this.#places.clear();
    this.#last = now;
    this.#places.set(absolute, now);
  }

  has(absolute: string): boolean {
    return performance.now() - (this.#places.get(absolute) ?? Number.NEGATIVE_INFINITY) < lasts;
  }
}
