import type { Side } from '../errors.ts';
import type { SyncedEntry, Version } from '../storage/index.ts';

/** One step of bringing an entry to the place where the other side has it. */
export interface MoveStep {
  /** Index of the move that the step belongs to; a move through a temporary name has two steps. */
  readonly move: number;
  /** The side that is changed. */
  readonly side: Side;
  readonly from: { readonly path: string; readonly key: string };
  readonly to: { readonly path: string; readonly key: string };
  readonly entry: SyncedEntry;
  /** True where the step needs the place of another, or takes along what others may need. */
  readonly alone: boolean;
  /** True for the step that brings the entry to its place. */
  readonly completes: boolean;
  /** The version of a copy that stands at `to` already, from a run that was killed before it removed what it copied. */
  readonly copied?: Version | undefined;
  readonly reason: string;
}

/** That a row's base, and one side's entry, stood under another key. */
export interface RowMove {
  /** Index of the move that brings the entry here; `undefined` where both sides moved it alike. */
  readonly move: number | undefined;
  /** Under which the base knows it. */
  readonly formerKey: string;
  /** True for what a moved directory takes along. */
  readonly inDirectory: boolean;
}
