import type { Side } from '../errors.ts';
import type { SyncedEntry, Version } from '../storage/index.ts';

/** A move, before it is known in which order the moves are possible. */
export interface PlacedMove {
  readonly index: number;
  readonly side: Side;
  readonly from: { readonly path: string; readonly key: string };
  readonly to: { readonly path: string; readonly key: string };
  readonly entry: SyncedEntry;
  /** See `MoveStep.copied`. */
  readonly copied?: Version | undefined;
}
