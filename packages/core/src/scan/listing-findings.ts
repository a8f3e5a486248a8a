import type { Side } from '../errors.ts';

/** What one pass through a listing of a whole tree found out for the next one. */
export class ListingFindings {
  /** The native order cannot be kept on the way: the listing is to be gathered and sorted in memory. */
  needsSorting = false;
  /** Native paths that are a file and a directory at once. */
  readonly twins: Set<string> = new Set();
  #passes = 0;

  /** A tree that shows something new in every pass is gathered in the end. */
  nextPass(): void {
    this.#passes += 1;
    if (this.#passes >= 3) this.needsSorting = true;
  }
}

/**
 * A listing showed late what should have been known earlier: an entry that belongs before what was delivered already. The
 * scan is to be made anew, and what the pass found is in its findings.
 */
export class ScanAgain extends Error {
  override readonly name = 'ScanAgain';
  readonly side: Side;

  constructor(side: Side) {
    super(`The ${side} has to be listed again.`);
    this.side = side;
  }
}
