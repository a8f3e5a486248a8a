import { resolve } from 'node:path';
import { defaultStateFolder, FileStateStore, SyncStateManager } from '@syncengine/core';
import type { Environment } from './environment.ts';
import { usageError } from './usage.ts';

/**
 * The files that hold the memory of pairs, in the folder that was named, else in the platform's own place.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function openStateStore(folder: string | undefined, environment: Environment): FileStateStore {
  if (folder === '') throw usageError('--state takes a folder.');
  return new FileStateStore(folder === undefined ? defaultStateFolder() : resolve(environment.cwd, folder));
}

/** @throws SyncEngineError `invalid-options` */
export function openState(folder: string | undefined, environment: Environment): SyncStateManager {
  return new SyncStateManager({ store: openStateStore(folder, environment) });
}
