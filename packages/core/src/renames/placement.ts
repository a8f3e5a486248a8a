import type { Side } from '../errors.ts';
import type { JoinedRow } from '../join/index.ts';
import type { FileEntry, StorageCapabilities, SymlinkEntry } from '../storage/index.ts';

/** What renames may do. */
export interface RenamePolicy {
  readonly capabilities: { readonly source: StorageCapabilities; readonly destination: StorageCapabilities };
  /** The side whose names hold, in modes that have a leader. */
  readonly leader: Side | undefined;
  /** Sides on which the mode allows moves. */
  readonly movable: { readonly source: boolean; readonly destination: boolean };
  /** Sides that can move a whole directory at once. */
  readonly movesDirectories: { readonly source: boolean; readonly destination: boolean };
  /**
   * Sides on which an entry can be told again after a move, whatever has taken its place: it has an id that a move keeps.
   * Where it cannot, nothing is moved in a circle: a run that was killed on the way round could not be gone on with.
   */
  readonly keepsIdentity: { readonly source: boolean; readonly destination: boolean };
  /** Two names for one entry are both kept, instead of the source's name winning. */
  readonly strict: boolean;
  /** Folder for entries on their way through a permutation, below each root. */
  readonly temporaryFolder: string;
  /** Entries, as `side:path`, whose spelling does not follow the other side's: something else has that name. */
  readonly keptSpellings?: ReadonlySet<string>;
  /** Copies that are known to be what an earlier run left half-way. */
  readonly leftCopies?: readonly LeftCopy[];
  /** A folder takes its path from a file even where that was edited: no conflict is left to people. Default: false. */
  readonly settlesConflicts?: boolean;
  /** Files that a closer look found to hold what the base knows, by `placeOf`. */
  readonly unchanged?: ReadonlySet<string>;
}

/** One name for a key on a side. */
export function placeOf(side: Side, key: string): string {
  return `${side}:${key}`;
}

/** A file where the other side has a new folder; whether it gives way to it may take a look at its content. */
export interface Doorway {
  readonly side: Side;
  readonly row: JoinedRow;
}

/**
 * What stands under the very name to which a file is to be moved. Where a store cannot move, a run that was killed between
 * copying and removing leaves this; only the contents tell.
 */
export interface LeftCopy {
  readonly side: Side;
  readonly from: PlacedEntry;
  readonly to: PlacedEntry;
}

interface PlacedEntry {
  readonly key: string;
  readonly entry: FileEntry | SymlinkEntry;
}

/** Where a base entry stands on each side, and where it is to stand. */
export interface Placement {
  readonly base: string;
  readonly source: string;
  readonly destination: string;
  readonly target: string;
}

/** The side that has to follow; `undefined` where both have the entry at the target. */
export function movedSide({ source, destination, target }: Placement): Side | undefined {
  if (source !== target) return 'source';
  return destination === target ? undefined : 'destination';
}
