export type { LimitOptions, RunOptions, SyncEngineOptions, TrashOptions } from './options.ts';
export type { PairOutcome, SyncResult, SyncStatus } from './result.ts';
export { type SharedLimits, syncAll } from './sync-all.ts';
export { SyncEngine } from './sync-engine.ts';
