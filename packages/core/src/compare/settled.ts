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
  // A directory's time changes with every child, which says nothing about the directory.
  return entry.kind === 'directory' || (versionOf(entry) === base.version && entry.modifiedAt === base.modifiedAt);
}
