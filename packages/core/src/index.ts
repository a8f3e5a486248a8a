// What only computes, and behind it what reads and writes.

export { whenAborted } from './control/index.ts';
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
export { createHasher, type Hasher, PromisedHashes } from './hashing/index.ts';
export { isProcessRunning, LocalStorageClient, type LocalStorageOptions, startOfProcess } from './local/index.ts';
export { MemoryStorageClient, type MemoryStorageOptions } from './memory/index.ts';
export { SyncOperations, type SyncOperationsOptions, UnfinishedWrites } from './operations/index.ts';
export * from './pure.ts';
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
