import { createHash } from 'node:crypto';
import type { Content, HashAlgorithm } from '@syncengine/core';

/** Bytes that differ at every offset that matters, the same for the same size and seed. */
export function patterned(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = size + seed;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** Content whose stream does what `open` says, whatever size it claims. */
export function contentThat(size: number, open: Content['open']): Content {
  return { size, open };
}

export async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** The digest by an implementation that is not the client's. */
export function digestOf(algorithm: HashAlgorithm, content: Uint8Array | string): string {
  if (algorithm === 'crc32') return crc32Of(typeof content === 'string' ? Buffer.from(content) : content);
  return createHash(algorithm).update(content).digest('hex');
}

/** Bit by bit: slow, and surely right. Node has a function of its own only from 22 on. */
function crc32Of(bytes: Uint8Array): string {
  let state = 0xffff_ffff;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit += 1) state = state & 1 ? (state >>> 1) ^ 0xedb8_8320 : state >>> 1;
  }
  return ((state ^ 0xffff_ffff) >>> 0).toString(16).padStart(8, '0');
}
