import { type ErrorCode, isAbortError, isSyncEngineError, type SyncPlan, type SyncStatus } from '@syncengine/core';

/**
 * - 0 finished and clean
 * - 1 failed
 * - 2 bad usage or configuration
 * - 3 finished, but conflicts or problems remain
 * - 4 stopped by a safety rail
 * - 130 interrupted
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

/** How a run ended, in a word. */
export type OutcomeStatus = SyncStatus | 'stopped' | 'failed';

/** Errors that whoever typed the command can mend by typing it otherwise. */
const configurationErrors: ReadonlySet<ErrorCode> = new Set([
  'invalid-options',
  'invalid-ignore-file',
  'same-root',
  'nested-roots',
  'root-missing',
  'root-not-a-directory',
]);

/** For a run that came to its end. */
export function exitCodeOfStatus(status: SyncStatus): ExitCode {
  switch (status) {
    case 'clean':
      return 0;
    case 'conflicts':
    case 'problems':
      return 3;
    case 'cancelled':
      return 130;
  }
}

/** What tells most comes first. */
const badness: readonly ExitCode[] = [130, 1, 2, 4, 3, 0];

/** Of several pairs: interrupted, then failed, then stopped by a rail, then what remains to be done. */
export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return badness.find((code) => codes.includes(code)) ?? 0;
}

/** For a run that ended with an error. */
export function outcomeOfError(error: unknown): { readonly status: OutcomeStatus; readonly exitCode: ExitCode } {
  if (isAbortError(error)) return { status: 'cancelled', exitCode: 130 };
  if (!isSyncEngineError(error)) return { status: 'failed', exitCode: 1 };
  if (error.code.startsWith('rail-')) return { status: 'stopped', exitCode: 4 };
  return { status: 'failed', exitCode: configurationErrors.has(error.code) ? 2 : 1 };
}

/** How a plan would leave things if all of it went well. */
export function statusOfPlan(plan: SyncPlan): SyncStatus {
  if (plan.problems.length > 0) return 'problems';
  return plan.conflicts.some((conflict) => conflict.resolution === 'manual') ? 'conflicts' : 'clean';
}
