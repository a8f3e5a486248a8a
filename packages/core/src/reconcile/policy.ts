import type { SyncMode } from './mode.ts';

/** What a first run does where both sides hold different content at one path: keep both, or prefer a side. */
export type InitialPreference = 'merge' | 'source' | 'destination';

/** Everything besides the row that a decision depends on. */
export interface ReconcilePolicy {
  readonly mode: SyncMode;
  /** True when the pair has no base yet. */
  readonly firstRun: boolean;
  /** Default: `merge`. */
  readonly initial: InitialPreference;
  /** A deletion against a modification is a conflict, instead of the modification surviving. Default: false. */
  readonly strict: boolean;
  /** Files are transferred although they are equal. Default: false. */
  readonly force: boolean;
  /** A scan was incomplete: nothing is deleted in this run. */
  readonly suspendDeletions: boolean;
  /** On a side directories are only implied by the names of files: none is reconciled for its own sake. */
  readonly impliedDirectories: boolean;
  /** What each side can have changed without a transfer. */
  readonly settable: {
    readonly source: MetadataAbility;
    readonly destination: MetadataAbility;
  };
}

interface MetadataAbility {
  readonly times: boolean;
  readonly permissions: boolean;
}
