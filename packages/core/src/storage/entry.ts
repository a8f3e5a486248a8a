import type { ErrorCode } from '../errors.ts';

/**
 * A side's opaque token for "this exact content here". Compared for equality only, and only with tokens of the same
 * side.
 */
export type Version = string;

/** Hash functions that sides may have in common; digests are lower-case hexadecimal. */
export type HashAlgorithm = 'sha256' | 'sha1' | 'md5' | 'crc32';

/** Digests by algorithm, as far as they are known. */
export type Hashes = { readonly [algorithm in HashAlgorithm]?: string };

interface EntryFields {
  /** Path below the client's root: segments joined by `/`, no leading or trailing slash; `''` is the root itself. */
  readonly path: string;
  /** Milliseconds since the epoch, with fractions where the side has them. */
  readonly modifiedAt?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt?: number | undefined;
  /** The nine POSIX permission bits (`0o777`), where the side has them. */
  readonly permissions?: number | undefined;
  /** Stays with the entry when it is renamed, where the side has such an id. It may be reused: alone it proves nothing. */
  readonly identity?: string | undefined;
}

export interface FileEntry extends EntryFields {
  readonly kind: 'file';
  readonly version: Version;
  /** Bytes. */
  readonly size: number;
  /** What the side tells for free. */
  readonly hashes?: Hashes | undefined;
}

export interface DirectoryEntry extends EntryFields {
  readonly kind: 'directory';
}

export interface SymlinkEntry extends EntryFields {
  readonly kind: 'symlink';
  readonly version: Version;
  /** What the link says, as it is written. */
  readonly target: string;
}

/** A socket, a device, a pipe: never synchronised. */
export interface OtherEntry extends EntryFields {
  readonly kind: 'other';
  /** In words, for messages: `socket`, `device`, … */
  readonly what: string;
}

/** Something stands here, but the side cannot say what: it is left alone, never taken for a deletion. */
export interface UnknownEntry extends EntryFields {
  readonly kind: 'unknown';
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a side says of one path. */
export type Entry = FileEntry | DirectoryEntry | SymlinkEntry | OtherEntry | UnknownEntry;

/** The kinds that are kept in sync. */
export type SyncedEntry = FileEntry | DirectoryEntry | SymlinkEntry;

/** The version of an entry, where its kind has one. */
export function versionOf(entry: Entry): Version | undefined {
  return entry.kind === 'file' || entry.kind === 'symlink' ? entry.version : undefined;
}
