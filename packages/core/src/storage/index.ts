export type { StorageCapabilities } from './capabilities.ts';
export type {
  CallOptions,
  ChangesOptions,
  CopyFromOptions,
  CopyRequest,
  Expectation,
  ListPackedOptions,
  ListRecursiveOptions,
  LookOptions,
  MetadataChange,
  MoveOptions,
  ReadAllOptions,
  ReadOptions,
  RecoverOptions,
  RemoveOptions,
  RestoreVersionOptions,
  Resumption,
  StorageClient,
  TreeAtCursor,
  WriteOptions,
} from './client.ts';
export {
  type Content,
  collectBytes,
  contentOf,
  exactly,
  type OpenOptions,
  type Received,
  WatchedContent,
  wholeOf,
} from './content.ts';
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
export { grainOf } from './grain.ts';
export { type PackedEntries, packed, packedEntry, toMicrosecond, versionOnDisk } from './packed-entries.ts';
export type { StoredVersion } from './stored-version.ts';
