/** Rows, records or operations that are dealt with in one go, which takes some milliseconds. */
export const inOneGo = 512;

/** Lets everybody else have a turn of the event loop: listeners, whoever pauses or cancels, and the disk. */
export async function giveTurn(signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
  signal?.throwIfAborted();
}

/**
 * Does long work that can be interrupted between its steps, so that it holds nobody up. The steps are counted, not timed: the
 * same work is always interrupted at the same places.
 */
export async function inTurns<Result>(steps: Iterator<undefined, Result>, signal?: AbortSignal): Promise<Result> {
  for (let count = 1; ; count += 1) {
    const next = steps.next();
    if (next.done === true) return next.value;
    if (count % inOneGo === 0) await giveTurn(signal);
  }
}
