import { resolve } from 'node:path';
import { FileStateStore, SyncStateManager } from '@syncengine/core';
import type { Environment } from './environment.ts';
import { usageError } from './usage.ts';

/**
 * The memory of pairs in the folder that `--state` names, else in the platform's own place.
 *
 * @throws SyncEngineError `invalid-options`
 */
export function openState(folder: string | undefined, environment: Environment): SyncStateManager {
  if (folder === undefined) return new SyncStateManager();
  if (folder === '') throw usageError('--state takes a folder.');
  return new SyncStateManager({ store: new FileStateStore(resolve(environment.cwd, folder)) });
}
