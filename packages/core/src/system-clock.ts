import { type Clock, whenAborted } from './control/index.ts';

/** The real time and the real dice. */
export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (milliseconds, signal) =>
    new Promise<void>((resolve, reject) => {
      signal?.throwIfAborted();
      let forget = (): void => undefined;
      const timer = setTimeout(() => {
        forget();
        resolve();
      }, milliseconds);
      if (signal === undefined) return;
      forget = whenAborted(signal, () => {
        clearTimeout(timer);
        forget();
        reject(signal.reason);
      });
    }),
};
