export type { LimitOptions, RunOptions, SyncEngineOptions, TrashOptions, VersionOptions } from './options.ts';
export type { PairOutcome, PlanOutcome, SyncResult, SyncStatus } from './result.ts';
export { planAll, type RunAllOptions, type SharedLimits, syncAll } from './sync-all.ts';
export { SyncEngine } from './sync-engine.ts';
