/** A piece of a content, at its place. */
export interface Chunk {
  readonly start: number;
  readonly bytes: Uint8Array;
  /** True for the one that ends the content; it comes only when the stream is known to have ended. */
  readonly isLast: boolean;
}

/** Cuts a stream into pieces of one size; the last may be smaller. */
export async function* inChunks(stream: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Chunk> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let start = 0;
  for await (const bytes of stream) {
    let rest = bytes;
    // A full piece waits until something follows it: it may be the last.
    while (length + rest.byteLength > size) {
      const taken = size - length;
      parts.push(rest.subarray(0, taken));
      yield { start, bytes: Buffer.concat(parts), isLast: false };
      start += size;
      rest = rest.subarray(taken);
      parts = [];
      length = 0;
    }
    parts.push(rest);
    length += rest.byteLength;
  }
  yield { start, bytes: Buffer.concat(parts), isLast: true };
}
