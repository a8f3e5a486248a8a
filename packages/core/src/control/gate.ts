import { WaitingLine } from './waiting-line.ts';

/**
 * At most `limit` holders at once; the others wait in order of arrival. One gate may serve several runs.
 */
export class Gate {
  readonly limit: number;
  #free: number;
  readonly #line = new WaitingLine();

  /** @param limit at least 1 */
  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1)
      throw new TypeError(`A limit must be a whole number of at least 1, not ${limit}.`);
    this.limit = limit;
    this.#free = limit;
  }

  /** Runs `work` as soon as there is room. Aborting while it waits throws the signal's reason. */
  async run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (this.#free > 0) {
      signal?.throwIfAborted();
      this.#free -= 1;
    } else await this.#wait(signal);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await this.#line.wait(signal);
  }

  #leave(): void {
    // A place that is given on was never free.
    if (!this.#line.admitNext()) this.#free += 1;
  }
}
