import { type BaseRecord, baseOrderKey } from '../compare/index.ts';
import { compareUtf8 } from '../paths/index.ts';
import { openLine, type StoredLine, sealLine, splitLines } from './checked-lines.ts';
import { parseHeader, requireSamePair, type StateHeader } from './header.ts';
import type { PairFiles } from './pair-files.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { MalformedState, stateChanging, stateCorrupt } from './state-errors.ts';

/** At most so many records stand in one block of a snapshot, and in one page that is handed out. */
export const recordsPerPage = 4096;
/** A block of long paths is ended earlier; in characters. */
const blockLimit = 1 << 20;

export interface SnapshotHeader extends StateHeader {
  readonly byteLength: number;
}

type Signal = AbortSignal | undefined;

/** The snapshot as bytes: a header, blocks of records, and a footer without which it is incomplete. */
export async function* encodeSnapshot(
  header: StateHeader,
  pages: AsyncIterable<readonly BaseRecord[]>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield sealLine(JSON.stringify(header));
  let block: string[] = [];
  let blockLength = 0;
  let previous: BaseRecord | undefined;
  let records = 0;
  for await (const page of pages) {
    for (const record of page) {
      const text = JSON.stringify(encodeRecord(record, previous));
      block.push(text);
      blockLength += text.length;
      previous = record;
      records += 1;
      if (block.length < recordsPerPage && blockLength < blockLimit) continue;
      yield sealLine(`[${block.join(',')}]`);
      block = [];
      blockLength = 0;
      previous = undefined;
    }
  }
  if (block.length > 0) yield sealLine(`[${block.join(',')}]`);
  yield sealLine(JSON.stringify({ records }));
}

/**
 * What the snapshot says of itself, or `undefined` when there is none. Only its first line is looked at.
 *
 * @param checkPair `false` to read the header of a pair whose ids are not known yet
 */
export async function readSnapshotHeader(
  files: PairFiles,
  signal: Signal,
  checkPair = true,
): Promise<SnapshotHeader | undefined> {
  const content = await files.store.read(files.snapshot, { signal });
  if (content === undefined) return undefined;
  for await (const line of splitLines(content)) {
    return { ...openHeader(files, line, checkPair), byteLength: content.byteLength };
  }
  throw stateCorrupt(files, files.snapshot, 'it is empty');
}

/** All records of the snapshot that `expected` is the header of, in their order. */
export async function* readSnapshot(
  files: PairFiles,
  expected: SnapshotHeader,
  signal: Signal,
): AsyncGenerator<readonly BaseRecord[], void, undefined> {
  const content = await files.store.read(files.snapshot, { signal });
  if (content === undefined) throw stateChanging(files);
  let state: 'header' | 'blocks' | 'end' = 'header';
  let records = 0;
  let lastOrderKey = '';
  for await (const line of splitLines(content)) {
    if (state === 'end') throw stateCorrupt(files, files.snapshot, 'something follows its footer');
    if (state === 'header') {
      const header = openHeader(files, line, true);
      if (header.generation !== expected.generation || header.reset) throw stateChanging(files);
      state = 'blocks';
      continue;
    }
    const page = guard(files, () => decodeBlock(openLine(line), records, lastOrderKey));
    if (page === 'end') {
      state = 'end';
      continue;
    }
    records += page.length;
    const last = page.at(-1);
    if (last !== undefined) lastOrderKey = baseOrderKey(last);
    yield page;
  }
  if (state !== 'end') throw stateCorrupt(files, files.snapshot, 'its end is missing');
}

function openHeader(files: PairFiles, line: StoredLine, checkPair: boolean): StateHeader {
  return guard(files, () => {
    const header = parseHeader(openLine(line), 'syncengine-base', files, files.snapshot);
    if (checkPair) requireSamePair(header, files.pair);
    return header;
  });
}

/** `'end'` for the footer. */
function decodeBlock(value: unknown, recordsBefore: number, orderKeyBefore: string): readonly BaseRecord[] | 'end' {
  if (!Array.isArray(value)) {
    const records = typeof value === 'object' && value !== null && 'records' in value ? value.records : undefined;
    if (records !== recordsBefore) throw new MalformedState('it does not hold as many records as its footer says');
    return 'end';
  }
  const page: BaseRecord[] = [];
  let previous: BaseRecord | undefined;
  let lastOrderKey = orderKeyBefore;
  for (const encoded of value) {
    const record = decodeRecord(encoded, previous);
    const orderKey = baseOrderKey(record);
    if (compareUtf8(orderKey, lastOrderKey) <= 0) throw new MalformedState('its records are out of order');
    lastOrderKey = orderKey;
    previous = record;
    page.push(record);
  }
  return page;
}

function guard<Result>(files: PairFiles, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedState) throw stateCorrupt(files, files.snapshot, error.message, error);
    throw error;
  }
}
