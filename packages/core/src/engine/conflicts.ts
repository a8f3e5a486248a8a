import { type ExaminedRow, entryOf, otherSide } from '../compare/index.ts';
import { asSyncEngineError, isAbortError, type Side, SyncEngineError } from '../errors.ts';
import { hashStream, ownAlgorithm } from '../hashing/index.ts';
import { ancestorsOf, type CaseFolding, joinKey } from '../paths/index.ts';
import type { ConflictCopy } from '../plan/index.ts';
import {
  type ConflictStrategy,
  conflictAt,
  conflictCopyPath,
  type DecidedRow,
  type Decision,
  isResolution,
  type ReconcilePolicy,
  type Resolution,
  resolveByName,
} from '../reconcile/index.ts';
import type { FileEntry, HashAlgorithm, StorageClient, SyncedEntry } from '../storage/index.ts';

/**
 * Asks the strategy about every conflict, before anything is decided for good.
 *
 * @throws SyncEngineError `decision-failed` when the application's function throws or answers something else
 */
export async function resolveConflicts(
  rows: readonly ExaminedRow[],
  policy: ReconcilePolicy,
  strategy: ConflictStrategy,
): Promise<ReadonlyMap<string, Resolution>> {
  const resolutions = new Map<string, Resolution>();
  for (const row of rows) {
    const conflict = conflictAt(row, policy);
    if (conflict === undefined) continue;
    if (typeof strategy === 'string') {
      resolutions.set(row.key, resolveByName(strategy, conflict));
      continue;
    }
    let answer: unknown;
    try {
      answer = await strategy(conflict);
    } catch (error) {
      if (isAbortError(error)) throw error;
      throw decisionFailed(conflict.path, 'threw an error', error);
    }
    if (!isResolution(answer)) throw decisionFailed(conflict.path, `answered ${JSON.stringify(answer)}`, undefined);
    resolutions.set(row.key, answer);
  }
  return resolutions;
}

function decisionFailed(path: string, what: string, cause: unknown): SyncEngineError {
  return new SyncEngineError(
    'decision-failed',
    `The conflict function ${what} for ${JSON.stringify(path)}; it must answer keep-both, source, destination or manual. Nothing was changed.`,
    { cause, path },
  );
}

export interface CopyNamer {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly folding: CaseFolding;
  readonly signal: AbortSignal;
}

export interface NamedCopies {
  /** By the key of the row whose content is kept beside its path. */
  readonly copies: ReadonlyMap<string, ConflictCopy>;
  /** The rows, without those whose content could not be compared with what stands under a name: they are left alone. */
  readonly decided: readonly DecidedRow[];
}

/** Finds a free name for every conflict copy, or the one that an interrupted run used already. */
export async function nameConflictCopies(decided: readonly DecidedRow[], namer: CopyNamer): Promise<NamedCopies> {
  const copies = new Map<string, ConflictCopy>();
  const failures = new Map<string, Decision>();
  const folders = new Map<string, Relocation[]>();
  const attempt = async (key: string, losing: Side, name: () => Promise<void>): Promise<void> => {
    try {
      await name();
    } catch (error) {
      if (isAbortError(error)) throw error;
      const { code, message, side = losing } = asSyncEngineError(error, key);
      failures.set(key, { kind: 'problem', side, code, message });
    }
  };
  for (const { row, decision } of decided) {
    if (decision.kind === 'conflict' && decision.resolution === 'keep-both') {
      const loser = entryOf(row[decision.losing]);
      if (loser === undefined || entryOf(row[otherSide(decision.losing)]) === undefined) continue;
      await attempt(row.key, decision.losing, async () => {
        copies.set(row.key, await freeCopy(row, decision.losing, loser, namer));
      });
    } else if (decision.kind === 'relocate') {
      const { side, directory, directoryKey } = decision;
      const entry = entryOf(row[side]);
      if (entry === undefined) continue;
      folders.set(directoryKey, [...(folders.get(directoryKey) ?? []), { row, side, directory, entry }]);
    }
  }
  for (const [directory, relocations] of folders) {
    await attempt(directory, relocations[0]?.side ?? 'source', async () => {
      for (const [key, copy] of await freeFolder(relocations, namer)) copies.set(key, copy);
    });
  }
  return { copies, decided: failures.size === 0 ? decided : leftAlone(decided, failures) };
}

function leftAlone(decided: readonly DecidedRow[], failures: ReadonlyMap<string, Decision>): DecidedRow[] {
  return decided.map(({ row, decision }) => {
    const failure = failures.get(row.key);
    if (failure !== undefined) return { row, decision: failure };
    const isInside = ancestorsOf(row.key).some((key) => failures.has(key));
    return { row, decision: isInside ? { kind: 'keep', reason: 'its folder is left alone' } : decision };
  });
}

/** An edit inside a directory that gives way to a file. */
interface Relocation {
  readonly row: ExaminedRow;
  readonly side: Side;
  readonly directory: string;
  readonly entry: SyncedEntry;
}

async function freeCopy(row: ExaminedRow, losing: Side, loser: SyncedEntry, namer: CopyNamer): Promise<ConflictCopy> {
  for (let attempt = 1; ; attempt += 1) {
    const paths = {
      source: conflictCopyPath(row.paths.source, losing, loser.modifiedAt, attempt),
      destination: conflictCopyPath(row.paths.destination, losing, loser.modifiedAt, attempt),
    };
    const [source, destination] = await Promise.all([
      fits('source', paths.source, row, losing, loser, namer),
      fits('destination', paths.destination, row, losing, loser, namer),
    ]);
    if (source === 'taken' || destination === 'taken') continue;
    return { key: joinKey(paths.source, namer.folding), paths, existing: { source, destination } };
  }
}

/** What stands under the name: nothing, the very content, or something else. */
async function fits(
  side: Side,
  path: string,
  row: ExaminedRow,
  losing: Side,
  loser: SyncedEntry,
  namer: CopyNamer,
): Promise<SyncedEntry | undefined | 'taken'> {
  const standing = await namer[side].stat(path, { signal: namer.signal });
  if (standing === undefined) return undefined;
  if (standing.kind === 'symlink' && loser.kind === 'symlink')
    return standing.target === loser.target ? standing : 'taken';
  if (standing.kind !== 'file' || loser.kind !== 'file' || standing.size !== loser.size) return 'taken';
  const known = { ...standing.hashes };
  const wanted = { ...loser.hashes, ...row.hashes[losing] };
  // Only a hash proves that an earlier run left this copy; a size or a time would be a guess.
  for (const algorithm of ['sha256', 'sha1', 'md5'] as const) {
    const left = known[algorithm] ?? (await digest(namer[side], path, algorithm, namer.signal));
    const right = wanted[algorithm] ?? (await digest(namer[losing], loser.path, algorithm, namer.signal));
    if (left !== undefined && right !== undefined)
      return left === right ? withHash(standing, algorithm, left) : 'taken';
  }
  const common = await commonHash(namer[side], path, namer[losing], loser.path, namer.signal);
  return common === undefined ? 'taken' : withHash(standing, ownAlgorithm, common);
}

/** What was found out once the next run need not find out again, nor take for a change. */
function withHash(entry: FileEntry, algorithm: HashAlgorithm, digest: string): FileEntry {
  return { ...entry, hashes: { ...entry.hashes, [algorithm]: digest } };
}

/** Where the sides have no hash in common the two are read: it happens only after an interrupted run. */
async function commonHash(
  client: StorageClient,
  path: string,
  otherClient: StorageClient,
  otherPath: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [left, right] = await Promise.all([
    hashStream(ownAlgorithm, client.read(path, { signal })),
    hashStream(ownAlgorithm, otherClient.read(otherPath, { signal })),
  ]);
  return left === right ? left : undefined;
}

async function digest(
  client: StorageClient,
  path: string,
  algorithm: 'sha256' | 'sha1' | 'md5',
  signal: AbortSignal,
): Promise<string | undefined> {
  if (client.hash === undefined || !client.capabilities.hashes.onRequest.includes(algorithm)) return undefined;
  return await client.hash(path, algorithm, { signal });
}

/**
 * All edits inside a directory that gives way go into one folder, named by the newest of them. A folder of that name may
 * be there, left by an interrupted run, as long as every edit finds its place in it.
 */
async function freeFolder(
  relocations: readonly Relocation[],
  namer: CopyNamer,
): Promise<ReadonlyMap<string, ConflictCopy>> {
  for (let attempt = 1; ; attempt += 1) {
    const copies = new Map<string, ConflictCopy>();
    for (const relocation of relocations) {
      const { row, side, directory, entry } = relocation;
      const folder = conflictCopyPath(directory, side, newestEdit(relocations), attempt);
      if (await isTaken(folder, namer)) break;
      const path = `${folder}${row.paths[side].slice(directory.length)}`;
      const [source, destination] = await Promise.all([
        fits('source', path, row, side, entry, namer),
        fits('destination', path, row, side, entry, namer),
      ]);
      if (source === 'taken' || destination === 'taken') break;
      copies.set(row.key, {
        key: joinKey(path, namer.folding),
        paths: { source: path, destination: path },
        existing: { source, destination },
      });
    }
    if (copies.size === relocations.length) return copies;
  }
}

async function isTaken(folder: string, { source, destination, signal }: CopyNamer): Promise<boolean> {
  const standing = await Promise.all([source.stat(folder, { signal }), destination.stat(folder, { signal })]);
  return standing.some((entry) => entry !== undefined && entry.kind !== 'directory');
}

function newestEdit(relocations: readonly Relocation[]): number | undefined {
  const times = relocations.flatMap(({ entry: { modifiedAt } }) => (modifiedAt === undefined ? [] : [modifiedAt]));
  return times.length === 0 ? undefined : times.reduce((newest, time) => Math.max(newest, time));
}
