import { SyncEngineError } from '@syncengine/core';

/** What was typed has no meaning as it stands: exit code 2. */
export function usageError(message: string, cause?: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', message, { cause });
}
