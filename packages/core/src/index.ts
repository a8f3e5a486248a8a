export {
  type BaseRecord,
  type BaseSide,
  type Change,
  type ComparisonMode,
  comparisonModes,
  FileComparator,
  type FileComparatorOptions,
  parseComparisonMode,
  type Verdict,
} from './compare/index.ts';
export { type Clock, Gate, SyncControl, whenAborted } from './control/index.ts';
export * from './decorators/index.ts';
export {
  diagnosticsChannels,
  type OperationMessage,
  type RetryMessage,
  type RunIdentity,
  type RunMessage,
  type ScanMessage,
} from './diagnostics/index.ts';
export {
  type LimitOptions,
  type PairOutcome,
  type PlanOutcome,
  planAll,
  type RunAllOptions,
  type RunOptions,
  type SharedLimits,
  SyncEngine,
  type SyncEngineOptions,
  type SyncResult,
  type SyncStatus,
  syncAll,
  type TrashOptions,
  type VersionOptions,
} from './engine/index.ts';
export {
  type ErrorCode,
  isAbortError,
  isSyncEngineError,
  type RailCode,
  type RetryAdvice,
  type Side,
  SyncEngineError,
  type SyncEngineErrorOptions,
} from './errors.ts';
export { createHasher, type Hasher, PromisedHashes } from './hashing/index.ts';
export {
  IgnoreChain,
  IgnoreFileManager,
  type IgnoreOptions,
  type IgnoreRules,
  type IgnoreVerdict,
  parseIgnoreRules,
} from './ignore/index.ts';
export { isProcessRunning, LocalStorageClient, type LocalStorageOptions, startOfProcess } from './local/index.ts';
export { MemoryStorageClient, type MemoryStorageOptions } from './memory/index.ts';
export { SyncOperations, type SyncOperationsOptions, UnfinishedWrites } from './operations/index.ts';
export {
  type CaseFolding,
  childOf,
  compareUtf8,
  isReserved,
  isWithin,
  joinKey,
  type NameRules,
  nameOf,
  nameProblem,
  parentOf,
  requireValidPath,
  reservedName,
} from './paths/index.ts';
export {
  type ConflictReport,
  type ContentOrigin,
  type CreateOperation,
  countDeletedFiles,
  type DeleteOperation,
  type DeletionLimit,
  type Evidence,
  isEmptyPlan,
  type MakeDirectoryOperation,
  type MoveOperation,
  type Notice,
  type Operation,
  type Phase,
  type PlannedRecord,
  type PlanStatistics,
  type Problem,
  parsePlan,
  type SetMetadataOperation,
  type Stop,
  type SyncCounts,
  type SyncPlan,
  type UpdateOperation,
} from './plan/index.ts';
export type {
  DirectionProgress,
  OperationSummary,
  ProgressEvent,
  ProgressListener,
  ProgressSnapshot,
} from './progress/index.ts';
export {
  type Conflict,
  type ConflictReason,
  type ConflictStrategy,
  type ConflictStrategyName,
  conflictStrategies,
  type InitialPreference,
  parseConflictStrategy,
  parseSyncMode,
  type Resolution,
  type SideEffects,
  type SyncMode,
  type SyncModeName,
  syncModes,
} from './reconcile/index.ts';
export {
  DirectoryScanner,
  type DirectoryScannerOptions,
  ListingFindings,
  parseSymlinkPolicy,
  ScanAgain,
  type ScanFilter,
  type SymlinkPolicy,
  symlinkPolicies,
} from './scan/index.ts';
export {
  type Beginnings,
  defaultStateFolder,
  FileStateStore,
  MemoryStateStore,
  type PairIdentity,
  type PairState,
  pairKey,
  type RememberedTree,
  type StateLock,
  type StateStore,
  SyncStateManager,
  type SyncStateManagerOptions,
  type UnfinishedWrite,
} from './state/index.ts';
export * from './storage/index.ts';
export {
  failure as storageFailure,
  quoted as quotedPath,
  requireExpected,
  requireHashes,
  requireStorablePath,
  unsupported as unsupportedFailure,
} from './storage-failures.ts';
export { systemClock } from './system-clock.ts';
export {
  type ContentPlace,
  checkRule as checkVersionRule,
  type KeptVersion,
  type RestoreOptions,
  type RestorePlan,
  type RestoreProblem,
  type RestoreResult,
  type RestoreRunOptions,
  type RestoreStep,
  superfluous as superfluousVersions,
  type VersionListing,
  type VersionQuery,
  type VersionRule,
  VersionStore,
  type VersionStoreOptions,
} from './versions/index.ts';
