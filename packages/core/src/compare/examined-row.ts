import type { Side } from '../errors.ts';
import type { Hashes } from '../storage/index.ts';
import type { BaseRecord } from './base.ts';
import type { Change } from './change.ts';
import type { RowMove } from './move.ts';

/** A path with everything that a decision needs: each side's change, and whether the two contents are the same. */
export interface ExaminedRow {
  /** Join key. */
  readonly key: string;
  readonly base: BaseRecord | undefined;
  readonly source: Change;
  readonly destination: Change;
  /** Each side's spelling; where nothing stands, the one that would be used. */
  readonly paths: { readonly source: string; readonly destination: string };
  /** True when both sides hold the same kind with the same content. False as well where one side holds nothing. */
  readonly same: boolean;
  /** The side with the newer content, where the comparison can tell. */
  readonly newer: Side | undefined;
  /** True when both sides have a modification time and the two are closer than the sides' grain. */
  readonly closeInTime: boolean;
  /** Digests known of each side's present content. */
  readonly hashes: { readonly source: Hashes; readonly destination: Hashes };
  /** A directory that is only passed through: made where something inside needs it, never removed. */
  readonly passage: boolean;
  /** Sides on which the folder around it never gets empty: something excluded of nearly the same name stands beside it. */
  readonly accompanied?: { readonly source: boolean; readonly destination: boolean } | undefined;
  /** Set when the entry was renamed on one side: the other side's comes to this key before anything else. */
  readonly moved: RowMove | undefined;
}
