import type { FileEntry, StorageCapabilities } from '../storage/index.ts';

/** The kernel's own clock ticks: files changed twice within one may keep the same times. Milliseconds. */
const smallestGrain = 20;

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
  const grain = Math.max(smallestGrain, capabilities.modifiedAt.precision);
  return entry.modifiedAt >= observed.from - grain && entry.modifiedAt <= observed.until + grain;
}
