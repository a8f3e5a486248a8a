import type { FileEntry, StoredVersion, SymlinkEntry } from '../storage/index.ts';

/** Where content lies that can come back. */
export type ContentPlace =
  /** On the side itself, in one of its own folders or still under a name of its tree. */
  | { readonly kind: 'entry'; readonly entry: FileEntry | SymlinkEntry }
  /** Among what the store keeps by itself. */
  | { readonly kind: 'stored'; readonly version: StoredVersion };

/** Something that gave way and is kept. */
export interface KeptVersion {
  /** That it had when it gave way, in the side's spelling. */
  readonly path: string;
  /** Where what followed it is now, as far as renames are known: another path than `path` after a rename. */
  readonly presentPath: string;
  /** Milliseconds since the epoch; whole seconds where it is a run's. */
  readonly gaveWayAt: number;
  readonly kind: 'file' | 'symlink';
  /** Bytes; 0 for a link. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number | undefined;
  /** `native`: the store keeps it by itself. */
  readonly store: 'trash' | 'versions' | 'native';
  /** The run in which it gave way; `undefined` where the store keeps it by itself. */
  readonly run: string | undefined;
  readonly place: ContentPlace;
}

/** What stood at a path at some moment. */
export type PastContent =
  | { readonly kind: 'content'; readonly path: string; readonly place: ContentPlace }
  | { readonly kind: 'directory'; readonly path: string }
  /** It is known that something stood there, but it is not kept any more. */
  | { readonly kind: 'lost'; readonly path: string };

export function sizeOf(place: ContentPlace): number {
  if (place.kind === 'stored') return place.version.size;
  return place.entry.kind === 'file' ? place.entry.size : 0;
}
