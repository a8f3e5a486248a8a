export type { ConflictCopy, KeptEntry } from './draft.ts';
export {
  bytesOf,
  type ContentOrigin,
  type CreateOperation,
  type DeleteOperation,
  type Evidence,
  type MakeDirectoryOperation,
  type MoveOperation,
  type Operation,
  type Phase,
  type SetMetadataOperation,
  type UpdateOperation,
} from './operation.ts';
export { countedAs } from './operation-list.ts';
export { parsePlan } from './parse-plan.ts';
export {
  type ConflictReport,
  isEmptyPlan,
  type Notice,
  type PlannedRecord,
  type PlanStatistics,
  type Problem,
  type Stop,
  type SyncCounts,
  type SyncPlan,
} from './plan.ts';
export { buildPlan } from './planner.ts';
export { countDeletedFiles, type DeletionLimit, requirePassage } from './rails.ts';
export { recordOf } from './record.ts';
