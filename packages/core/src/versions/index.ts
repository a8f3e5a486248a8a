export type { ContentPlace, KeptVersion } from './content.ts';
export { copyWithin } from './copy-within.ts';
export { type Disposal, disposalFor, dispose, intoFolder, trashFolder } from './disposal.ts';
export { finishHistory, type HistoryEvent, planHistory } from './history.ts';
export { pruneVersions } from './pruning.ts';
export type { RestoreProblem, RestoreStep } from './restore-plan.ts';
export { checkRule, superfluous, type VersionRule } from './rule.ts';
export { runName } from './run-name.ts';
export { emptyTrash, removeTree } from './trash.ts';
export {
  type RestoreOptions,
  type RestorePlan,
  type RestoreResult,
  type RestoreRunOptions,
  type VersionListing,
  type VersionQuery,
  VersionStore,
  type VersionStoreOptions,
} from './version-store.ts';
