import { createHasher } from '../hashing/index.ts';
import { MalformedState } from './state-errors.ts';

const checksumDigits = 16;
export const newline = 0x0a;
const blank = 0x20;

export interface StoredLine {
  /** Without the line break. */
  readonly bytes: Uint8Array;
  /** Where the line after this one begins. */
  readonly end: number;
  /** False for a last line that has no line break. */
  readonly isComplete: boolean;
}

/** A value as one line that carries its own checksum. JSON text has no line breaks of its own. */
export function sealLine(json: string): Uint8Array {
  const payload = Buffer.from(json);
  return Buffer.concat([Buffer.from(`${checksum(payload)} `), payload, Buffer.of(newline)]);
}

/**
 * The value of a line.
 *
 * @throws MalformedState when it is not exactly what was sealed
 */
export function openLine(line: StoredLine): unknown {
  const { bytes } = line;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payload = text.subarray(checksumDigits + 1);
  if (!line.isComplete || text[checksumDigits] !== blank) throw new MalformedState('a line is broken off or garbled');
  if (text.toString('latin1', 0, checksumDigits) !== checksum(payload)) {
    throw new MalformedState('a line does not have its checksum');
  }
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw new MalformedState('a line is no JSON', { cause: error });
    throw error;
  }
}

/** Cuts a stream into its lines. An empty stream has none. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StoredLine, void, undefined> {
  let pieces: Uint8Array[] = [];
  let end = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, start)) {
      pieces.push(chunk.subarray(start, at));
      const bytes = joined(pieces);
      end += bytes.byteLength + 1;
      yield { bytes, end, isComplete: true };
      pieces = [];
      start = at + 1;
    }
    if (start < chunk.byteLength) pieces.push(chunk.subarray(start));
  }
  if (pieces.length === 0) return;
  const bytes = joined(pieces);
  yield { bytes, end: end + bytes.byteLength, isComplete: false };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

function checksum(payload: Uint8Array): string {
  const hasher = createHasher('sha256');
  hasher.update(payload);
  return hasher.digest().slice(0, checksumDigits);
}
