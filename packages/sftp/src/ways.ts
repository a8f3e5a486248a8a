/** Milliseconds for which an answer of the server counts: no more than may pass between any two of its answers. */
const lasts = 50;

interface Way {
  /** Those whose writes go there now. */
  users: number;
  /** When the server said that no link is on the way; milliseconds of the process's own clock. */
  since: number;
}

/**
 * Directories into which much is written at once: what one write was told a moment ago of the way there, with no links on it,
 * holds for those that run beside it too. Nothing is remembered from one write to the next.
 */
export class Ways {
  readonly #ways = new Map<string, Way>();

  /** A write goes to this directory; to be left when it is done. */
  enter(directory: string): void {
    const way = this.#ways.get(directory);
    if (way === undefined) this.#ways.set(directory, { users: 1, since: Number.NEGATIVE_INFINITY });
    else way.users += 1;
  }

  leave(directory: string): void {
    const way = this.#ways.get(directory);
    if (way === undefined) return;
    way.users -= 1;
    if (way.users === 0) this.#ways.delete(directory);
  }

  /** The server has just said that no link is on the way to it. */
  found(directory: string): void {
    const way = this.#ways.get(directory);
    if (way !== undefined) way.since = performance.now();
  }

  isSure(directory: string): boolean {
    const way = this.#ways.get(directory);
    return way !== undefined && performance.now() - way.since < lasts;
  }
}
