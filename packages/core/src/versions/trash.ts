import { asSyncEngineError, isAbortError, isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { nameOf } from '../paths/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { trashFolder } from './disposal.ts';
import { dayMs } from './rule.ts';
import { parseRunName } from './run-name.ts';

/**
 * Removes the runs of a side's trash that are older than `keepDays`. Only folders that carry a run's name are touched.
 *
 * @returns what could not be removed; the next run tries again
 */
export async function emptyTrash(
  client: StorageClient,
  keepDays: number,
  now: number,
  signal: AbortSignal,
): Promise<readonly SyncEngineError[]> {
  if (client.capabilities.trash !== 'folder') return [];
  const failures: SyncEngineError[] = [];
  try {
    for (const run of await children(client, trashFolder, signal)) {
      const folder = parseRunName(nameOf(run));
      if (folder === undefined || now - folder.startedAt < keepDays * dayMs) continue;
      await removeTree(client, run, signal);
    }
  } catch (error) {
    if (isAbortError(error)) throw error;
    if (!isSyncEngineError(error, 'not-found')) failures.push(asSyncEngineError(error, trashFolder));
  }
  return failures;
}

/** Removes a directory with all that it holds; for what lies below `.syncengine` only. */
export async function removeTree(client: StorageClient, path: string, signal: AbortSignal): Promise<void> {
  for await (const page of client.list(path, { signal })) {
    for (const entry of page) {
      if (entry.kind === 'directory') await removeTree(client, entry.path, signal);
      else await client.remove(entry.path, { signal });
    }
  }
  try {
    await client.remove(path, { signal });
  } catch (error) {
    // Where directories are only implied, one is gone with its last file.
    if (!isSyncEngineError(error, 'not-found')) throw error;
  }
}

async function children(client: StorageClient, directory: string, signal: AbortSignal): Promise<string[]> {
  const paths: string[] = [];
  for await (const page of client.list(directory, { signal })) for (const entry of page) paths.push(entry.path);
  return paths;
}
