import type { ExaminedRow } from '../compare/index.ts';
import { isAbortError, SyncEngineError } from '../errors.ts';
import {
  type ConflictStrategy,
  conflictAt,
  isResolution,
  type ReconcilePolicy,
  type Resolution,
  resolveByName,
} from '../reconcile/index.ts';

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
