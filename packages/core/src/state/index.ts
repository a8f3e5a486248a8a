export { defaultStateFolder, FileStateStore } from './file-state-store.ts';
export type { LockOwner } from './lock.ts';
export { MemoryStateStore } from './memory-state-store.ts';
export { type PairIdentity, pairKey } from './pair-files.ts';
export type { PairState } from './pair-state.ts';
export type { LockOptions, StateBytes, StateFolder, StateLock, StateStore } from './store.ts';
export {
  type OpenStateOptions,
  type PairSummary,
  SyncStateManager,
  type SyncStateManagerOptions,
} from './sync-state-manager.ts';
export type { RememberedTree } from './tree-memory.ts';
export type { Beginnings, UnfinishedWrite } from './unfinished-writes.ts';
