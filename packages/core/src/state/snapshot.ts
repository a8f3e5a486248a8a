import { type BaseRecord, baseOrderKey, type RecordPage, recordsOf } from '../compare/index.ts';
import { compareUtf8, WalkReader } from '../paths/index.ts';
import { ByteSource } from './byte-source.ts';
import { blockMark, openBlock, sealBlock } from './checked-blocks.ts';
import { openLine, type StoredLine, sealLine, splitLines } from './checked-lines.ts';
import { parseHeader, requireSamePair, type StateHeader } from './header.ts';
import { lastOrderOf } from './overlay.ts';
import type { PairFiles } from './pair-files.ts';
import { RecordBlock, RecordBlockWriter } from './record-block.ts';
import { decodeRecord } from './record-codec.ts';
import { MalformedState, stateChanging, stateCorrupt } from './state-errors.ts';

export interface SnapshotHeader extends StateHeader {
  readonly byteLength: number;
}

type Signal = AbortSignal | undefined;

/** The snapshot as bytes: a header, blocks of records, and a footer without which it is incomplete. */
export async function* encodeSnapshot(
  header: StateHeader,
  pages: AsyncIterable<RecordPage>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield sealLine(JSON.stringify(header));
  const block = new RecordBlockWriter();
  let records = 0;
  for await (const page of pages) {
    for (const record of recordsOf(page)) {
      if (!block.isEmpty && block.endsBefore(record)) yield sealBlock(block.take());
      block.add(record);
      records += 1;
    }
  }
  if (!block.isEmpty) yield sealBlock(block.take());
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
): AsyncGenerator<RecordPage, void, undefined> {
  const content = await files.store.read(files.snapshot, { signal });
  if (content === undefined) throw stateChanging(files);
  const bytes = new ByteSource(content);
  try {
    if ((await bytes.peek()) === undefined) throw stateCorrupt(files, files.snapshot, 'it is empty');
    const header = openHeader(files, await bytes.line(), true);
    if (header.generation !== expected.generation || header.reset) throw stateChanging(files);
    let records = 0;
    let lastOrderKey = '';
    for (;;) {
      const next = await bytes.peek();
      if (next === undefined) throw stateCorrupt(files, files.snapshot, 'its end is missing');
      const part = next === blockMark ? await openBlockOf(files, bytes) : await bytes.line();
      const page = guard(files, () => pageOf(part, records, lastOrderKey));
      if (page === 'end') break;
      records += 'walk' in page ? page.count : page.length;
      lastOrderKey = lastOrderOf(page) ?? lastOrderKey;
      yield page;
    }
    if ((await bytes.peek()) !== undefined) {
      throw stateCorrupt(files, files.snapshot, 'something follows its footer');
    }
  } finally {
    await bytes.close();
  }
}

async function openBlockOf(files: PairFiles, bytes: ByteSource): Promise<Buffer> {
  try {
    return await openBlock(bytes);
  } catch (error) {
    if (error instanceof MalformedState) throw stateCorrupt(files, files.snapshot, error.message, error);
    throw error;
  }
}

function pageOf(part: Buffer | StoredLine, records: number, lastOrderKey: string): RecordPage | 'end' {
  if (!Buffer.isBuffer(part)) return decodeLine(openLine(part), records, lastOrderKey);
  const block = new RecordBlock(part);
  const walk = new WalkReader(block);
  const first = walk.next() ? walk.order : undefined;
  if (first === undefined || compareUtf8(first, lastOrderKey) <= 0) {
    throw new MalformedState('its records are out of order');
  }
  return block;
}

function openHeader(files: PairFiles, line: StoredLine, checkPair: boolean): StateHeader {
  return guard(files, () => {
    const header = parseHeader(openLine(line), 'syncengine-base', files, files.snapshot);
    if (checkPair) requireSamePair(header, files.pair);
    return header;
  });
}

/** A footer is the `'end'`; the first version of the format had its records in such lines too. */
function decodeLine(value: unknown, recordsBefore: number, orderKeyBefore: string): readonly BaseRecord[] | 'end' {
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
