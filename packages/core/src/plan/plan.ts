import type { BaseChange } from '../compare/index.ts';
import type { ErrorCode, RailCode, Side } from '../errors.ts';
import type { ConflictReason, Resolution } from '../reconcile/index.ts';
import type { Operation } from './operation.ts';

/** A path that could not be handled, with its reason. */
export interface Problem {
  readonly path: string;
  readonly side: Side;
  readonly code: ErrorCode;
  readonly message: string;
}

/** A conflict that the run met, and how it was settled. */
export interface ConflictReport {
  readonly path: string;
  readonly reason: ConflictReason;
  readonly resolution: Resolution;
  /** Where the losing content is kept, when both are. */
  readonly copy: string | undefined;
}

/** Something worth telling that needs no action and leaves the run clean. */
export interface Notice {
  readonly path: string;
  readonly message: string;
}

/** How often each thing is planned or was done: files, links and directories, as the operations name them. */
export interface SyncCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly moved: number;
  /** Paths that were found equal on both sides and are remembered from now on. */
  readonly adopted: number;
  readonly unchanged: number;
  /** Excluded paths, and paths that were left out of the run. */
  readonly skipped: number;
  readonly conflicts: number;
  readonly problems: number;
}

/** A step of the base that changes nothing on either side by itself. */
export interface PlannedRecord {
  readonly change: BaseChange;
  /** The operation with which it becomes true; `undefined` when it is true already. */
  readonly after: number | undefined;
}

/** The numbers that the safety rails judge by. */
export interface PlanStatistics {
  /** True when the pair had no base yet. */
  readonly firstRun: boolean;
  /** Files and links in the base. */
  readonly knownFiles: number;
  /** Entries that each scan saw, without those that are ignored. */
  readonly seen: { readonly source: number; readonly destination: number };
  /** Nothing was looked at before; milliseconds since the epoch. */
  readonly observedFrom: number;
  /** Sides whose scan was incomplete. */
  readonly incomplete: readonly Side[];
}

/** A rail that a plan does not pass: carried out only when it is lifted for that run. */
export interface Stop {
  readonly code: RailCode;
  readonly message: string;
  readonly side: Side | undefined;
  readonly details: Readonly<Record<string, number>>;
}

/**
 * What a run will do, as plain data: print it, store it as JSON, approve it, apply it later. Every operation carries
 * its preconditions, so what no longer holds is refused one by one.
 */
export interface SyncPlan {
  readonly format: 'syncengine-plan';
  readonly formatVersion: 1;
  /** Ids of the two clients. */
  readonly source: string;
  readonly destination: string;
  readonly mode: string;
  /** See `SyncMode.replaced`. */
  readonly replaced: 'trash' | 'version';
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Names the base that the plan was made from. */
  readonly generation: number;
  /** In the order in which they are carried out. */
  readonly operations: readonly Operation[];
  /** Applied only while the base is the one above. */
  readonly records: readonly PlannedRecord[];
  readonly conflicts: readonly ConflictReport[];
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
  readonly counts: SyncCounts;
  /** Bytes to transfer. */
  readonly bytes: number;
  readonly statistics: PlanStatistics;
  /** Safety rails in the way of this plan: it is carried out only when they are lifted for that run. */
  readonly stops: readonly Stop[];
}

/** True when the plan changes nothing on either side. */
export function isEmptyPlan(plan: SyncPlan): boolean {
  return plan.operations.length === 0;
}
