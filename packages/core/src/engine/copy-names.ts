import { type ExaminedRow, entryOf, otherSide } from '../compare/index.ts';
import { asSyncEngineError, isAbortError, type Side } from '../errors.ts';
import { ancestorsOf, joinKey } from '../paths/index.ts';
import type { ConflictCopy } from '../plan/index.ts';
import { conflictCopyPath, type DecidedRow, type Decision } from '../reconcile/index.ts';
import type { SyncedEntry } from '../storage/index.ts';
import { type CopyNamer, type CopyNamingOptions, fits, journeysOf, standingAt } from './copy-places.ts';

export interface NamedCopies {
  /** By the key of the row whose content is kept beside its path. */
  readonly copies: ReadonlyMap<string, ConflictCopy>;
  /** The rows, without those whose content could not be compared with what stands under a name: they are left alone. */
  readonly decided: readonly DecidedRow[];
}

/** Finds a free name for every conflict copy, or the one that an interrupted run used already. */
export async function nameConflictCopies(
  decided: readonly DecidedRow[],
  options: CopyNamingOptions,
): Promise<NamedCopies> {
  const namer: CopyNamer = { ...options, journeys: journeysOf(decided) };
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
      const relocation = { row, side, directory, entry };
      const together = folders.get(directoryKey);
      if (together === undefined) folders.set(directoryKey, [relocation]);
      else together.push(relocation);
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

async function isTaken(folder: string, namer: CopyNamer): Promise<boolean> {
  const standing = await Promise.all([standingAt('source', folder, namer), standingAt('destination', folder, namer)]);
  return standing.some((entry) => entry === 'arriving' || (entry !== undefined && entry.kind !== 'directory'));
}

function newestEdit(relocations: readonly Relocation[]): number | undefined {
  const times = relocations.flatMap(({ entry: { modifiedAt } }) => (modifiedAt === undefined ? [] : [modifiedAt]));
  return times.length === 0 ? undefined : times.reduce((newest, time) => Math.max(newest, time));
}
