import { isSyncEngineError } from '@syncengine/core';
import type { DriveFile } from './drive-file.ts';
import { isInDoubt } from './failures.ts';
import type { FileCalls } from './file-calls.ts';

/**
 * Makes a change, and when its answer was lost, looks whether it was made after all: otherwise trying again would find its
 * own traces and take them for somebody else's.
 *
 * @param isDone whether the file is as the change was to make it
 */
export async function settled(
  calls: FileCalls,
  id: string,
  path: string,
  change: () => Promise<DriveFile>,
  isDone: (file: DriveFile) => boolean,
): Promise<DriveFile> {
  try {
    return await change();
  } catch (error) {
    if (!isInDoubt(error)) throw error;
    const file = await standing(calls, id, path);
    if (file === undefined || !isDone(file)) throw error;
    return file;
  }
}

/** The file as it is; `undefined` where there is none, or where it cannot be told now. */
async function standing(calls: FileCalls, id: string, path: string): Promise<DriveFile | undefined> {
  try {
    return await calls.get(id, { path });
  } catch (error) {
    if (isSyncEngineError(error)) return undefined;
    throw error;
  }
}
