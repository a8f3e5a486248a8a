import type { Side } from '../errors.ts';
import type { Version } from '../storage/index.ts';
import { openLine, sealLine, splitLines } from './checked-lines.ts';
import type { PairFiles } from './pair-files.ts';
import { MalformedState, stateCorrupt, stateUnsupported } from './state-errors.ts';

/** Digests of ever longer beginnings of one content, so that a beginning can be recognised without the content. */
export interface Beginnings {
  /** Bytes from one to the next; the first one has so many. */
  readonly every: number;
  /** SHA-256, shortest first. */
  readonly digests: readonly string[];
}

/** A write that was begun and may go on, in this process or another. */
export interface UnfinishedWrite {
  /** Where it was to go. */
  readonly side: Side;
  readonly path: string;
  /** Of the content that was to come. */
  readonly size: number;
  /** Of the content, on the side that it comes from. */
  readonly version: Version;
  /** What the client needs to go on. */
  readonly token: string;
  readonly beginnings: Beginnings;
}

const format = 'syncengine-unfinished';
const formatVersion = 1;

/** @throws SyncEngineError `state-corrupt`, `state-unsupported` */
export async function readUnfinished(
  files: PairFiles,
  signal: AbortSignal | undefined,
): Promise<readonly UnfinishedWrite[]> {
  const content = await files.store.read(files.unfinished, { signal });
  if (content === undefined) return [];
  const writes: UnfinishedWrite[] = [];
  try {
    let isHeader = true;
    for await (const line of splitLines(content)) {
      const fields = fieldsOf(openLine(line));
      if (isHeader) requireFormat(fields, files);
      else writes.push(decode(fields));
      isHeader = false;
    }
    if (isHeader) throw new MalformedState('it is empty');
  } catch (error) {
    if (error instanceof MalformedState) throw stateCorrupt(files, files.unfinished, error.message, error);
    throw error;
  }
  return writes;
}

/** Puts them in the place of all that were remembered before; durable when it resolves. */
export async function writeUnfinished(files: PairFiles, writes: readonly UnfinishedWrite[]): Promise<void> {
  if (writes.length === 0) await files.store.remove(files.unfinished);
  else await files.store.replace(files.unfinished, encode(writes));
}

async function* encode(writes: readonly UnfinishedWrite[]): AsyncGenerator<Uint8Array> {
  yield sealLine(JSON.stringify({ format, version: formatVersion }));
  for (const { side, path, size, version, token, beginnings } of writes) {
    const { every, digests } = beginnings;
    yield sealLine(JSON.stringify({ side, path, size, version, token, every, digests }));
  }
}

function requireFormat(fields: ReadonlyMap<string, unknown>, files: PairFiles): void {
  const version = fields.get('version');
  if (fields.get('format') !== format || typeof version !== 'number') throw new MalformedState('it has no header');
  if (version > formatVersion) throw stateUnsupported(files, files.unfinished, version);
}

function decode(fields: ReadonlyMap<string, unknown>): UnfinishedWrite {
  const [side, path, size] = [fields.get('side'), fields.get('path'), fields.get('size')];
  const [version, token] = [fields.get('version'), fields.get('token')];
  const [every, digests] = [fields.get('every'), fields.get('digests')];
  if (
    (side !== 'source' && side !== 'destination') ||
    typeof path !== 'string' ||
    typeof size !== 'number' ||
    typeof version !== 'string' ||
    typeof token !== 'string' ||
    typeof every !== 'number' ||
    !(Array.isArray(digests) && digests.every((digest) => typeof digest === 'string'))
  ) {
    throw new MalformedState('an unfinished write is malformed');
  }
  return { side, path, size, version, token, beginnings: { every, digests } };
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new MalformedState('a line is no record');
  return new Map<string, unknown>(Object.entries(value));
}
