import type {
  ConflictStrategyName,
  InitialPreference,
  MemoryStorageOptions,
  Side,
  SymlinkPolicy,
  SyncModeName,
} from '@syncengine/core';

/** What kind of store plays one side; a subset of what the memory client can play. */
export type SideTraits = Pick<
  MemoryStorageOptions,
  | 'caseSensitive'
  | 'unicode'
  | 'timePrecision'
  | 'modifiedAt'
  | 'permissions'
  | 'symlinks'
  | 'directories'
  | 'listedHashes'
  | 'requestedHashes'
  | 'stableIdentity'
  | 'versions'
  | 'trash'
  | 'move'
  | 'copy'
  | 'conditional'
  | 'rangedReads'
  | 'resumableWrites'
  | 'listRecursive'
  | 'chunkSize'
> & {
  /** Whether listings tell the times of files. Default: true. */
  readonly timesListed?: boolean;
  /** Whether a version proves the content by itself. Default: false. */
  readonly exactVersions?: boolean;
  /** Milliseconds by which the side's clock is ahead of the engine's. Default: 0. */
  readonly skew?: number;
  /** The side has a feed of changes. Default: false. */
  readonly feed?: boolean;
  /** The side has shortcuts from the other one, by which so many small files come together. Default: none. */
  readonly shortcuts?: number | undefined;
};

/** Everything that stays the same over the rounds of a case. */
export interface PairTraits {
  readonly source: SideTraits;
  readonly destination: SideTraits;
  readonly conflict: ConflictStrategyName;
  readonly strict: boolean;
  readonly initial: InitialPreference;
  readonly trash: boolean;
  readonly symlinks: SymlinkPolicy;
}

/**
 * What a person does on a side. Where a step needs an entry, it names it by a fraction of the entries that stand there
 * at that moment in order of their paths, so that steps can be left out without making the others senseless.
 */
export interface Step {
  readonly side: Side | 'both';
  readonly action: Action;
  /** Which entry, at least 0 and less than 1. */
  readonly pick: number;
  /** Which directory, or which second entry. */
  readonly other: number;
  readonly name: string;
  /** Bytes of new content, at least 8, or 0 for an empty file. */
  readonly size: number;
  /** True when no time passes before the step. */
  readonly hasty: boolean;
}

export type Action =
  | 'create'
  | 'edit'
  | 'edit-same-size'
  | 'make-directory'
  | 'delete'
  | 'rename'
  | 'swap'
  | 'recase'
  | 'respell'
  | 'to-file'
  | 'to-directory'
  | 'link'
  | 'duplicate'
  | 'touch'
  | 'permit';

/** A moment is a fraction of what an undisturbed run of the round does: of its calls, of its effects, of its listings. */
export type Fault =
  /** The directory cannot be listed for the rest of the run, or only a part of it comes. */
  | { readonly kind: 'listing'; readonly side: Side; readonly moment: number; readonly delivered: number }
  /** The process ends before, within or after an effect; `power`: and so does the power, losing what was not flushed. */
  | {
      readonly kind: 'kill';
      readonly moment: number;
      readonly when: 'before' | 'after' | 'torn';
      /** The share of what was not flushed that reached the disk nevertheless; `undefined`: the power stays. */
      readonly power: { readonly source: number; readonly destination: number } | undefined;
    }
  /** A call that changes something fails before it does anything, or does everything and fails then. */
  | {
      readonly kind: 'effect';
      readonly moment: number;
      readonly how: 'before' | 'late';
      readonly code: 'connection' | 'no-space' | 'permission-denied';
      /** How often in a row. */
      readonly times: number;
    }
  /** A read ends with an error, early without one, or not before one byte too many. */
  | { readonly kind: 'read'; readonly moment: number; readonly how: 'error' | 'short' | 'long' }
  /** Somebody does something on a side in the middle of the run. */
  | { readonly kind: 'actor'; readonly moment: number; readonly step: Step }
  /** All that the side holds is gone from view for the run, the root too when `missing`. */
  | { readonly kind: 'emptied'; readonly side: Side; readonly missing: boolean }
  /** A listing of the side tells of an entry that no honest store would. */
  | { readonly kind: 'hostile'; readonly side: Side; readonly moment: number; readonly name: string }
  | { readonly kind: 'cancel'; readonly moment: number };

export interface Round {
  readonly mode: SyncModeName;
  /** Ignore patterns that hold from this round on. */
  readonly ignore: readonly string[];
  readonly steps: readonly Step[];
  /**
   * What people do after that, between a dry run and the moment at which its plan is applied, right before the run.
   * Without any, no stored plan is applied.
   */
  readonly later?: readonly Step[];
  readonly faults: readonly Fault[];
  /** True when no time passes between the last step and the run. */
  readonly hasty: boolean;
}

/** One simulated history of a pair, as plain data. */
export interface SimulationCase {
  readonly seed: number;
  readonly traits: PairTraits;
  /** The first round makes the base, without faults. */
  readonly rounds: readonly Round[];
}
