export { disposalFor } from './disposal.ts';
export { clearMoving, movingFolder, removeMoving } from './moving.ts';
export { type OperationsReport, SyncOperations, type SyncOperationsOptions } from './sync-operations.ts';
export { emptyTrash, runName } from './trash.ts';
export { UnfinishedWrites } from './unfinished.ts';
