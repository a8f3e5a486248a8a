import { type Change, type ExaminedRow, entryOf, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { ConflictReason, Decision, Resolution } from './decision.ts';
import { settleMetadata } from './metadata.ts';
import type { ReconcilePolicy } from './policy.ts';

/**
 * The decision table for one path, by itself: what a directory's children mean for it is the tree's business.
 * Pure and total. Numbers name the rows of the table.
 */
export function decide(row: ExaminedRow, policy: ReconcilePolicy, resolution: Resolution): Decision {
  const frozen = decideFrozen(row);
  if (frozen !== undefined) return frozen;
  if (isGone(row.source) && isGone(row.destination)) {
    return row.base === undefined ? { kind: 'nothing' } : { kind: 'forget', reason: 'deleted on both sides' }; // 5
  }
  const { leader } = policy.mode;
  return leader === undefined ? decideBothWays(row, policy, resolution) : decideLed(row, policy, leader);
}

/** Rows 28 and 29, and what this run was told to leave out. */
function decideFrozen(row: ExaminedRow): Decision | undefined {
  const { source, destination } = row;
  if (source.kind === 'excluded' || destination.kind === 'excluded') return { kind: 'exclude' };
  if (source.kind === 'held' || destination.kind === 'held') return { kind: 'keep', reason: 'left out of this run' };
  if (source.kind === 'unknown') return problem('source', source);
  if (destination.kind === 'unknown') return problem('destination', destination);
  return undefined;
}

function problem(side: Side, change: Extract<Change, { kind: 'unknown' }>): Decision {
  return { kind: 'problem', side, code: change.code, message: change.message };
}

function decideBothWays(row: ExaminedRow, policy: ReconcilePolicy, resolution: Resolution): Decision {
  const { source, destination } = row;
  if (isGone(source)) return decideOneGone(row, policy, 'source', resolution);
  if (isGone(destination)) return decideOneGone(row, policy, 'destination', resolution);
  if (row.same) return forced(row, policy, 'destination') ?? settleMetadata(row, policy); // 1, 6, 8, 12
  if (destination.kind === 'unchanged') return { kind: 'copy', to: 'destination', reason: changed('source', source) }; // 2, 10
  if (source.kind === 'unchanged') return { kind: 'copy', to: 'source', reason: changed('destination', destination) };
  if (row.base === undefined && policy.firstRun && policy.initial !== 'merge') {
    return { kind: 'copy', to: otherSide(policy.initial), reason: `first run, the ${policy.initial} is preferred` };
  }
  return conflict(row, resolution); // 7, 8, 11, 12, 14
}

function decideOneGone(row: ExaminedRow, policy: ReconcilePolicy, gone: Side, resolution: Resolution): Decision {
  const side = otherSide(gone);
  const present = row[side];
  if (row[gone].kind === 'absent') return { kind: 'copy', to: gone, reason: `new on the ${side}` }; // 4
  if (present.kind === 'unchanged') return { kind: 'delete', side, reason: `deleted on the ${gone}` }; // 3
  // What became of another kind survives, strict or not (13): a run that was killed between taking the old away and
  // putting the new in its place leaves the same sight.
  if (policy.strict && present.kind === 'modified') return conflict(row, resolution); // 9, strict
  return { kind: 'copy', to: gone, reason: `deleted on the ${gone}, but changed on the ${side}: the change survives` }; // 9, 13
}

/** One side follows: what the leader holds is brought over, whatever the follower did meanwhile. */
function decideLed(row: ExaminedRow, policy: ReconcilePolicy, leader: Side): Decision {
  const follower = otherSide(leader);
  if (isGone(row[leader])) {
    if (policy.mode.effects[follower].delete) {
      const reason = row.base === undefined ? `not on the ${leader}` : `deleted on the ${leader}`;
      return { kind: 'delete', side: follower, reason };
    }
    // Were the base kept, a later two-way run would take the backup's own copy for deleted.
    return row.base === undefined ? { kind: 'nothing' } : { kind: 'forget', reason: `only the ${follower} keeps it` };
  }
  if (isGone(row[follower])) {
    const reason = row[follower].kind === 'deleted' ? `missing on the ${follower}` : `new on the ${leader}`;
    return { kind: 'copy', to: follower, reason };
  }
  if (row.same) return forced(row, policy, follower) ?? settleMetadata(row, policy);
  const drifted = row[leader].kind === 'unchanged';
  return {
    kind: 'copy',
    to: follower,
    reason: drifted ? `changed on the ${follower}, which follows` : changed(leader, row[leader]),
  };
}

function forced(row: ExaminedRow, policy: ReconcilePolicy, to: Side): Decision | undefined {
  if (!policy.force || entryOf(row[to])?.kind !== 'file') return undefined;
  return { kind: 'copy', to, reason: 'transferred by force' };
}

function conflict(row: ExaminedRow, resolution: Resolution): Decision {
  const source = entryOf(row.source);
  const destination = entryOf(row.destination);
  if (source === undefined || destination === undefined) {
    return settled('deleted-and-modified', row.source.kind === 'deleted' ? 'source' : 'destination', resolution);
  }
  if ((source.kind === 'directory') !== (destination.kind === 'directory')) {
    // To overrule a directory would destroy a whole tree for one name.
    const gentle: Resolution = resolution === 'manual' ? 'manual' : 'keep-both';
    // 14: the directory keeps the path.
    const losing = source.kind === 'directory' ? 'destination' : 'source';
    return settled(row.base === undefined ? 'file-and-directory' : 'type-and-edit', losing, gentle);
  }
  if (row.source.kind !== row.destination.kind) {
    return settled('type-and-edit', row.source.kind === 'type-changed' ? 'destination' : 'source', resolution); // 11
  }
  const reason: ConflictReason =
    row.base === undefined ? 'both-created' : row.source.kind === 'type-changed' ? 'type-and-edit' : 'both-modified';
  return settled(reason, 'destination', resolution);
}

function settled(reason: ConflictReason, losing: Side, resolution: Resolution): Decision {
  return { kind: 'conflict', reason, losing, resolution };
}

export function isGone(change: Change): boolean {
  return change.kind === 'absent' || change.kind === 'deleted';
}

function changed(side: Side, change: Change): string {
  return change.kind === 'type-changed' ? `changed its kind on the ${side}` : `changed on the ${side}`;
}
