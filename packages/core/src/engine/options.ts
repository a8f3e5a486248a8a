import type { ComparisonMode } from '../compare/index.ts';
import type { Clock, Gate, SyncControl } from '../control/index.ts';
import type { RetryOptions } from '../decorators/index.ts';
import type { RailCode } from '../errors.ts';
import type { IgnoreOptions } from '../ignore/index.ts';
import type { DeletionLimit } from '../plan/index.ts';
import type { ProgressListener } from '../progress/index.ts';
import type { ConflictStrategy, InitialPreference, SyncMode, SyncModeName } from '../reconcile/index.ts';
import type { ScanFilter, SymlinkPolicy } from '../scan/index.ts';
import type { SyncStateManager } from '../state/index.ts';
import type { StorageClient } from '../storage/index.ts';
import type { VersionRule } from '../versions/index.ts';

/** What becomes of overwritten and deleted content. */
export interface TrashOptions {
  /** Days after which the trash is emptied. At least 0. Default: 30. */
  readonly keepDays?: number | undefined;
}

/** How long each side keeps versions. A side that is not named has none. */
export interface VersionOptions {
  readonly source?: VersionRule | undefined;
  readonly destination?: VersionRule | undefined;
}

/** How much may be under way at once. A gate can be shared by several engines. */
export interface LimitOptions {
  /** Transfers of content at once, over both sides. At least 1. Default: what both sides can take; a disk keeps up with any. */
  readonly transfers?: number | Gate | undefined;
  /** Other operations at once. At least 1. Default: what both sides can take; a disk keeps up with any. */
  readonly operations?: number | Gate | undefined;
  /** Bytes a second, over both sides. At least 1. Default: unlimited. */
  readonly bytesPerSecond?: number | undefined;
}

/** A pair of locations and how it is kept in sync. */
export interface SyncEngineOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  /** A preset by name or alias (`tw std sb dts db`), or a mode of your own. Default: `two-way`. */
  readonly mode?: SyncModeName | (string & {}) | SyncMode | undefined;
  /** Default: `hash-then-mtime`. */
  readonly compare?: ComparisonMode | undefined;
  /** Default: `keep-both`. */
  readonly conflict?: ConflictStrategy | undefined;
  /** On the first run of a pair. Default: `merge`. */
  readonly initial?: InitialPreference | undefined;
  /** A deletion against a modification is a conflict, instead of the modification surviving. Default: false. */
  readonly strict?: boolean | undefined;
  /** Ignore patterns, the name of ignore files, dot files. */
  readonly ignore?: IgnoreOptions | undefined;
  /** A choice of the application's own, besides the ignore rules. Paths that it leaves out are treated as ignored. */
  readonly filter?: ScanFilter | undefined;
  /** Default: `safe`. */
  readonly symlinks?: SymlinkPolicy | undefined;
  /**
   * Paths that have another name on the destination: from the source's path to the destination's. A directory takes
   * along what it holds.
   */
  readonly renames?: Readonly<Record<string, string>> | undefined;
  /** Where the memory of the pair is kept. Default: files in the platform's folder for state. */
  readonly state?: SyncStateManager | undefined;
  /** `false`: overwritten and deleted content is not kept. */
  readonly trash?: TrashOptions | false | undefined;
  /**
   * Overwritten and deleted content is kept as versions instead of in the trash, as long as the rule wants it: on both sides, or
   * by side. After each run the versions that it wants no longer are removed. With it a side also keeps a history of its names,
   * so that it can be told as it was at any moment; see `VersionStore`. A store that keeps versions by itself keeps them by its
   * own rules. Default: none; what a backup overwrites is then kept for ever.
   */
  readonly versions?: VersionRule | VersionOptions | undefined;
  /**
   * Deletions of known files that a run may do: a number of files or a share (0 to 1).
   * Default: `{ share: 0.5 }`; up to ten files are never too many for a share.
   */
  readonly maximumDeletions?: DeletionLimit | undefined;
  /** A file that must stand in the root of both sides, or the run stops: proof that a disk is mounted. */
  readonly marker?: string | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  /**
   * A file of at least so many bytes goes on, after a kill or a lost connection, where its transfer stopped, as far as the
   * side that receives it can. At least 1. Default: 8,388,608 (8 MiB).
   */
  readonly resumeFrom?: number | undefined;
  /** Time and chance. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Options of one run. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Pause, resume, cancel. */
  readonly control?: SyncControl | undefined;
  readonly onProgress?: ProgressListener | undefined;
  /** Files are transferred although they are equal. Default: false. */
  readonly force?: boolean | undefined;
  /** Paths, in either side's spelling, that this run leaves out with all that lies below them. */
  readonly skip?: Iterable<string> | undefined;
  /** Safety rails that are lifted for this run. */
  readonly allow?: Iterable<RailCode> | undefined;
}
