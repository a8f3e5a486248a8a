export { type Disposal, disposalFor, trashFolder, versionsFolder } from './disposal.ts';
export { type OperationsReport, SyncOperations, type SyncOperationsOptions, summaryOf } from './sync-operations.ts';
export { emptyTrash, runName } from './trash.ts';
