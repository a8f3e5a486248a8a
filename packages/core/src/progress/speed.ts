/** Speed over a sliding window, from samples that are handed in with their time. */
export class SpeedMeter {
  readonly #windowMs: number;
  readonly #samples: Array<{ readonly at: number; readonly bytes: number }> = [];
  #total = 0;

  /** @param windowMs milliseconds; default 5,000 */
  constructor(windowMs = 5_000) {
    this.#windowMs = windowMs;
  }

  add(bytes: number, now: number): void {
    const last = this.#samples.at(-1);
    this.#total += bytes;
    // Samples closer than 50 ms are one, so that many small files do not make a long list.
    if (last !== undefined && now - last.at < 50)
      this.#samples[this.#samples.length - 1] = { at: last.at, bytes: last.bytes + bytes };
    else this.#samples.push({ at: now, bytes });
    this.#trim(now);
  }

  /** Bytes a second at `now`; `startedAt` bounds the window of a young run. */
  rate(now: number, startedAt: number): number {
    this.#trim(now);
    const span = Math.min(this.#windowMs, now - startedAt);
    return span <= 0 ? 0 : (this.#total * 1000) / span;
  }

  #trim(now: number): void {
    for (
      let first = this.#samples[0];
      first !== undefined && first.at < now - this.#windowMs;
      first = this.#samples[0]
    ) {
      this.#samples.shift();
      this.#total -= first.bytes;
    }
  }
}
