import { isSettled, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { absent } from '../join/index.ts';
import type { PlacedMove } from './order-moves.ts';
import { movedSide, type Placement } from './placement.ts';
import { isInSight, isReachable, type RowTable } from './row-table.ts';

/**
 * Gives single files and links their new places, all at once, so that swaps and cycles come out right.
 *
 * @param survivors keys that the base need not know any more: what it knows there was renamed here and deleted there
 * @returns the placements that were carried over
 */
export function relabelFiles(
  table: RowTable,
  placements: readonly Placement[],
  survivors: ReadonlySet<string>,
  moves: PlacedMove[],
): Placement[] {
  let carried = [...placements];
  // Leaving one out can occupy the place of another, so it takes rounds until nothing changes.
  for (let before = -1; before !== carried.length; ) {
    before = carried.length;
    const leaving = {
      source: new Set(carried.filter((candidate) => movedSide(candidate) === 'source').map(({ source }) => source)),
      destination: new Set(
        carried.filter((candidate) => movedSide(candidate) === 'destination').map(({ destination }) => destination),
      ),
    };
    const bases = new Set([...carried.map(({ base }) => base), ...survivors]);
    carried = carried.filter((candidate) => hasRoom(table, candidate, leaving, bases));
  }
  const before = new Map(table);
  for (const placement of carried) vacate(table, placement);
  for (const placement of carried) occupy(table, before, placement, moves);
  return carried;
}

/** Nothing else may stand at the target: no base that does not leave, and on the side that moves no entry, unless it moves away itself. */
function hasRoom(
  table: RowTable,
  placement: Placement,
  leaving: Readonly<Record<Side, ReadonlySet<string>>>,
  bases: ReadonlySet<string>,
): boolean {
  const { base, target } = placement;
  const goal = table.get(target);
  const side = movedSide(placement);
  if (goal === undefined) return false;
  if (goal.base !== undefined && target !== base && !bases.has(target)) return false;
  if (side === undefined) return true;
  if (!isReachable(table, target, side)) return false;
  const moving = table.get(placement[side]);
  if (moving?.[side].state !== 'present' || goal[otherSide(side)].state !== 'present') return false;
  if (!isInSight(table, placement[side], otherSide(side))) return false;
  if (goal[side].state === 'absent') return true;
  if (!leaving[side].has(target)) return false;
  // An edit on its way through a temporary name would be out of sight if the run died there.
  return isAsInBase(table, base, side, placement[side]) && isAsInBase(table, target, side, target);
}

function isAsInBase(table: RowTable, base: string, side: Side, key: string): boolean {
  const record = table.get(base)?.base;
  const observation = table.get(key)?.[side];
  if (record === undefined || observation?.state !== 'present') return false;
  const { entry } = observation;
  const mirrored = { ...record, [otherSide(side)]: record[side] };
  return isSettled(mirrored, { ...entry, path: record[side].path }, { ...entry, path: record[side].path });
}

function vacate(table: RowTable, placement: Placement): void {
  const row = table.get(placement.base);
  if (row !== undefined) table.set(placement.base, { ...row, base: undefined });
  const side = movedSide(placement);
  if (side === undefined) return;
  const from = table.get(placement[side]);
  if (from !== undefined) table.set(placement[side], { ...from, [side]: absent });
}

function occupy(table: RowTable, before: RowTable, placement: Placement, moves: PlacedMove[]): void {
  const { base, target } = placement;
  const record = before.get(base)?.base;
  const goal = table.get(target);
  if (record === undefined || goal === undefined) return;
  const former = before.get(base)?.moved?.formerKey ?? base;
  const side = movedSide(placement);
  if (side === undefined) {
    const moved = { move: undefined, formerKey: former, inDirectory: false };
    table.set(target, { ...goal, base: { ...record, key: target }, moved });
    return;
  }
  const from = before.get(placement[side]);
  const observation = from?.[side];
  if (from === undefined || observation?.state !== 'present') return;
  const index = moves.length;
  const moved = { move: index, formerKey: former, inDirectory: false };
  table.set(target, { ...goal, base: { ...record, key: target }, [side]: observation, moved });
  moves.push({
    index,
    side,
    from: { path: from.paths[side], key: placement[side] },
    to: { path: goal.paths[side], key: target },
    entry: observation.entry,
  });
}
