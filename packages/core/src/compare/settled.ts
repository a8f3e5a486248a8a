import type { SyncedEntry } from '../storage/index.ts';
import { versionOf } from '../storage/index.ts';
import type { BaseRecord, BaseSide } from './base.ts';

/** True when both entries stand exactly as the base has them: nothing to decide and nothing to remember. */
export function isSettled(record: BaseRecord, source: SyncedEntry, destination: SyncedEntry): boolean {
  return (
    source.kind === record.kind &&
    destination.kind === record.kind &&
    standsAs(record.source, source) &&
    standsAs(record.destination, destination)
  );
}

function standsAs(base: BaseSide, entry: SyncedEntry): boolean {
  if (base.racy === true || entry.path !== base.path || entry.permissions !== base.permissions) return false;
  // A directory's time changes with every child, which says nothing about the directory. One that was made anew is
  // remembered as it is now, for its identity tells its renames.
  if (entry.kind === 'directory') return isOld(base.identity, entry.identity) && isOld(base.createdAt, entry.createdAt);
  // Not every side tells the time of a file that it lists.
  const keptTime = entry.modifiedAt === undefined || entry.modifiedAt === base.modifiedAt;
  return keptTime && versionOf(entry) === base.version;
}

/** What a side does not always tell says nothing where it is missing. */
function isOld<Known>(known: Known | undefined, told: Known | undefined): boolean {
  return known === undefined || told === undefined || known === told;
}
