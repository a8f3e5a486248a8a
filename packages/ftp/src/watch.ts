/** Notices that nothing happens while something is waited for. */
export class Watch {
  readonly #onSilence: (milliseconds: number) => void;
  #timer: NodeJS.Timeout | undefined;
  #milliseconds = 0;

  constructor(onSilence: (milliseconds: number) => void) {
    this.#onSilence = onSilence;
  }

  /** From now on something is waited for, at most so long; what was waited for before no longer counts. */
  arm(milliseconds: number): void {
    // The same timer over and over: this happens several times for every file.
    if (this.#timer !== undefined && this.#milliseconds === milliseconds) {
      this.#timer.refresh();
      return;
    }
    clearTimeout(this.#timer);
    this.#milliseconds = milliseconds;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onSilence(milliseconds);
    }, milliseconds);
  }

  /** Nothing is waited for any more. */
  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
