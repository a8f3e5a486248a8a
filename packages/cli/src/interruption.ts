import type { Environment, InterruptionSignal } from './environment.ts';

const signals: readonly InterruptionSignal[] = ['SIGINT', 'SIGTERM'];

/**
 * Ctrl-C and friends: the first one asks for an orderly end, the second one is for those who cannot wait. Stop
 * listening with `dispose`.
 */
export class Interruption {
  readonly #environment: Environment;
  readonly #onFirst: () => void;
  readonly #onSecond: () => void;
  readonly #abort = new AbortController();
  readonly #listener = (): void => this.#interrupt();

  constructor(environment: Environment, onFirst: () => void, onSecond: () => void) {
    this.#environment = environment;
    this.#onFirst = onFirst;
    this.#onSecond = onSecond;
    for (const signal of signals) environment.signals.on(signal, this.#listener);
  }

  /** Aborts with the first interruption. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  dispose(): void {
    for (const signal of signals) this.#environment.signals.off(signal, this.#listener);
  }

  #interrupt(): void {
    if (this.#abort.signal.aborted) {
      this.#onSecond();
      this.#environment.exit(130);
      return;
    }
    this.#onFirst();
    this.#abort.abort();
  }
}
