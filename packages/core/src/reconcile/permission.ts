import { type ExaminedRow, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { isGone } from './decide.ts';
import type { Decision } from './decision.ts';
import type { ReconcilePolicy } from './policy.ts';

/** The decision itself where mode and scan allow what it does, else leaving the path as it is, with the reason. */
export function permitted(decision: Decision, row: ExaminedRow, policy: ReconcilePolicy): Decision {
  const missing = missingEffect(decision, row, policy);
  if (missing !== undefined) return { kind: 'keep', reason: `the mode ${policy.mode.name} does not ${missing}` };
  if (policy.suspendDeletions && takesAway(decision, row)) return { kind: 'keep', reason: suspended };
  return decision;
}

/** A conflict can be settled by a deletion, too. */
function takesAway(decision: Decision, row: ExaminedRow): boolean {
  if (decision.kind === 'delete') return true;
  if (decision.kind !== 'conflict') return false;
  const { resolution } = decision;
  return (resolution === 'source' || resolution === 'destination') && isGone(row[resolution]);
}

/** The reason of a deletion that was left out because a scan was incomplete. */
export const suspended = 'deletions are suspended because a folder could not be read';

function missingEffect(decision: Decision, row: ExaminedRow, policy: ReconcilePolicy): string | undefined {
  const { effects } = policy.mode;
  switch (decision.kind) {
    case 'copy':
      return missingCopy(decision.to, row, policy);
    case 'delete':
      return effects[decision.side].delete ? undefined : `delete on the ${decision.side}`;
    case 'conflict':
      return missingForConflict(decision, row, policy);
    case 'relocate':
    case 'nothing':
    case 'adopt':
    case 'forget':
    case 'keep':
    case 'metadata':
    case 'exclude':
    case 'problem':
      return undefined;
  }
}

function missingCopy(to: Side, row: ExaminedRow, policy: ReconcilePolicy): string | undefined {
  const effects = policy.mode.effects[to];
  if (isGone(row[to])) return effects.create ? undefined : `create on the ${to}`;
  return effects.update ? undefined : `update on the ${to}`;
}

function missingForConflict(
  { losing, resolution }: Extract<Decision, { kind: 'conflict' }>,
  row: ExaminedRow,
  policy: ReconcilePolicy,
): string | undefined {
  switch (resolution) {
    case 'manual':
      return undefined;
    case 'source':
    case 'destination':
      return missingCopy(otherSide(resolution), row, policy);
    case 'keep-both': {
      const both = policy.mode.effects;
      if (!both.source.create || !both.destination.create) return 'create on both sides';
      return both[losing].update ? undefined : `update on the ${losing}`;
    }
  }
}
