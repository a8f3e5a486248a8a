import { whenAborted } from '@syncengine/core';

/** The result of something that changes nothing, and so may go on alone when its caller gives up. */
export async function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const forget = whenAborted(signal, () => reject(signal.reason));
    work.then(resolve, reject).finally(forget);
  });
}

/** The same for a stream: an abort ends it at once, and what it waits for is left to itself. */
export async function* streamUnlessAborted<Item>(
  stream: AsyncGenerator<Item>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Item> {
  try {
    for (;;) {
      const next = await unlessAborted(stream.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    const ending = stream.return(undefined);
    if (signal?.aborted === true) ending.catch(() => undefined);
    else await ending;
  }
}
