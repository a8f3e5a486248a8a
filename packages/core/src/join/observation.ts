import type { ErrorCode } from '../errors.ts';
import type { IgnoreChain } from '../ignore/index.ts';
import type { SyncedEntry } from '../storage/index.ts';

/** What a scan says of one path of its side. */
export type Observation =
  | { readonly state: 'present'; readonly entry: SyncedEntry }
  | { readonly state: 'absent' }
  /** Something is there, or may be, that cannot be seen; for a directory, all that lies below it too. */
  | { readonly state: 'unknown'; readonly code: ErrorCode; readonly message: string; readonly listingFailed: boolean }
  /** Ignored, or of a kind that is not synchronised. */
  | { readonly state: 'excluded'; readonly reason: string }
  /** Left out of this run on request. */
  | { readonly state: 'held' };

export const absent: Observation = { state: 'absent' };
export const held: Observation = { state: 'held' };

/** One step of a scan. Items come in strictly ascending byte order of `orderKey`. */
export interface ScannedItem {
  /** Join key; a directory, and what is unknown, ends with a slash. */
  readonly orderKey: string;
  /** Join key without the slash. */
  readonly key: string;
  /** The side's own spelling. */
  readonly path: string;
  readonly observation: Observation;
  /** Of directories: the ignore rules in force inside. */
  readonly ignore?: IgnoreChain | undefined;
  /**
   * Of directories: true when the directory is looked into but is itself not asked for (an include filter does not
   * name it). It is made only where something inside needs it and is never removed.
   */
  readonly passage?: boolean | undefined;
  /** True where something excluded stands beside it under nearly the same name: the folder around never gets empty. */
  readonly accompanied?: boolean | undefined;
}
