export {
  type Conflict,
  type ConflictStrategy,
  type ConflictStrategyName,
  conflictAt,
  conflictCopyPath,
  conflictStrategies,
  isResolution,
  parseConflictStrategy,
  resolveByName,
  winnerOf,
} from './conflict.ts';
export { decide, isGone } from './decide.ts';
export type { ConflictReason, DecidedRow, Decision, Resolution } from './decision.ts';
export { parseSyncMode, type SideEffects, type SyncMode, type SyncModeName, syncModes } from './mode.ts';
export { suspended } from './permission.ts';
export type { InitialPreference, MetadataAbility, ReconcilePolicy } from './policy.ts';
export { type Resolve, reconcile } from './reconcile.ts';
