import { createHash } from 'node:crypto';
import type { ByteSource } from './byte-source.ts';
import { newline } from './checked-lines.ts';
import { MalformedState } from './state-errors.ts';

/** A block begins with this byte, which no line does. */
export const blockMark = 0;

/** Mark, length, checksum. */
const headBytes = 1 + 4 + 8;
const checksumBytes = 8;
/** No block is so long: a length beyond it is damage. */
const longestBlock = 1 << 28;

/** Bytes as one block that carries its own checksum: mark, length, checksum, the bytes, and a line break. */
export function sealBlock(payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(headBytes);
  head[0] = blockMark;
  head.writeUInt32LE(payload.byteLength, 1);
  checksum(payload).copy(head, headBytes - checksumBytes);
  return Buffer.concat([head, payload, Buffer.of(newline)]);
}

/**
 * The bytes of the next block.
 *
 * @throws MalformedState when it is not exactly what was sealed
 */
export async function openBlock(source: ByteSource): Promise<Buffer> {
  const head = await source.take(headBytes);
  const length = head.byteLength === headBytes ? head.readUInt32LE(1) : longestBlock;
  if (length >= longestBlock) throw new MalformedState('a block is broken off or garbled');
  const bytes = await source.take(length + 1);
  if (bytes.byteLength <= length || bytes[length] !== newline) throw new MalformedState('a block is broken off');
  const payload = bytes.subarray(0, length);
  if (!checksum(payload).equals(head.subarray(headBytes - checksumBytes))) {
    throw new MalformedState('a block does not have its checksum');
  }
  return payload;
}

function checksum(payload: Uint8Array): Buffer {
  return createHash('sha256').update(payload).digest().subarray(0, checksumBytes);
}
