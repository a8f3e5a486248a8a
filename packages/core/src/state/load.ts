import type { CaseFolding } from '../paths/index.ts';
import { type JournalContents, readJournal } from './journal.ts';
import { journalGenerations, journalName, type PairFiles } from './pair-files.ts';
import { readSnapshotHeader, type SnapshotHeader } from './snapshot.ts';
import { stateChanging, stateCorrupt } from './state-errors.ts';
import { readUnfinished, type UnfinishedWrite } from './unfinished-writes.ts';

/** What is stored of a pair; the records of the snapshot stay where they are. */
export interface LoadedPair {
  readonly snapshot: SnapshotHeader | undefined;
  readonly journal: JournalContents | undefined;
  readonly unfinished: readonly UnfinishedWrite[];
}

/** How the stored records are keyed and ordered; `undefined` when there are none. */
export function storedFolding({
  snapshot,
  journal,
}: Pick<LoadedPair, 'snapshot' | 'journal'>): CaseFolding | undefined {
  return snapshot?.folding ?? journal?.header?.folding;
}

/** For the holder of the lock: reads, and cuts and clears away what a kill left. */
export async function loadForWriting(files: PairFiles, signal: AbortSignal | undefined): Promise<LoadedPair> {
  let snapshot = await readSnapshotHeader(files, signal);
  if (snapshot?.reset === true) {
    await finishReset(files);
    snapshot = undefined;
  }
  const generation = snapshot?.generation ?? 0;
  const journal = await readJournal(files, generation, signal);
  const loaded = { snapshot, journal, unfinished: await readUnfinished(files, signal) };
  const generations = await journalGenerations(files);
  requireNoNewerJournal(files, generations, generation);
  if (loaded.journal?.isTorn === true) {
    await files.store.truncate(journalName(files, generation), loaded.journal.length);
  }
  for (const older of generations) if (older !== generation) await files.store.remove(journalName(files, older));
  return loaded;
}

const readAttempts = 5;

/**
 * For a reader, beside which another run may write. A writer replaces the snapshot first and removes its journal then:
 * when the snapshot is the same before and after, the journal in between was its own.
 */
export async function loadForReading(files: PairFiles, signal: AbortSignal | undefined): Promise<LoadedPair> {
  for (let attempt = 0; attempt < readAttempts; attempt += 1) {
    const found = await readSnapshotHeader(files, signal);
    const snapshot = found?.reset === true ? undefined : found;
    const generation = snapshot?.generation ?? 0;
    const journal = found?.reset === true ? undefined : await readJournal(files, generation, signal);
    const generations = await journalGenerations(files);
    const after = await readSnapshotHeader(files, signal);
    if (after?.generation !== found?.generation || after?.reset !== found?.reset) continue;
    if (found?.reset !== true) requireNoNewerJournal(files, generations, generation);
    // They are of use only to whoever may go on with them.
    return { snapshot, journal, unfinished: [] };
  }
  throw stateChanging(files);
}

/** Removes what is left of a pair once its snapshot says that it is being reset. A kill in between changes nothing. */
export async function finishReset(files: PairFiles): Promise<void> {
  for (const name of await files.store.list(`${files.key}/`)) {
    if (name !== files.snapshot) await files.store.remove(name);
  }
  await files.store.remove(files.snapshot);
}

/** A journal never comes before its snapshot; one that does shows that the snapshot was lost or put back to an old one. */
function requireNoNewerJournal(files: PairFiles, generations: readonly number[], snapshotGeneration: number): void {
  const newest = Math.max(0, ...generations);
  if (newest <= snapshotGeneration) return;
  const reason = `it is missing, or older than its journal ${journalName(files, newest)}`;
  throw stateCorrupt(files, files.snapshot, reason);
}
