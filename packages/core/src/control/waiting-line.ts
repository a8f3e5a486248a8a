import { whenAborted } from './when-aborted.ts';

/** Those who wait for a place, in order of arrival. */
export class WaitingLine {
  readonly #waiting: Array<() => void> = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Waits until it is admitted. Whoever aborts leaves the line, and throws the signal's reason. */
  wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      let forget = (): void => undefined;
      const admit = (): void => {
        forget();
        resolve();
      };
      this.#waiting.push(admit);
      if (signal === undefined) return;
      forget = whenAborted(signal, () => {
        this.#waiting.splice(this.#waiting.indexOf(admit), 1);
        forget();
        reject(signal.reason);
      });
    });
  }

  /** Admits whoever came first; false when nobody waits. */
  admitNext(): boolean {
    const next = this.#waiting.shift();
    next?.();
    return next !== undefined;
  }
}
