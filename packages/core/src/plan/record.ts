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
  const kind = source.kind;
  return {
    key,
    kind,
    size: source.kind === 'file' ? source.size : 0,
    ...(kind === 'file' && Object.keys(hashes).length > 0 ? { hashes } : {}),
    ...(source.kind === 'symlink' ? { target: source.target } : {}),
    source: sideOf(source, agreement.isRacy('source', source)),
    destination: sideOf(destination, agreement.isRacy('destination', destination)),
  };
}

function sideOf(entry: SyncedEntry, racy: boolean): BaseSide {
  return {
    path: entry.path,
    version: versionOf(entry),
    // A directory's time changes with every child: remembering it would only make records differ.
    modifiedAt: entry.kind === 'directory' ? undefined : entry.modifiedAt,
    permissions: entry.permissions,
    identity: entry.identity,
    createdAt: entry.createdAt,
    ...(racy ? { racy } : {}),
  };
}
