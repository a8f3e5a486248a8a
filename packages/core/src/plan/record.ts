import type { BaseRecord, BaseSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { type Hashes, type SyncedEntry, versionOf } from '../storage/index.ts';

/** What goes into the base once both sides hold the same. */
export interface Agreement {
  readonly key: string;
  readonly source: SyncedEntry;
  readonly destination: SyncedEntry;
  readonly hashes: Hashes;
  /** Tells whether an entry's version must not be trusted next time. */
  isRacy(side: Side, entry: SyncedEntry): boolean;
}

export function recordOf(agreement: Agreement): BaseRecord {
  const { key, source, destination, hashes } = agreement;
  const sides = {
    source: sideOf(source, agreement.isRacy('source', source)),
    destination: sideOf(destination, agreement.isRacy('destination', destination)),
  };
  const { kind } = source;
  if (kind === 'symlink') return { key, kind, size: 0, target: source.target, ...sides };
  if (kind === 'directory' || isEmpty(hashes)) return { key, kind, size: kind === 'file' ? source.size : 0, ...sides };
  return { key, kind, size: source.size, hashes, ...sides };
}

function isEmpty(hashes: Hashes): boolean {
  for (const _ in hashes) return false;
  return true;
}

function sideOf(entry: SyncedEntry, racy: boolean): BaseSide {
  const { path, permissions, identity, createdAt } = entry;
  const version = versionOf(entry);
  // A directory's time changes with every child: remembering it would only make records differ.
  const modifiedAt = entry.kind === 'directory' ? undefined : entry.modifiedAt;
  const side = { path, version, modifiedAt, permissions, identity, createdAt };
  return racy ? { ...side, racy } : side;
}
