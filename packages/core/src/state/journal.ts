import type { BaseChange, BaseRecord } from '../compare/index.ts';
import { giveTurn, inOneGo } from '../turns.ts';
import { openLine, type StoredLine, sealLine, splitLines } from './checked-lines.ts';
import { isKey, requireKey } from './fields.ts';
import { parseHeader, requireSamePair, type StateHeader } from './header.ts';
import { journalName, type PairFiles } from './pair-files.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { MalformedState, stateCorrupt } from './state-errors.ts';

/** What a journal holds beyond its snapshot. */
export interface JournalContents {
  /** `undefined` for a journal of which not even the header was written whole. */
  readonly header: StateHeader | undefined;
  /** In the order in which they were made. */
  readonly changes: readonly BaseChange[];
  /** After the last commit. */
  readonly generation: number;
  /** When the last commit was made, in milliseconds since the epoch; `undefined` when there is none. */
  readonly committedAt: number | undefined;
  /** The run that made the last commit came to its end. */
  readonly isClosed: boolean;
  /** Some run came to its end since the snapshot. */
  readonly hasEnd: boolean;
  /** Bytes that are whole. */
  readonly length: number;
  /** Something stands behind them that a kill left. */
  readonly isTorn: boolean;
}

/** The first line. */
export function encodeJournalHeader(header: StateHeader): Uint8Array {
  return sealLine(JSON.stringify(header));
}

/** Records take longer to encode than most things that are dealt with in one go. */
const recordsInOneGo = inOneGo / 4;

/**
 * One commit. A forgotten path is its key alone.
 *
 * @throws TypeError for a key or a record that cannot be stored
 */
export async function encodeCommit(
  generation: number,
  committedAt: number,
  changes: readonly BaseChange[],
): Promise<Uint8Array> {
  let previous: BaseRecord | undefined;
  const encoded: unknown[] = [];
  for (const change of changes) {
    if (encoded.length > 0 && encoded.length % recordsInOneGo === 0) await giveTurn();
    if (change.kind === 'forget') {
      requireKey(change.key);
      encoded.push(change.key);
      continue;
    }
    encoded.push(encodeRecord(change.record, previous));
    previous = change.record;
  }
  return sealLine(JSON.stringify([generation, committedAt, encoded]));
}

/**
 * The end of a run. With it behind them, the commits before it can no longer be mistaken for what a kill left: damage to
 * the last one is then seen as damage.
 */
export function encodeRunEnd(generation: number): Uint8Array {
  return sealLine(JSON.stringify([generation]));
}

/**
 * Reads the journal of the snapshot of that generation; `undefined` when there is none. A broken last line is what a
 * kill or a power cut leaves of a commit that never resolved, and is left out. A broken line before others is damage.
 *
 * @throws SyncEngineError `state-corrupt`, `state-unsupported`
 */
export async function readJournal(
  files: PairFiles,
  snapshotGeneration: number,
  signal: AbortSignal | undefined,
): Promise<JournalContents | undefined> {
  const name = journalName(files, snapshotGeneration);
  const content = await files.store.read(name, { signal });
  if (content === undefined) return undefined;
  const replay = new Replay(files, name, snapshotGeneration);
  let broken: MalformedState | undefined;
  for await (const line of splitLines(content)) {
    if (broken !== undefined) throw stateCorrupt(files, name, `${broken.message}, before its end`, broken);
    try {
      replay.take(line);
    } catch (error) {
      if (!(error instanceof MalformedState)) throw error;
      // A kill leaves a beginning of what was written; something else was never a journal.
      const isForeign = !replay.hasHeader && !isBeginning(line.bytes);
      if (isForeign || replay.isSealed(line)) throw stateCorrupt(files, name, error.message, error);
      broken = error;
    }
  }
  return replay.contents(broken !== undefined);
}

/**
 * The header of the journal of a pair that has no snapshot and whose ids are not known yet; `undefined` when there is no
 * journal, or not even its header was written whole.
 */
export async function readFirstJournalHeader(
  files: PairFiles,
  signal: AbortSignal | undefined,
): Promise<StateHeader | undefined> {
  const name = journalName(files, 0);
  const content = await files.store.read(name, { signal });
  if (content === undefined) return undefined;
  for await (const line of splitLines(content)) {
    if (!line.isComplete) return undefined;
    try {
      return parseHeader(openLine(line), 'syncengine-journal', files, name);
    } catch (error) {
      if (error instanceof MalformedState) throw stateCorrupt(files, name, error.message, error);
      throw error;
    }
  }
  return undefined;
}

/** True for what can be the beginning of a first line: a checksum, then a value. Blocks that a power cut lost are zero. */
function isBeginning(bytes: Uint8Array): boolean {
  return /^[0-9a-f\0]{0,16}(?:[ \0](?:[{\0].*)?)?$/s.test(Buffer.from(bytes).toString('latin1'));
}

class Replay {
  readonly #files: PairFiles;
  readonly #name: string;
  readonly #snapshotGeneration: number;
  readonly #changes: BaseChange[] = [];
  #header: StateHeader | undefined;
  #generation: number;
  #committedAt: number | undefined;
  #isClosed = true;
  #hasEnd = false;
  #length = 0;

  constructor(files: PairFiles, name: string, snapshotGeneration: number) {
    this.#files = files;
    this.#name = name;
    this.#snapshotGeneration = snapshotGeneration;
    this.#generation = snapshotGeneration;
  }

  get hasHeader(): boolean {
    return this.#header !== undefined;
  }

  /** @throws MalformedState, and then the line counts for nothing */
  take(line: StoredLine): void {
    const value = openLine(line);
    if (this.#header === undefined) this.#takeHeader(value);
    else this.#takeCommit(value);
    this.#length = line.end;
  }

  /** True for a line with a right checksum: what is wrong with it was written so, and is nothing that a kill left. */
  isSealed(line: StoredLine): boolean {
    try {
      openLine(line);
      return true;
    } catch (error) {
      if (error instanceof MalformedState) return false;
      throw error;
    }
  }

  contents(isTorn: boolean): JournalContents {
    return {
      header: this.#header,
      changes: this.#changes,
      generation: this.#generation,
      committedAt: this.#committedAt,
      isClosed: this.#isClosed,
      hasEnd: this.#hasEnd,
      length: this.#length,
      isTorn,
    };
  }

  #takeHeader(value: unknown): void {
    const header = parseHeader(value, 'syncengine-journal', this.#files, this.#name);
    requireSamePair(header, this.#files.pair);
    if (header.generation !== this.#snapshotGeneration) throw new MalformedState('it belongs to another snapshot');
    this.#header = header;
  }

  #takeCommit(value: unknown): void {
    if (!Array.isArray(value)) throw new MalformedState('a line is no commit');
    const [generation, committedAt, encoded]: readonly unknown[] = value;
    if (value.length === 1 && generation === this.#generation) {
      this.#isClosed = true;
      this.#hasEnd = true;
      return;
    }
    if (generation !== this.#generation + 1 || typeof committedAt !== 'number' || !Array.isArray(encoded)) {
      throw new MalformedState('a commit is missing or stands twice');
    }
    this.#changes.push(...decodeChanges(encoded));
    this.#generation = generation;
    this.#committedAt = committedAt;
    this.#isClosed = false;
  }
}

function decodeChanges(encoded: readonly unknown[]): BaseChange[] {
  let previous: BaseRecord | undefined;
  return encoded.map((value) => {
    if (typeof value !== 'string') {
      const record = decodeRecord(value, previous);
      previous = record;
      return { kind: 'record', record };
    }
    if (!isKey(value)) throw new MalformedState('a forgotten path is no valid path');
    return { kind: 'forget', key: value };
  });
}
