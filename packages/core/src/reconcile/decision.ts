import type { ExaminedRow } from '../compare/index.ts';
import type { ErrorCode, Side } from '../errors.ts';
import type { MetadataChange } from '../storage/index.ts';

export type ConflictReason =
  /** Both sides changed the content of one file. */
  | 'both-modified'
  /** Both sides made something different at one path. */
  | 'both-created'
  /** One side changed the kind of the entry, the other changed it too. */
  | 'type-and-edit'
  /** A file on one side, a directory on the other. */
  | 'file-and-directory'
  /** One side deleted what the other changed; only in strict runs. */
  | 'deleted-and-modified';

/** How a conflict is settled. */
export type Resolution = 'keep-both' | 'source' | 'destination' | 'manual';

/** What to do with one path. Without effect on any side unless it says so. */
export type Decision =
  | { readonly kind: 'nothing' }
  /** Both sides agree: remember it. */
  | { readonly kind: 'adopt' }
  /** Gone from both sides, or no longer looked at: drop it from the base. */
  | { readonly kind: 'forget'; readonly reason: string }
  /** Left as it is on both sides and in the base. */
  | { readonly kind: 'keep'; readonly reason: string }
  /** The entry of the other side takes the path on `to`; what stands there gives way. */
  | { readonly kind: 'copy'; readonly to: Side; readonly reason: string }
  | { readonly kind: 'delete'; readonly side: Side; readonly reason: string }
  | {
      readonly kind: 'metadata';
      readonly source: MetadataChange | undefined;
      readonly destination: MetadataChange | undefined;
      readonly reason: string;
    }
  | {
      readonly kind: 'conflict';
      readonly reason: ConflictReason;
      /** The side whose content does not keep the path when both are kept. */
      readonly losing: Side;
      readonly resolution: Resolution;
    }
  /**
   * An edit inside a directory that gives way to a file: it moves to a conflict copy of the directory, on both sides.
   */
  | { readonly kind: 'relocate'; readonly side: Side; readonly directory: string; readonly directoryKey: string }
  | { readonly kind: 'exclude' }
  | { readonly kind: 'problem'; readonly side: Side; readonly code: ErrorCode; readonly message: string };

export interface DecidedRow {
  readonly row: ExaminedRow;
  readonly decision: Decision;
}
