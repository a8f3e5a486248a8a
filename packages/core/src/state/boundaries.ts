import type { BaseRecord } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { compareUtf8 } from '../paths/index.ts';
import { splitLines } from './checked-lines.ts';
import type { PairFiles } from './pair-files.ts';
import { decodeRecord } from './record-codec.ts';
import { MalformedState } from './state-errors.ts';

/** Files between two boundaries. */
const stride = 1000;
/** More would cost more to hand around than they are worth. */
const mostBoundaries = 512;

/** Every thousandth of the files. */
export async function sampleAll(pages: AsyncIterable<readonly BaseRecord[]>, side: Side): Promise<readonly string[]> {
  const paths: string[] = [];
  let since = 0;
  for await (const page of pages) {
    for (const record of page) {
      since += 1;
      // The place of a directory in the order is not that of its path.
      if (since < stride || record.kind === 'directory') continue;
      paths.push(record[side].path);
      since = 0;
    }
  }
  return thinned(paths);
}

/**
 * The first file of every block of a snapshot. Only these records are decoded, and nothing is checked: a snapshot that is
 * damaged is found out by whoever reads all of it, and at worst these are poor boundaries.
 */
export async function sampleBlocks(
  files: PairFiles,
  side: Side,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const paths: string[] = [];
  const content = await files.store.read(files.snapshot, { signal });
  for await (const { bytes } of splitLines(content ?? nothing())) {
    const record = firstRecord(bytes);
    if (record !== undefined && record.kind !== 'directory') paths.push(record[side].path);
  }
  return thinned(paths);
}

/** Where the first record of a block begins: behind its checksum, a blank and the bracket of the block. */
const recordStart = 18;

function firstRecord(line: Uint8Array): BaseRecord | undefined {
  const end = endOfList(line, recordStart);
  if (end === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(line.subarray(recordStart, end)).toString('utf8'));
    return decodeRecord(value, undefined);
  } catch (error) {
    if (error instanceof MalformedState || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const [quote, backslash, opening, closing] = [0x22, 0x5c, 0x5b, 0x5d];

/** Where a flat list ends in JSON text; `undefined` when none begins at `start`. */
function endOfList(text: Uint8Array, start: number): number | undefined {
  if (text[start] !== opening) return undefined;
  let isQuoted = false;
  for (let at = start + 1; at < text.byteLength; at += 1) {
    const byte = text[at];
    if (isQuoted && byte === backslash) at += 1;
    else if (byte === quote) isQuoted = !isQuoted;
    else if (byte === closing && !isQuoted) return at + 1;
  }
  return undefined;
}

/** In the side's own order, at most so many, evenly spread. */
function thinned(paths: string[]): readonly string[] {
  paths.sort(compareUtf8);
  const step = Math.ceil(paths.length / mostBoundaries);
  return step <= 1 ? paths : paths.filter((_, index) => index % step === 0);
}

async function* nothing(): AsyncGenerator<never> {
  // A snapshot that is gone has no blocks.
}
