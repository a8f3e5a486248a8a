import type { BaseRecord, ExaminedRow, MoveStep } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { depthOf } from '../paths/index.ts';
import { type Decision, suspended } from '../reconcile/index.ts';
import { type Hashes, versionOf } from '../storage/index.ts';
import { bring, remove } from './bring.ts';
import { evidenceOf, PlanDraft, type PlanInput, standing } from './draft.ts';
import type { SyncCounts, SyncPlan } from './plan.ts';
import { stopsFor } from './rails.ts';
import { recordOf } from './record.ts';
import { relocate, settleConflict } from './settle-conflict.ts';

/** Turns decisions into operations, in an order that is always safe; a step for each decision. Pure. */
export function* buildPlan(input: PlanInput): Generator<undefined, SyncPlan, undefined> {
  const draft = new PlanDraft(input);
  const goals = new Set(input.moves.map(({ to }) => to.key));
  const byKey = new Map(input.decided.filter(({ row }) => goals.has(row.key)).map((goal) => [goal.row.key, goal]));
  for (const step of input.moves) {
    yield;
    planMove(draft, step, byKey.get(step.to.key));
  }
  // A copy that an interrupted run left is settled with its conflict, not as a path of its own.
  const claimed = new Set([...input.copies.values()].map((copy) => copy.key));
  for (const { row, decision } of input.decided) {
    yield;
    if (claimed.has(row.key)) continue;
    moveBase(draft, row, decision);
    planRow(draft, row, decision);
  }
  if (draft.suspended > 0) reportSuspension(draft);
  const operations = draft.operations.inOrder();
  return {
    format: 'syncengine-plan',
    formatVersion: 1,
    source: input.source,
    destination: input.destination,
    mode: input.mode.name,
    replaced: input.mode.replaced,
    createdAt: input.createdAt,
    generation: input.generation,
    operations,
    records: draft.records,
    conflicts: draft.conflicts,
    problems: draft.problems,
    notices: draft.notices,
    counts: countsOf(draft),
    bytes: draft.operations.bytes,
    statistics: input.statistics,
    stops: stopsFor({ ...input, operations }),
  };
}

function countsOf(draft: PlanDraft): SyncCounts {
  return {
    ...draft.operations.counts(),
    adopted: draft.adopted,
    unchanged: draft.unchanged,
    skipped: draft.skipped,
    conflicts: draft.conflicts.length,
    problems: draft.problems.length,
  };
}

/** A rename that the other side follows. Where nothing else is to be done, the base advances with it. */
function planMove(
  draft: PlanDraft,
  step: MoveStep,
  goal: { readonly row: ExaminedRow; readonly decision: Decision } | undefined,
): void {
  const { completes, side, entry, from, to, reason } = step;
  const row = goal?.row;
  const isOwn = completes && row?.moved?.move === step.move && row.moved.inDirectory === false;
  const earlier = draft.moved.get(step.move);
  const id = draft.operations.add({
    kind: 'move',
    phase: 'moves',
    side,
    path: to.path,
    key: to.key,
    from,
    entry,
    expected: versionOf(entry),
    alone: step.alone,
    completes,
    ...(step.copied === undefined ? {} : { copied: step.copied }),
    formerKey: isOwn ? row.moved?.formerKey : undefined,
    // Even where another comes to that key: its step may fail, and then nothing is known there.
    forgets: isOwn ? row.moved?.formerKey : undefined,
    hashes: row === undefined ? {} : knownHashes(row),
    reason,
    evidence: row === undefined ? { base: undefined, source: undefined, destination: undefined } : evidenceOf(row),
    after: [...draft.places.beforeStep(step), ...(earlier === undefined ? [] : [earlier])],
    settles: isOwn && goal?.decision.kind === 'adopt',
  });
  draft.moved.set(step.move, id);
  draft.places.planned(step, id);
}

/** What the base knew under another key it knows from now on under this one, whatever else is decided. */
function moveBase(draft: PlanDraft, row: ExaminedRow, decision: Decision): void {
  const { moved, base } = row;
  if (moved === undefined || base === undefined || decision.kind === 'adopt' || decision.kind === 'relocate') return;
  // The operation that moves a single entry carries its base along by itself.
  if (moved.move !== undefined && !moved.inDirectory) return;
  const isDropped = decision.kind === 'forget' || decision.kind === 'exclude';
  const paths = { source: row.paths.source, destination: row.paths.destination };
  const becomes = {
    ...base,
    key: row.key,
    source: { ...base.source, path: paths.source },
    destination: { ...base.destination, path: paths.destination },
  };
  draft.rekey(row, isDropped ? undefined : becomes);
}

function planRow(draft: PlanDraft, row: ExaminedRow, decision: Decision): void {
  switch (decision.kind) {
    case 'nothing':
      return;
    case 'adopt':
      adopt(draft, row);
      return;
    case 'forget':
    case 'exclude':
      if (row.base !== undefined) draft.remember({ kind: 'forget', key: row.key }, draft.arrival(row));
      return;
    case 'keep':
      keep(draft, row, decision.reason);
      return;
    case 'copy':
      bring(draft, row, decision.to, decision.reason);
      return;
    case 'delete':
      removeFrom(draft, row, decision.side, decision.reason);
      return;
    case 'metadata':
      setMetadata(draft, row, decision);
      return;
    case 'conflict':
      settleConflict(draft, row, decision);
      return;
    case 'relocate':
      relocate(draft, row, decision.side, depthOf(decision.directory));
      return;
    case 'problem': {
      const { side, code, message } = decision;
      draft.problems.push({ path: row.paths[side], side, code, message });
      return;
    }
  }
}

function adopt(draft: PlanDraft, row: ExaminedRow): void {
  const source = standing(row, 'source');
  const destination = standing(row, 'destination');
  if (source === undefined || destination === undefined) return;
  if (!draft.isRemembered(row, source.kind)) {
    draft.forgetFile(row);
    return;
  }
  if (row.source.kind === 'unchanged' && row.destination.kind === 'unchanged') draft.unchanged += 1;
  else draft.adopted += 1;
  const { isRacy } = draft.input;
  const record = recordOf({ key: row.key, source, destination, hashes: knownHashes(row), isRacy });
  if (row.moved === undefined) rememberOnArrival(draft, record);
  else if (row.moved.move === undefined || row.moved.inDirectory) draft.rekey(row, record);
}

/** What comes with a folder is known to be there when the folder is. With several folders on their way the next run tells. */
function rememberOnArrival(draft: PlanDraft, record: BaseRecord): void {
  const [arrival, another] = draft.before(record.key);
  if (another === undefined) draft.remember({ kind: 'record', record }, arrival);
}

function keep(draft: PlanDraft, row: ExaminedRow, reason: string): void {
  if (reason === suspended) draft.suspended += 1;
  else if (row.source.kind === 'held' || row.destination.kind === 'held') draft.skipped += 1;
  else draft.notices.push({ path: row.paths.source, message: reason });
}

function reportSuspension(draft: PlanDraft): void {
  draft.problems.push({
    path: '',
    side: draft.input.statistics.incomplete[0] ?? 'source',
    code: 'deletions-suspended',
    message: `${draft.suspended} deletions were left out: ${suspended}. Make it readable or ignore it, then run again; to delete what is known to be gone elsewhere, allow incomplete-scan for one run.`,
  });
}

function removeFrom(draft: PlanDraft, row: ExaminedRow, side: Side, reason: string): void {
  const entry = standing(row, side);
  if (entry === undefined) return;
  remove(draft, row, side, entry, 'deletions', reason);
}

function setMetadata(draft: PlanDraft, row: ExaminedRow, decision: Extract<Decision, { kind: 'metadata' }>): void {
  const sides = (['source', 'destination'] as const).filter((side) => decision[side] !== undefined);
  let after: readonly number[] = draft.before(row.key);
  for (const side of sides) {
    const entry = standing(row, side);
    const change = decision[side];
    if (entry === undefined || change === undefined) continue;
    const id = draft.operations.add({
      kind: 'set-metadata',
      phase: entry.kind === 'directory' ? 'permissions' : 'metadata',
      side,
      path: row.paths[side],
      key: row.key,
      change,
      expected: entry.kind === 'directory' ? undefined : entry.version,
      hashes: knownHashes(row),
      reason: decision.reason,
      evidence: evidenceOf(row),
      after,
      settles: side === sides.at(-1),
    });
    after = [id];
  }
}

/** What is known of content that both sides hold. */
function knownHashes(row: ExaminedRow): Hashes {
  const remembered = row.source.kind === 'unchanged' || row.destination.kind === 'unchanged' ? row.base?.hashes : {};
  return { ...remembered, ...row.hashes.source, ...row.hashes.destination };
}
