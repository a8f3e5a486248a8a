import { type FileEntry, grainOf, type StorageCapabilities } from '../storage/index.ts';

/** When a file was looked at, as exactly as is known; milliseconds since the epoch, by the clock of this machine. */
export interface ObservationWindow {
  readonly from: number;
  readonly until: number;
}

/**
 * True when a file was modified so close to the moment of its observation that a later change could leave the same
 * version behind. After git's "racy" index entries.
 */
export function isRacy(entry: FileEntry, observed: ObservationWindow, capabilities: StorageCapabilities): boolean {
  if (entry.modifiedAt === undefined || capabilities.exactVersions === true) return false;
  const grain = grainOf(capabilities);
  return entry.modifiedAt >= observed.from - grain && entry.modifiedAt <= observed.until + grain;
}
