/** A request as faults and the log know it. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query; `/drive/v3/files/…`, `/upload/drive/v3/files`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** What goes wrong with a request. */
export type FaultEffect =
  /** Drive answers with an error and does nothing. */
  | {
      readonly kind: 'error';
      readonly status: number;
      readonly reason: string;
      readonly message?: string;
      /** Sent as `Retry-After`. */
      readonly retryAfter?: string;
    }
  /** The connection ends before anything is done. */
  | { readonly kind: 'drop-request' }
  /** All is done, but the connection ends without an answer. */
  | { readonly kind: 'drop-answer' }
  /** The connection ends after so many bytes of the body were received. */
  | { readonly kind: 'cut-request'; readonly afterBytes: number }
  /** The connection ends after so many bytes of the answer's body. */
  | { readonly kind: 'cut-answer'; readonly afterBytes: number }
  /** The answer comes later. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Somebody else does something right before. */
  | { readonly kind: 'act'; act(): void | Promise<void> };

export interface Fault {
  /** Default: every request. */
  readonly matches?: (request: SeenRequest) => boolean;
  /** How many requests it befalls. Default: 1. */
  readonly times?: number;
  /** How many fitting requests it lets pass first. Default: 0. */
  readonly after?: number;
  readonly effect: FaultEffect;
}

/** The faults that are still to come. */
export class Faults {
  #pending: { readonly fault: Fault; skip: number; left: number }[] = [];

  add(fault: Fault): void {
    this.#pending.push({ fault, skip: fault.after ?? 0, left: fault.times ?? 1 });
  }

  clear(): void {
    this.#pending = [];
  }

  /** The effect of the first fault that this request meets, which is used up by it. */
  take(request: SeenRequest): FaultEffect | undefined {
    for (const pending of this.#pending) {
      if (pending.left === 0 || pending.fault.matches?.(request) === false) continue;
      if (pending.skip > 0) {
        pending.skip -= 1;
        continue;
      }
      pending.left -= 1;
      return pending.fault.effect;
    }
    return undefined;
  }
}
