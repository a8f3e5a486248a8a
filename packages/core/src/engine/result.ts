import type { SyncEngineError } from '../errors.ts';
import type { ConflictReport, Notice, Operation, Problem, SyncCounts, SyncPlan } from '../plan/index.ts';

/**
 * How a run ended.
 *
 * - `clean`: all is in sync. Conflicts that were settled leave a run clean.
 * - `conflicts`: done, but conflicts were left to people.
 * - `problems`: done, but some paths could not be handled.
 * - `cancelled`: ended before it was done; the next run goes on.
 */
export type SyncStatus = 'clean' | 'conflicts' | 'problems' | 'cancelled';

export interface SyncResult {
  readonly status: SyncStatus;
  readonly mode: string;
  /** What was done; problems and conflicts are those that the run met. */
  readonly counts: SyncCounts;
  readonly bytes: { readonly transferred: number };
  /** The operations that were carried out, in the order of the plan. */
  readonly operations: readonly Operation[];
  readonly conflicts: readonly ConflictReport[];
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  /** Milliseconds. */
  readonly elapsedMs: number;
  /** `undefined` when the run was cancelled before there was one. */
  readonly plan: SyncPlan | undefined;
}

/** How one of several pairs ended. */
export type PairOutcome =
  | { readonly status: 'fulfilled'; readonly result: SyncResult }
  | { readonly status: 'rejected'; readonly error: SyncEngineError };

/** What is planned for one of several pairs. */
export type PlanOutcome =
  | { readonly status: 'fulfilled'; readonly plan: SyncPlan }
  | { readonly status: 'rejected'; readonly error: SyncEngineError };
