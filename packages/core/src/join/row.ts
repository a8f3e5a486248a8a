import type { BaseRecord, RowMove } from '../compare/index.ts';
import type { Observation } from './observation.ts';

/** All that is known of one path: the base and both sides. */
export interface JoinedRow {
  /** Join key without a slash. */
  readonly key: string;
  readonly base: BaseRecord | undefined;
  readonly source: Observation;
  readonly destination: Observation;
  /** Each side's spelling; where nothing stands, the one that would be used. */
  readonly paths: { readonly source: string; readonly destination: string };
  /** See `ScannedItem.passage`. */
  readonly passage: boolean;
  /** Sides where something excluded stands beside it; see `ScannedItem.accompanied`. */
  readonly accompanied?: { readonly source: boolean; readonly destination: boolean } | undefined;
  /** Set by rename matching only. */
  readonly moved?: RowMove | undefined;
}

/** What a join saw, without what it kept. */
export interface JoinCounts {
  /** Files and directories that are as the base has them on both sides. */
  unchanged: number;
  /** Excluded entries. */
  excluded: number;
  /** Files and links in the base. */
  baseFiles: number;
  /** Entries of each side that a scan could see, excluded ones too. */
  source: number;
  destination: number;
  /** True when a listing of the side failed, wholly or in part. */
  sourceIncomplete: boolean;
  destinationIncomplete: boolean;
}
