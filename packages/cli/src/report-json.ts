import {
  type ConflictReport,
  isSyncEngineError,
  type Operation,
  type Problem,
  type Side,
  type SyncCounts,
  type SyncPlan,
  type SyncResult,
} from '@syncengine/core';
import { type OutcomeStatus, outcomeOfError, statusOfPlan } from './outcome.ts';

/** What `--json` prints. Every key is always there; `error` only when there was one. */
export interface JsonReport {
  readonly status: OutcomeStatus;
  readonly mode: string;
  readonly dryRun: boolean;
  readonly counts: SyncCounts;
  /** Of a dry run: what would be transferred. */
  readonly bytes: { readonly transferred: number };
  /** What was done; of a dry run, what would be. */
  readonly operations: readonly JsonOperation[];
  readonly conflicts: readonly JsonConflict[];
  readonly problems: readonly Problem[];
  readonly error?: { readonly code: string; readonly message: string };
}

export interface JsonOperation {
  readonly kind: Operation['kind'];
  /** The side that is changed. */
  readonly side: Side;
  readonly path: string;
  /** The old path of a move; where the content comes from, when that is another path. */
  readonly from?: string;
  /** Of what brings content. */
  readonly bytes?: number;
  readonly reason: string;
}

export interface JsonConflict {
  readonly path: string;
  readonly reason: string;
  readonly copy?: string;
}

/** What is known of a run before it begins. */
export interface RunIdentity {
  readonly mode: string;
  readonly dryRun: boolean;
}

/** What a run did before an error ended it. */
export interface PartialRun {
  readonly counts: SyncCounts;
  readonly transferredBytes: number;
  readonly operations: readonly JsonOperation[];
  readonly conflicts: readonly JsonConflict[];
  readonly problems: readonly Problem[];
}

/** What `--json` prints of pairs that have names. */
export interface JsonReports {
  /** The worst of all. */
  readonly status: OutcomeStatus;
  readonly dryRun: boolean;
  readonly pairs: ReadonlyArray<
    { readonly name: string; readonly source: string; readonly destination: string } & JsonReport
  >;
  /** When the configuration is wrong, or the command as a whole failed. */
  readonly error?: { readonly code: string; readonly message: string };
}

const fromBadToWorse: readonly OutcomeStatus[] = ['clean', 'conflicts', 'problems', 'stopped', 'failed', 'cancelled'];

/** One document for several pairs. */
export function reportOfAll(
  runs: ReadonlyArray<{
    readonly name: string;
    readonly source: string;
    readonly destination: string;
    readonly report: JsonReport;
  }>,
  dryRun: boolean,
  error?: unknown,
): JsonReports {
  const statuses = runs.map(({ report }) => report.status);
  if (error !== undefined) statuses.push(outcomeOfError(error).status);
  const worst = Math.max(0, ...statuses.map((status) => fromBadToWorse.indexOf(status)));
  return {
    status: fromBadToWorse[worst] ?? 'clean',
    dryRun,
    pairs: runs.map(({ report, ...names }) => ({ ...names, ...report })),
    ...(error === undefined ? {} : { error: { code: codeOf(error), message: messageOf(error) } }),
  };
}

export function reportOfResult(result: SyncResult): JsonReport {
  return {
    status: result.status,
    mode: result.mode,
    dryRun: false,
    counts: result.counts,
    bytes: { transferred: result.bytes.transferred },
    operations: result.operations.map(jsonOperation),
    conflicts: result.conflicts.map(jsonConflict),
    problems: result.problems.map(jsonProblem),
  };
}

export function reportOfPlan(plan: SyncPlan): JsonReport {
  return {
    status: statusOfPlan(plan),
    mode: plan.mode,
    dryRun: true,
    counts: plan.counts,
    bytes: { transferred: plan.bytes },
    operations: plan.operations.map(jsonOperation),
    conflicts: plan.conflicts.map(jsonConflict),
    problems: plan.problems.map(jsonProblem),
  };
}

/** For a run that an error ended, and for a command that could not begin. */
export function reportOfError(
  error: unknown,
  { mode, dryRun }: RunIdentity,
  done: PartialRun = nothingDone,
): JsonReport {
  const { status } = outcomeOfError(error);
  return {
    status,
    mode,
    dryRun,
    counts: done.counts,
    bytes: { transferred: done.transferredBytes },
    operations: done.operations,
    conflicts: done.conflicts,
    problems: done.problems,
    // Who interrupts a run knows why it ended.
    ...(status === 'cancelled' ? {} : { error: { code: codeOf(error), message: messageOf(error) } }),
  };
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const noCounts: SyncCounts = {
  created: 0,
  updated: 0,
  deleted: 0,
  moved: 0,
  adopted: 0,
  unchanged: 0,
  skipped: 0,
  conflicts: 0,
  problems: 0,
};

const nothingDone: PartialRun = { counts: noCounts, transferredBytes: 0, operations: [], conflicts: [], problems: [] };

function codeOf(error: unknown): string {
  return isSyncEngineError(error) ? error.code : 'unexpected';
}

function jsonOperation(operation: Operation): JsonOperation {
  const { kind, side, path, reason } = operation;
  const from = originOf(operation);
  const bytes = operation.kind === 'create' || operation.kind === 'update' ? operation.bytes : undefined;
  return {
    kind,
    side,
    path,
    ...(from === undefined ? {} : { from }),
    ...(bytes === undefined ? {} : { bytes }),
    reason,
  };
}

/** Another path that an operation takes from, on whichever side that is. */
export function originOf(operation: Operation): string | undefined {
  if (operation.kind === 'move') return operation.from.path;
  if (operation.kind !== 'create' && operation.kind !== 'update') return undefined;
  return sameName(operation.from.path, operation.path) ? undefined : operation.from.path;
}

/** Each side may have its own spelling of one name. */
function sameName(left: string, right: string): boolean {
  return left.normalize('NFC').toLowerCase() === right.normalize('NFC').toLowerCase();
}

function jsonConflict({ path, reason, copy }: ConflictReport): JsonConflict {
  return { path, reason, ...(copy === undefined ? {} : { copy }) };
}

function jsonProblem({ path, side, code, message }: Problem): Problem {
  return { path, side, code, message };
}
