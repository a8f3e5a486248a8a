import type { Readable } from 'node:stream';
import { whenAborted } from '@syncengine/core';
import { failureOf, type Place } from './failures.ts';

export interface BodyOptions {
  /** Of the object, for messages. */
  readonly path: string;
  readonly place: Place;
  readonly signal: AbortSignal | undefined;
}

/** The content of an answer as it comes; ends with the signal's reason, also while nothing comes. */
export async function* chunksOf(body: Readable, { path, place, signal }: BodyOptions): AsyncGenerator<Uint8Array> {
  const forget = signal && whenAborted(signal, () => body.destroy());
  try {
    signal?.throwIfAborted();
    for await (const chunk of body) {
      signal?.throwIfAborted();
      const bytes: Uint8Array = chunk;
      yield bytes;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw failureOf(error, path, place);
  } finally {
    forget?.();
  }
  signal?.throwIfAborted();
}
