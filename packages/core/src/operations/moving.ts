import { asSyncEngineError, isAbortError, isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { reservedName } from '../paths/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { removeTree, trashFolder } from '../versions/index.ts';

/** Where entries wait that are renamed in a circle. Only entries that the other side holds too come here. */
export const movingFolder: string = `${reservedName}/moving`;

/**
 * Clears away what a killed run left half-way round a circle: into the trash, where a folder can be moved. The run can do
 * without: nothing is lost while it stays, and what needs the same temporary name fails on its own.
 *
 * @returns what kept it from being cleared away; the next run tries again
 */
export async function clearMoving(
  client: StorageClient,
  run: string,
  signal: AbortSignal,
): Promise<readonly SyncEngineError[]> {
  // A root that lets nobody look inside cannot be synchronised at all.
  if ((await client.stat(movingFolder, { signal })) === undefined) return [];
  try {
    if (client.move === undefined) await removeTree(client, movingFolder, signal);
    else await client.move(movingFolder, `${trashFolder}/${run}/${movingFolder}`, { signal });
  } catch (error) {
    if (isAbortError(error)) throw error;
    return [asSyncEngineError(error, movingFolder)];
  }
  return [];
}

/**
 * Removes the folder once everything has found its place.
 *
 * @returns what kept it from being removed; the next run clears it away
 */
export async function removeMoving(client: StorageClient, signal: AbortSignal): Promise<readonly SyncEngineError[]> {
  try {
    await client.remove(movingFolder, { signal });
  } catch (error) {
    if (isAbortError(error)) throw error;
    // Not used in this run, or a step failed: that is told as the step's own problem.
    const isExpected = isSyncEngineError(error, 'not-found') || isSyncEngineError(error, 'not-empty');
    if (!isExpected) return [asSyncEngineError(error, movingFolder)];
  }
  return [];
}
