import { type ExaminedRow, entryOf, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { decide, isGone } from './decide.ts';
import type { DecidedRow, Decision, Resolution } from './decision.ts';
import { permitted } from './permission.ts';
import type { ReconcilePolicy } from './policy.ts';

/** How the conflict at a path is settled. */
export type Resolve = (row: ExaminedRow) => Resolution;

/**
 * Decides every row. Pure, total and symmetric.
 *
 * What a directory's children need decides about the directory: one that was deleted stays where something inside
 * must stay (rows 15 and 16), and one that gives way to a file is emptied first (rows 10 and 11).
 *
 * @param rows in canonical order, each path once
 */
export function reconcile(rows: readonly ExaminedRow[], policy: ReconcilePolicy, resolve: Resolve): DecidedRow[] {
  const steps = reconcileInSteps(rows, policy, resolve);
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/** The same, a step for each row, with room for something else in between. */
export function reconcileInSteps(
  rows: readonly ExaminedRow[],
  policy: ReconcilePolicy,
  resolve: Resolve,
): Generator<undefined, DecidedRow[], undefined> {
  return new TreeReconciler(rows, policy, resolve).run();
}

/** What remains of a subtree on each side, once its decisions are carried out. */
interface Remains {
  /** Something is on the side, or may be: its directory cannot be removed. */
  readonly stays: Readonly<Record<Side, boolean>>;
  /** Something new comes to the side: its directory must be there. */
  readonly arrives: Readonly<Record<Side, boolean>>;
  /** Something is taken away from the side. */
  readonly leaves: Readonly<Record<Side, boolean>>;
}

/** What an ancestor's decision means for everything below it. */
type Surroundings =
  | { readonly kind: 'plain' }
  /** The directory around gives way on this side; edits inside are brought to a conflict copy. */
  | { readonly kind: 'clearing'; readonly side: Side; readonly directory: string; readonly directoryKey: string }
  /** Nothing below is touched. */
  | { readonly kind: 'frozen'; readonly reason: string }
  /** The path around is excluded, and so is what the base still has below it. */
  | { readonly kind: 'excluded' };

const plain: Surroundings = { kind: 'plain' };

class TreeReconciler {
  readonly #rows: readonly ExaminedRow[];
  readonly #policy: ReconcilePolicy;
  readonly #resolve: Resolve;
  readonly #decided: DecidedRow[] = [];
  #next = 0;

  constructor(rows: readonly ExaminedRow[], policy: ReconcilePolicy, resolve: Resolve) {
    this.#rows = rows;
    this.#policy = policy;
    this.#resolve = resolve;
  }

  *run(): Generator<undefined, DecidedRow[], undefined> {
    for (let row = this.#rows[this.#next]; row !== undefined; row = this.#rows[this.#next]) {
      yield* this.#visit(row, plain);
    }
    return this.#decided;
  }

  *#visit(row: ExaminedRow, surroundings: Surroundings): Generator<undefined, Remains, undefined> {
    yield;
    this.#next += 1;
    const first = this.#decideWithin(row, surroundings);
    const slot = this.#decided.length;
    this.#decided.push({ row, decision: first });
    const blocked = this.#blockedReplacement(row, first);
    const own = blocked ?? first;
    const inside = yield* this.#visitChildren(row, this.#below(row, own, surroundings));
    // A directory that gives way goes with all that it holds.
    const isFinal = blocked !== undefined || surroundings.kind === 'clearing';
    const decision = isFinal ? own : directoryDecision(row, own, inside, this.#policy);
    this.#decided[slot] = { row, decision };
    return together(together(beside(row), carried(row)), together(remainsOf(row, decision), inside));
  }

  #decideWithin(row: ExaminedRow, surroundings: Surroundings): Decision {
    switch (surroundings.kind) {
      case 'plain':
        return permitted(decide(row, this.#policy, this.#resolve(row)), row, this.#policy);
      case 'frozen':
        return { kind: 'keep', reason: surroundings.reason };
      case 'excluded':
        return { kind: 'exclude' };
      case 'clearing':
        return this.#clear(row, surroundings);
    }
  }

  /** Row 11 from inside: what was synced is deleted, an edit is kept beside the path. */
  #clear(row: ExaminedRow, around: Extract<Surroundings, { kind: 'clearing' }>): Decision {
    const { side, directory, directoryKey } = around;
    const change = row[side];
    if (isGone(change))
      return row.base === undefined ? { kind: 'nothing' } : { kind: 'forget', reason: 'deleted on both sides' };
    const isEdit = change.kind === 'modified' || change.kind === 'created' || change.kind === 'type-changed';
    if (isEdit && entryOf(change)?.kind !== 'directory' && this.#policy.mode.leader === undefined) {
      return { kind: 'relocate', side, directory, directoryKey };
    }
    return { kind: 'delete', side, reason: `its folder became a file on the ${otherSide(side)}` };
  }

  *#visitChildren(row: ExaminedRow, surroundings: Surroundings): Generator<undefined, Remains, undefined> {
    let remains = nothingRemains;
    const prefix = `${row.key}/`;
    for (let child = this.#rows[this.#next]; child?.key.startsWith(prefix) === true; child = this.#rows[this.#next]) {
      remains = together(remains, yield* this.#visit(child, surroundings));
    }
    return remains;
  }

  #below(row: ExaminedRow, decision: Decision, surroundings: Surroundings): Surroundings {
    if (surroundings.kind !== 'plain') return surroundings;
    switch (decision.kind) {
      case 'copy':
        if (replacesDirectory(row, decision.to)) {
          return { kind: 'clearing', side: decision.to, directory: row.paths[decision.to], directoryKey: row.key };
        }
        return plain;
      case 'keep':
        // A deletion that the mode or an incomplete scan forbids concerns the directory alone; its children are asked.
        return row.source.kind === 'held' || row.destination.kind === 'held'
          ? { kind: 'frozen', reason: decision.reason }
          : plain;
      case 'problem':
        return { kind: 'frozen', reason: 'its folder is left alone' };
      case 'conflict':
        return decision.resolution === 'manual' ? { kind: 'frozen', reason: 'its folder is in conflict' } : plain;
      case 'nothing':
      case 'adopt':
      case 'forget':
      case 'delete':
      case 'metadata':
      case 'relocate':
        return plain;
      case 'exclude':
        return { kind: 'excluded' };
    }
  }

  /** A directory cannot give way to a file while something inside must not be touched: then all of it stays. */
  #blockedReplacement(row: ExaminedRow, decision: Decision): Decision | undefined {
    if (decision.kind !== 'copy' || !replacesDirectory(row, decision.to)) return undefined;
    const side = decision.to;
    const prefix = `${row.key}/`;
    for (let index = this.#next; this.#rows[index]?.key.startsWith(prefix) === true; index += 1) {
      const kind = this.#rows[index]?.[side].kind;
      const isBeside = this.#rows[index]?.accompanied?.[side] === true;
      const untouchable = isBeside || kind === 'unknown' || kind === 'excluded' || kind === 'held';
      if (!untouchable && !this.#policy.suspendDeletions) continue;
      const why = untouchable
        ? `${isBeside ? 'what stands beside ' : ''}${JSON.stringify(this.#rows[index]?.paths[side])} inside must not be touched`
        : 'this run deletes nothing';
      return {
        kind: 'problem',
        side,
        code: 'not-empty',
        message: `The folder ${JSON.stringify(row.paths[side])} cannot give way to the file of the ${otherSide(side)}: ${why}. Move it away, then run again.`,
      };
    }
    return undefined;
  }
}

function replacesDirectory(row: ExaminedRow, to: Side): boolean {
  return isDirectory(row, to) && !isDirectory(row, otherSide(to));
}

/** Rows 15 and 16, and directories that are made only because something inside needs them. */
function directoryDecision(row: ExaminedRow, decision: Decision, inside: Remains, policy: ReconcilePolicy): Decision {
  const emptied = policy.impliedDirectories ? emptiedSide(row, decision, inside) : undefined;
  if (emptied !== undefined) {
    return permitted({ kind: 'delete', side: emptied, reason: 'emptied by this run' }, row, policy);
  }
  if (decision.kind === 'delete' && isDirectory(row, decision.side)) {
    if (row.passage) return { kind: 'nothing' };
    const other = otherSide(decision.side);
    if (inside.arrives[other]) {
      return { kind: 'copy', to: other, reason: `deleted on the ${other}, but something inside is new or changed` };
    }
    if (inside.stays[decision.side]) {
      return { kind: 'keep', reason: `deleted on the ${other}, but something inside stays on the ${decision.side}` };
    }
  }
  if (decision.kind === 'copy' && row.passage && isDirectory(row, otherSide(decision.to))) {
    if (isGone(row[decision.to]) && !inside.arrives[decision.to]) return unneeded(row);
  }
  return decision;
}

/**
 * Where directories are only implied, one that stands on one side alone goes with the last that this run takes out of it;
 * one that was empty before stays.
 */
function emptiedSide(row: ExaminedRow, decision: Decision, inside: Remains): Side | undefined {
  if (!['nothing', 'adopt', 'copy', 'delete'].includes(decision.kind)) return undefined;
  const isEmptied = (side: Side): boolean => inside.leaves[side] && !inside.stays[side] && !inside.arrives[side];
  return (['source', 'destination'] as const).find(
    (side) => isDirectory(row, side) && isGone(row[otherSide(side)]) && isEmptied(side),
  );
}

/** A directory that no file needs; what the base has at its path is no directory, and gone. */
function unneeded(row: ExaminedRow): Decision {
  return row.base === undefined ? { kind: 'nothing' } : { kind: 'forget', reason: 'replaced by an empty folder' };
}

function isDirectory(row: ExaminedRow, side: Side): boolean {
  return entryOf(row[side])?.kind === 'directory';
}

const neither: Readonly<Record<Side, boolean>> = { source: false, destination: false };
const both: Readonly<Record<Side, boolean>> = { source: true, destination: true };
const nothingRemains: Remains = { stays: neither, arrives: neither, leaves: neither };

function together(left: Remains, right: Remains): Remains {
  if (left === nothingRemains) return right;
  if (right === nothingRemains) return left;
  return {
    stays: eitherOf(left.stays, right.stays),
    arrives: eitherOf(left.arrives, right.arrives),
    leaves: eitherOf(left.leaves, right.leaves),
  };
}

function eitherOf(left: Readonly<Record<Side, boolean>>, right: Readonly<Record<Side, boolean>>) {
  return { source: left.source || right.source, destination: left.destination || right.destination };
}

function remainsOf(row: ExaminedRow, decision: Decision): Remains {
  const stays = { source: !isGone(row.source), destination: !isGone(row.destination) };
  switch (decision.kind) {
    case 'delete':
      return takenAway(decision.side, { ...stays, [decision.side]: false });
    case 'relocate':
      return takenAway(decision.side, neither);
    case 'copy':
      return { stays: both, arrives: { ...neither, [decision.to]: true }, leaves: neither };
    case 'conflict':
      if (decision.resolution === 'manual') return { ...nothingRemains, stays };
      if (decision.resolution !== 'keep-both' && isGone(row[decision.resolution])) {
        return takenAway(otherSide(decision.resolution), neither);
      }
      return { stays: both, arrives: both, leaves: neither };
    case 'nothing':
    case 'adopt':
    case 'forget':
    case 'keep':
    case 'metadata':
    case 'exclude':
    case 'problem':
      return { ...nothingRemains, stays };
  }
}

/** What a rename brings to a side, by itself or with a folder, comes there whatever else is decided. */
function carried(row: ExaminedRow): Remains {
  if (row.moved?.move === undefined) return nothingRemains;
  const comes = (side: Side): boolean => {
    const entry = entryOf(row[side]);
    return entry !== undefined && entry.path !== row.paths[side];
  };
  return { ...nothingRemains, arrives: { source: comes('source'), destination: comes('destination') } };
}

/** What is excluded beside something of nearly the same name stays, whatever becomes of that. */
function beside({ accompanied }: ExaminedRow): Remains {
  return accompanied === undefined ? nothingRemains : { ...nothingRemains, stays: accompanied };
}

function takenAway(side: Side, stays: Readonly<Record<Side, boolean>>): Remains {
  return { stays, arrives: neither, leaves: { ...neither, [side]: true } };
}
