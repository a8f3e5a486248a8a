export { clearMoving, movingFolder, removeMoving } from './moving.ts';
export { type OperationsReport, SyncOperations, type SyncOperationsOptions } from './sync-operations.ts';
export { UnfinishedWrites } from './unfinished.ts';
