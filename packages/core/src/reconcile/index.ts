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
} from './conflict.ts';
export type { ConflictReason, DecidedRow, Decision, Resolution } from './decision.ts';
export { parseSyncMode, type SideEffects, type SyncMode, type SyncModeName, syncModes } from './mode.ts';
export { suspended } from './permission.ts';
export type { InitialPreference, ReconcilePolicy } from './policy.ts';
export { reconcile, reconcileInSteps } from './reconcile.ts';
