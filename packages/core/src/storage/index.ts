export type { StorageCapabilities } from './capabilities.ts';
export type {
  CallOptions,
  Expectation,
  LookOptions,
  MetadataChange,
  MoveOptions,
  ReadOptions,
  RemoveOptions,
  StorageClient,
  WriteOptions,
} from './client.ts';
export { type Content, collectBytes, contentOf, exactly } from './content.ts';
export {
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  type HashAlgorithm,
  type Hashes,
  type OtherEntry,
  type SymlinkEntry,
  type SyncedEntry,
  type UnknownEntry,
  type Version,
  versionOf,
} from './entry.ts';
