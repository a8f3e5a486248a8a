import { asSyncEngineError, isAbortError, isSyncEngineError, SyncEngineError } from '../errors.ts';
import { nameOf, requireValidPath, reservedName } from '../paths/index.ts';
import { collectBytes, contentOf, type StorageClient } from '../storage/index.ts';
import { parseRunName } from './run-name.ts';

/**
 * What a run did to the names of a side, as far as what it kept does not tell. Paths are those at that moment.
 *
 * - `create`, `make-directory`: nothing stood there before
 * - `give-way`: what stood there was kept, and it is gone or something else stands there
 * - `remove-directory`: an empty directory stood there
 * - `move`: what stood at `from` stands at `path`
 * - `copy`: what stood at `from` stands at `path`, before it gave way at `from`
 */
export type HistoryEvent =
  | { readonly did: 'create' | 'make-directory' | 'give-way' | 'remove-directory'; readonly path: string }
  | { readonly did: 'move'; readonly path: string; readonly from: string; readonly isDirectory: boolean }
  | { readonly did: 'copy'; readonly path: string; readonly from: string };

/** What is written down of one run on one side, in the order in which it happened. */
export interface RunHistory {
  readonly run: string;
  /** Milliseconds since the epoch, whole seconds. */
  readonly startedAt: number;
  /** False where the run was cut off: then some of it may not have happened. */
  readonly isDone: boolean;
  readonly events: readonly HistoryEvent[];
}

export const historyFolder: string = `${reservedName}/history`;

const header = '{"format":"syncengine-history","formatVersion":1}';
const plannedEnd = '.planned.jsonl';
const doneEnd = '.jsonl';

/** Writes down what a run is about to do, before its first effect. */
export async function planHistory(
  client: StorageClient,
  run: string,
  events: readonly HistoryEvent[],
  signal: AbortSignal,
): Promise<void> {
  if (events.length > 0) await client.write(plannedPath(run), contentOf(textOf(events)), { signal });
}

/**
 * Writes down what a run did. What was planned stays until then, so that a kill in between loses nothing.
 *
 * @param planned what was written down before
 */
export async function finishHistory(
  client: StorageClient,
  run: string,
  planned: readonly HistoryEvent[],
  done: readonly HistoryEvent[],
  signal: AbortSignal,
): Promise<void> {
  if (planned.length === 0) return;
  const isAll = planned.length === done.length;
  if (isAll && client.move !== undefined) return await client.move(plannedPath(run), donePath(run), { signal });
  if (done.length > 0) await client.write(donePath(run), contentOf(textOf(done)), { signal });
  await client.remove(plannedPath(run), { signal });
}

/** All that is written down of a side, oldest first, and what could not be read. */
export interface Histories {
  readonly runs: readonly RunHistory[];
  readonly failures: readonly SyncEngineError[];
}

export async function readHistories(client: StorageClient, signal: AbortSignal | undefined): Promise<Histories> {
  const runs = new Map<string, RunHistory>();
  const failures: SyncEngineError[] = [];
  for (const file of await historyFiles(client, signal)) {
    // Both are there when a run was cut off at its very end.
    if (runs.get(file.run)?.isDone === true) continue;
    try {
      const bytes = await collectBytes(client.read(file.path, { signal }));
      const events = parseEvents(new TextDecoder().decode(bytes), file.path);
      runs.set(file.run, { run: file.run, startedAt: file.startedAt, isDone: file.isDone, events });
    } catch (error) {
      if (isAbortError(error)) throw error;
      failures.push(asSyncEngineError(error, file.path));
    }
  }
  return { runs: [...runs.values()].sort((left, right) => order(left, right)), failures };
}

/** A file that tells a run, by its name. */
export interface HistoryFile {
  readonly path: string;
  readonly run: string;
  readonly startedAt: number;
  readonly isDone: boolean;
}

export async function historyFiles(
  client: StorageClient,
  signal: AbortSignal | undefined,
): Promise<readonly HistoryFile[]> {
  const files: HistoryFile[] = [];
  try {
    for await (const page of client.list(historyFolder, { signal })) {
      for (const { kind, path } of page) {
        const name = nameOf(path);
        const isPlanned = name.endsWith(plannedEnd);
        const end = isPlanned ? plannedEnd : doneEnd;
        const folder = name.endsWith(end) ? parseRunName(name.slice(0, -end.length)) : undefined;
        if (kind !== 'file' || folder === undefined || path !== `${historyFolder}/${name}`) continue;
        files.push({ path, run: folder.run, startedAt: folder.startedAt, isDone: !isPlanned });
      }
    }
  } catch (error) {
    if (!isSyncEngineError(error, 'not-found')) throw error;
  }
  return files.sort((left, right) => order(left, right));
}

function order(
  left: { readonly startedAt: number; readonly run: string },
  right: { readonly startedAt: number; readonly run: string },
): number {
  return left.startedAt - right.startedAt || (left.run < right.run ? -1 : left.run > right.run ? 1 : 0);
}

function plannedPath(run: string): string {
  return `${historyFolder}/${run}${plannedEnd}`;
}

function donePath(run: string): string {
  return `${historyFolder}/${run}${doneEnd}`;
}

function textOf(events: readonly HistoryEvent[]): string {
  return `${[header, ...events.map((event) => JSON.stringify(event))].join('\n')}\n`;
}

function parseEvents(text: string, path: string): HistoryEvent[] {
  const [first, ...lines] = text.split('\n');
  if (first !== header || lines.at(-1) !== '') throw malformed(path);
  return lines.slice(0, -1).map((line) => parseEvent(line, path));
}

function parseEvent(line: string, file: string): HistoryEvent {
  const value = parseJson(line, file);
  if (typeof value !== 'object' || value === null || !('did' in value) || !('path' in value)) throw malformed(file);
  const { did } = value;
  const path = pathIn(value.path, file);
  const from = 'from' in value ? pathIn(value.from, file) : undefined;
  if (did === 'create' || did === 'make-directory' || did === 'give-way' || did === 'remove-directory') {
    return { did, path };
  }
  if (from !== undefined && did === 'copy') return { did, path, from };
  if (from !== undefined && did === 'move') {
    return { did, path, from, isDirectory: 'isDirectory' in value && value.isDirectory === true };
  }
  throw malformed(file);
}

function pathIn(value: unknown, file: string): string {
  if (typeof value !== 'string' || value === '') throw malformed(file);
  requireValidPath(value);
  return value;
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(file, error);
  }
}

function malformed(path: string, cause?: unknown): SyncEngineError {
  const message = `${path} cannot be read: what that run created and renamed is not known. What it kept is not affected.`;
  return new SyncEngineError('unreadable', message, { path, cause });
}
