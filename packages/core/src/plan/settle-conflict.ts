import { type ExaminedRow, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { ancestorsOf, depthOf } from '../paths/index.ts';
import type { Decision, Resolution } from '../reconcile/index.ts';
import type { Hashes } from '../storage/index.ts';
import { bring, makeDirectory, remove, transfer } from './bring.ts';
import { type ConflictCopy, type KeptEntry, type PlanDraft, standing } from './draft.ts';
import type { Evidence } from './operation.ts';
import { recordOf } from './record.ts';

/** Reports a conflict and plans what its resolution asks for. */
export function settleConflict(
  draft: PlanDraft,
  row: ExaminedRow,
  { reason, losing, resolution }: Extract<Decision, { kind: 'conflict' }>,
): void {
  const copy = draft.input.copies.get(row.key);
  const bothStand = standing(row, 'source') !== undefined && standing(row, 'destination') !== undefined;
  const keepsCopy = resolution === 'keep-both' && bothStand;
  const path = row.paths.source;
  draft.conflicts.push({ path, reason, resolution, copy: keepsCopy ? copy?.paths.source : undefined });
  if (!keepsCopy) {
    settleForOne(draft, row, resolution);
    return;
  }
  if (copy === undefined) throw new TypeError(`No name was chosen for the conflict copy of ${row.key}.`);
  keepBoth(draft, row, losing, copy);
}

/** One side wins alone; where the other deleted the path, keeping both means bringing it back. */
function settleForOne(draft: PlanDraft, row: ExaminedRow, resolution: Resolution): void {
  if (resolution === 'manual') return;
  const present: Side = standing(row, 'source') === undefined ? 'destination' : 'source';
  const winner = resolution === 'keep-both' ? present : resolution;
  const loser = otherSide(winner);
  const reason = `conflict settled for the ${winner}`;
  const there = standing(row, loser);
  if (standing(row, winner) !== undefined) bring(draft, row, loser, reason);
  else if (there !== undefined) remove(draft, row, loser, there, 'deletions', reason);
}

function keepBoth(draft: PlanDraft, row: ExaminedRow, losing: Side, copy: ConflictCopy): void {
  const winning = otherSide(losing);
  const loser = standing(row, losing);
  const winner = standing(row, winning);
  if (loser === undefined || winner === undefined || loser.kind === 'directory') return;
  rememberCopy(draft, row, losing, copy);
  if (winner.kind === 'directory') {
    const aside = moveAside(draft, row, losing, loser, copy);
    makeDirectory(draft, row, losing, winner.permissions, `the folder of the ${winning} keeps the path`, [aside]);
    return;
  }
  const after = secure(draft, row, losing, loser, copy);
  const reason = `conflict: the ${winning} keeps the path`;
  transfer(draft, row, losing, winner, loser, reason, { keepReplaced: false, after });
}

/** The losing content stands beside its path on both sides before the path is overwritten. */
function secure(draft: PlanDraft, row: ExaminedRow, losing: Side, loser: KeptEntry, copy: ConflictCopy): number[] {
  const secured: number[] = [];
  const hashes = hashesOf(row, losing, copy);
  const sides = [otherSide(losing), losing].filter((side) => copy.existing[side] === undefined);
  for (const side of sides) {
    const id = draft.operations.add({
      kind: 'create',
      phase: 'copies',
      side,
      path: copy.paths[side],
      key: copy.key,
      from: { side: losing, path: row.paths[losing], entry: loser, hashes },
      // A copy inside a side brings no bytes to it.
      bytes: loser.kind === 'file' && side !== losing ? loser.size : 0,
      reason: keptBeside(losing),
      evidence: evidenceOf(copy),
      after: [...draft.before(row.key), ...secured],
      settles: side === sides.at(-1),
    });
    secured.push(id);
  }
  return secured;
}

/** A file makes way for a directory of the other side; both sides get it under the copy's name. */
function moveAside(draft: PlanDraft, row: ExaminedRow, side: Side, entry: KeptEntry, copy: ConflictCopy): number {
  const other = otherSide(side);
  const left = copy.existing[side];
  const aside = left === undefined ? moveToCopy(draft, row, side, entry, copy) : dropCopied(draft, row, side, entry);
  if (copy.existing[other] !== undefined) return aside;
  const kept = left ?? entry;
  draft.operations.add({
    kind: 'create',
    phase: 'transfers',
    side: other,
    path: copy.paths[other],
    key: copy.key,
    from: { side, path: copy.paths[side], entry: kept, hashes: hashesOf(row, side, copy) },
    bytes: kept.kind === 'file' ? kept.size : 0,
    reason: keptBeside(side),
    evidence: evidenceOf(copy),
    after: left === undefined ? [aside] : [],
    settles: true,
  });
  return aside;
}

function moveToCopy(draft: PlanDraft, row: ExaminedRow, side: Side, entry: KeptEntry, copy: ConflictCopy): number {
  return draft.operations.add({
    kind: 'move',
    phase: draft.phaseOf('displace', side, row.key, copy.key),
    side,
    path: copy.paths[side],
    key: copy.key,
    from: { path: row.paths[side], key: row.key },
    entry,
    expected: entry.version,
    alone: false,
    completes: true,
    formerKey: undefined,
    forgets: row.base === undefined ? undefined : row.key,
    hashes: row.hashes[side],
    reason: keptBeside(side),
    evidence: evidenceOf(copy),
    after: draft.before(row.key, copy.key),
    settles: copy.existing[otherSide(side)] !== undefined,
  });
}

/** A run that was killed on a side that cannot move had made the copy already. */
function dropCopied(draft: PlanDraft, row: ExaminedRow, side: Side, entry: KeptEntry): number {
  return remove(draft, row, side, entry, 'displace', keptBeside(side));
}

function keptBeside(side: Side): string {
  return `conflict: the content of the ${side} is kept beside the path`;
}

function evidenceOf({ existing }: ConflictCopy): Evidence {
  return { base: undefined, source: existing.source, destination: existing.destination };
}

/**
 * Row 11 from inside: an edit in a directory that gives way moves to a conflict copy of that directory.
 *
 * @param depth of the directory that gives way, and so of the conflict copy that takes what was edited inside
 */
export function relocate(draft: PlanDraft, row: ExaminedRow, side: Side, depth: number): void {
  const entry = standing(row, side);
  const copy = draft.input.copies.get(row.key);
  if (entry === undefined || entry.kind === 'directory' || copy === undefined) {
    throw new TypeError(`No place was chosen for the edit at ${row.key}.`);
  }
  const path = row.paths[side];
  draft.conflicts.push({ path, reason: 'type-and-edit', resolution: 'keep-both', copy: copy.paths[side] });
  moveAside(draft, row, side, entry, copy);
  makeCopyFolders(draft, copy, depth);
  if (row.base !== undefined) draft.remember({ kind: 'forget', key: row.moved?.formerKey ?? row.key });
}

/** The folders on the way to an edit that moves aside would come with it, but then the base would not know of them. */
function makeCopyFolders(draft: PlanDraft, copy: ConflictCopy, depth: number): void {
  const keys = ancestorsOf(copy.key).slice(depth - 1);
  for (const key of keys.filter((folder) => !draft.copyFolders.has(folder))) {
    draft.copyFolders.add(key);
    for (const side of ['source', 'destination'] as const) {
      if (draft.input.impliedDirectories[side]) continue;
      draft.operations.add({
        kind: 'make-directory',
        phase: draft.phaseOf('directories', side, key),
        side,
        path: ancestorsOf(copy.paths[side])[depthOf(key) - 1] ?? key,
        key,
        permissions: undefined,
        reason: 'conflict: it takes what was edited inside',
        evidence: { base: undefined, source: undefined, destination: undefined },
        after: draft.before(key),
        settles: true,
      });
    }
  }
}

/** An interrupted run brought the copy to both sides: it is known to be the same, whatever a comparison can tell. */
function rememberCopy(draft: PlanDraft, row: ExaminedRow, losing: Side, copy: ConflictCopy): void {
  const { key, existing } = copy;
  const { source, destination } = existing;
  if (source === undefined || destination === undefined) return;
  const { isRacy } = draft.input;
  const record = recordOf({ key, source, destination, hashes: hashesOf(row, losing, copy), isRacy });
  draft.remember({ kind: 'record', record });
}

/** What an interrupted run left has the very content, and its side may know a hash that the loser's does not. */
function hashesOf(row: ExaminedRow, losing: Side, { existing: { source, destination } }: ConflictCopy): Hashes {
  return { ...row.hashes[losing], ...listed(source), ...listed(destination) };
}

function listed(entry: KeptEntry | undefined): Hashes {
  return entry?.kind === 'file' ? (entry.hashes ?? {}) : {};
}
