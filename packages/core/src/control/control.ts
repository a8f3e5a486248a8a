/**
 * The handle on a run that is going: pause, resume, cancel. One control may steer several runs; a cancelled control
 * stays cancelled.
 */
export class SyncControl {
  readonly #abort = new AbortController();
  #paused: { readonly promise: Promise<void>; readonly release: () => void } | undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  get isCancelled(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Operations that are under way finish; no further one starts. */
  pause(): void {
    if (this.#paused !== undefined || this.isCancelled) return;
    let release = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#paused = { promise, release };
  }

  resume(): void {
    this.#paused?.release();
    this.#paused = undefined;
  }

  /** Ends the run as soon as possible; what was not done is done by the next run. */
  cancel(): void {
    this.#abort.abort();
    this.resume();
  }

  /** Cancels when `signal` aborts, now or later. The returned function undoes the link. */
  follow(signal: AbortSignal): () => void {
    const cancel = (): void => this.cancel();
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    return () => signal.removeEventListener('abort', cancel);
  }

  /** Waits while paused. Throws an `AbortError` once cancelled. */
  async proceed(): Promise<void> {
    while (this.#paused !== undefined) await this.#paused.promise;
    this.#abort.signal.throwIfAborted();
  }
}
