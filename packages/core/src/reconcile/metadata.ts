import { type BaseSide, type ExaminedRow, entryOf, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { MetadataChange, SyncedEntry } from '../storage/index.ts';
import type { Decision } from './decision.ts';
import type { ReconcilePolicy } from './policy.ts';

/** Both sides hold the same content: pass on a change of metadata alone, or just remember what stands. */
export function settleMetadata(row: ExaminedRow, policy: ReconcilePolicy): Decision {
  const source = entryOf(row.source);
  const destination = entryOf(row.destination);
  if (source === undefined || destination === undefined || source.kind === 'symlink') return { kind: 'adopt' };
  const changes: Record<Side, MetadataChange> = { source: {}, destination: {} };
  const permissionsTo = target(row, policy, 'permissions', source, destination);
  if (permissionsTo !== undefined && policy.settable[permissionsTo].permissions) {
    const permissions = (permissionsTo === 'source' ? destination : source).permissions;
    changes[permissionsTo] = { ...changes[permissionsTo], permissions };
  }
  const timesTo = source.kind === 'file' ? target(row, policy, 'modifiedAt', source, destination) : undefined;
  if (timesTo !== undefined && policy.settable[timesTo].times) {
    const modifiedAt = (timesTo === 'source' ? destination : source).modifiedAt;
    changes[timesTo] = { ...changes[timesTo], modifiedAt };
  }
  return decisionOf(changes);
}

function decisionOf(changes: Readonly<Record<Side, MetadataChange>>): Decision {
  const wanted = (side: Side): MetadataChange | undefined =>
    Object.keys(changes[side]).length > 0 ? changes[side] : undefined;
  const source = wanted('source');
  const destination = wanted('destination');
  if (source === undefined && destination === undefined) return { kind: 'adopt' };
  return { kind: 'metadata', source, destination, reason: 'only its metadata changed' };
}

/** The side that is to take the other's value, or `undefined` when both stay as they are. */
function target(
  row: ExaminedRow,
  policy: ReconcilePolicy,
  field: 'permissions' | 'modifiedAt',
  source: SyncedEntry,
  destination: SyncedEntry,
): Side | undefined {
  if (source[field] === undefined || destination[field] === undefined) return undefined;
  const { leader } = policy.mode;
  if (row.base === undefined) {
    // Never in sync before: only a leader's word counts, for two equals neither is a change.
    if (leader === undefined || agree(row, field, source, destination)) return undefined;
    return allowed(policy, otherSide(leader));
  }
  const sourceChanged = hasChanged(row.base.source, source, field);
  const destinationChanged = hasChanged(row.base.destination, destination, field);
  if (!sourceChanged && !destinationChanged) return undefined;
  if (agree(row, field, source, destination)) return undefined;
  if (leader !== undefined) return allowed(policy, otherSide(leader));
  if (sourceChanged && destinationChanged) return allowed(policy, newerTakes(field, row));
  return allowed(policy, sourceChanged ? 'destination' : 'source');
}

/** Times closer than the grain of the two sides agree; `newer` is told only beyond it. */
function agree(
  row: ExaminedRow,
  field: 'permissions' | 'modifiedAt',
  source: SyncedEntry,
  destination: SyncedEntry,
): boolean {
  return source[field] === destination[field] || (field === 'modifiedAt' && row.closeInTime);
}

function newerTakes(field: 'permissions' | 'modifiedAt', row: ExaminedRow): Side {
  return field === 'modifiedAt' && row.newer === 'destination' ? 'source' : 'destination';
}

function hasChanged(base: BaseSide, entry: SyncedEntry, field: 'permissions' | 'modifiedAt'): boolean {
  return entry[field] !== base[field];
}

function allowed(policy: ReconcilePolicy, side: Side): Side | undefined {
  return policy.mode.effects[side].update ? side : undefined;
}
