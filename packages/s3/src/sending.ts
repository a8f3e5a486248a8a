/** Ends one request. The SDK puts its listener here, so that a signal of a run with many requests has only one. */
export class RequestSignal {
  readonly #signal: AbortSignal;
  onabort: (() => void) | null = null;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get aborted(): boolean {
    return this.#signal.aborted;
  }
}

/** How a request is to be sent: goes as it is into the SDK's `send`. */
export interface Sending {
  readonly abortSignal?: RequestSignal;
}
