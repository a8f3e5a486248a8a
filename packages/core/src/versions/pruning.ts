import { asSyncEngineError, isAbortError, isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { ancestorsOf, compareUtf8, depthOf, isWithin } from '../paths/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { versionsFolder } from './disposal.ts';
import { historyFiles } from './history.ts';
import { type KeptEntry, keptIn } from './kept.ts';
import { reachOf, superfluous, type VersionRule } from './rule.ts';

/**
 * Removes the versions of a side that its rule lets go, and what is written down of runs that tells of nothing any more. What a
 * store keeps by itself is left to its own rules.
 *
 * Versions are removed one by one, so a kill at any moment leaves the rest as it was; the next run goes on.
 *
 * @param now milliseconds since the epoch
 * @returns what could not be removed; the next run tries again
 */
export async function pruneVersions(
  client: StorageClient,
  rule: VersionRule,
  now: number,
  signal: AbortSignal,
): Promise<readonly SyncEngineError[]> {
  if (client.capabilities.trash === 'native') return [];
  const failures: SyncEngineError[] = [];
  const attempt = async (path: string, work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      if (isAbortError(error)) throw error;
      // Gone already is what was wanted.
      if (isSyncEngineError(error, 'not-found')) return true;
      failures.push(asSyncEngineError(error, path));
      return false;
    }
  };
  let kept: readonly KeptEntry[] = [];
  let isComplete = false;
  await attempt(versionsFolder, async () => {
    const found = await keptIn(client, 'versions', signal);
    failures.push(...found.failures);
    isComplete = found.failures.length === 0;
    kept = found.entries;
  });
  const gone = new Set<KeptEntry>();
  for (const version of superfluous(kept, rule, now)) {
    const { path, version: expected } = version.entry;
    if (await attempt(path, () => client.remove(path, { expected, signal }))) gone.add(version);
  }
  await removeEmptied(
    [...gone].map(({ entry }) => entry.path),
    client,
    attempt,
    signal,
  );
  const left = kept.filter((version) => !gone.has(version));
  if (isComplete) await pruneHistories(client, horizonOf(left, rule, now), attempt, signal);
  return failures;
}

type Attempt = (path: string, work: () => Promise<void>) => Promise<boolean>;

/** Folders of the store that hold nothing any more, deepest first; one that holds something stays by itself. */
async function removeEmptied(
  paths: readonly string[],
  client: StorageClient,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  const folders = new Set(paths.flatMap(ancestorsOf));
  const inside = [...folders].filter((path) => path !== versionsFolder && isWithin(path, versionsFolder));
  const deepestFirst = inside.sort((left, right) => depthOf(right) - depthOf(left) || compareUtf8(left, right));
  for (const path of deepestFirst) {
    await attempt(path, async () => {
      try {
        await client.remove(path, { signal });
      } catch (error) {
        if (!isSyncEngineError(error, 'not-empty')) throw error;
      }
    });
  }
}

/** What happened before tells nothing of what is kept, nor of a time that the rule reaches. */
function horizonOf(left: readonly KeptEntry[], rule: VersionRule, now: number): number {
  return left.reduce((oldest, { gaveWayAt }) => Math.min(oldest, gaveWayAt), now - reachOf(rule));
}

async function pruneHistories(
  client: StorageClient,
  horizon: number,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<void> {
  await attempt(versionsFolder, async () => {
    const files = await historyFiles(client, signal);
    const done = new Set(files.filter(({ isDone }) => isDone).map(({ run }) => run));
    // The last one before the horizon tells that what is kept was not there before it.
    const last = files.findLast(({ startedAt }) => startedAt < horizon);
    for (const { path, run, startedAt, isDone } of files) {
      const isTwice = !isDone && done.has(run);
      const isOver = startedAt < horizon && run !== last?.run;
      if (isTwice || isOver) await attempt(path, () => client.remove(path, { signal }));
    }
  });
}
