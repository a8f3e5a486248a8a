import { isSettled, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { absent } from '../join/index.ts';
import { ancestorsOf } from '../paths/index.ts';
import { versionOf } from '../storage/index.ts';
import type { PlacedMove } from './placed-move.ts';
import { type Doorway, type LeftCopy, movedSide, type Placement, placeOf, type RenamePolicy } from './placement.ts';
import { givesWay, isInSight, isReachable, type RowTable } from './row-table.ts';

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
  policy: RenamePolicy,
  moves: PlacedMove[],
): Placement[] {
  const hasPlace = (candidates: readonly Placement[]) => roomBeside(table, candidates, survivors, policy);
  const first = narrowed(placements, hasPlace);
  // What was left out beside another that stays after all is asked once more.
  const carried = narrowed(placements.filter(hasPlace(first)), hasPlace);
  const before = new Map(table);
  for (const placement of carried) vacate(table, placement);
  for (const placement of carried) occupy(table, before, placement, policy, moves);
  return carried;
}

/** Those that find room beside one another. */
function narrowed(
  placements: readonly Placement[],
  hasPlace: (beside: readonly Placement[]) => (candidate: Placement) => boolean,
): Placement[] {
  let carried = [...placements];
  // Leaving one out can occupy the place of another, so it takes rounds until nothing changes.
  for (let before = -1; before !== carried.length; ) {
    before = carried.length;
    carried = carried.filter(hasPlace(carried));
  }
  return carried;
}

/** @returns whether one finds room where these leave their places */
function roomBeside(
  table: RowTable,
  carried: readonly Placement[],
  survivors: ReadonlySet<string>,
  policy: RenamePolicy,
): (candidate: Placement) => boolean {
  const leaving = {
    source: new Set(carried.filter((candidate) => movedSide(candidate) === 'source').map(({ source }) => source)),
    destination: new Set(
      carried.filter((candidate) => movedSide(candidate) === 'destination').map(({ destination }) => destination),
    ),
  };
  const left = new Set(carried.map(({ base }) => base));
  const known = { left, leftOrSurvived: new Set([...left, ...survivors]) };
  const circles = circlesOf(carried, policy);
  return (candidate) => !circles.has(candidate) && hasRoom(table, candidate, leaving, known, policy);
}

/** Placements on sides without ids that wait for each other's places. */
function circlesOf(placements: readonly Placement[], { keepsIdentity }: RenamePolicy): ReadonlySet<Placement> {
  const circles = new Set<Placement>();
  for (const side of ['source', 'destination'] as const) {
    if (keepsIdentity[side]) continue;
    const leaving = new Map(placements.filter((one) => movedSide(one) === side).map((one) => [one[side], one]));
    const seen = new Set<Placement>();
    for (const start of leaving.values()) {
      const way: Placement[] = [];
      let next: Placement | undefined = start;
      for (; next !== undefined && !seen.has(next); next = waitsFor(next, leaving)) {
        seen.add(next);
        way.push(next);
      }
      // Where the way comes back to itself it is a circle; where it meets an earlier one, that was looked at already.
      const beginning = next === undefined ? -1 : way.indexOf(next);
      if (beginning >= 0) for (const placement of way.slice(beginning)) circles.add(placement);
    }
  }
  return circles;
}

/** What has to leave first: from the place itself, or from where a folder around it is to be. */
function waitsFor({ target }: Placement, leaving: ReadonlyMap<string, Placement>): Placement | undefined {
  const inTheWay = [target, ...ancestorsOf(target)].find((key) => leaving.has(key));
  return inTheWay === undefined ? undefined : leaving.get(inTheWay);
}

/** Nothing else may stand at the target: no base that does not leave, and on the side that moves no entry, unless it moves away itself. */
function hasRoom(
  table: RowTable,
  placement: Placement,
  leaving: Readonly<Record<Side, ReadonlySet<string>>>,
  bases: { readonly left: ReadonlySet<string>; readonly leftOrSurvived: ReadonlySet<string> },
  policy: RenamePolicy,
): boolean {
  const { base, target } = placement;
  const goal = table.get(target);
  const side = movedSide(placement);
  if (goal === undefined) return false;
  // Where an entry cannot be told again, it must not stand where the base still knows another when a run is killed.
  const isTold = side === undefined || policy.keepsIdentity[side];
  const freed = isTold ? bases.leftOrSurvived : bases.left;
  if (goal.base !== undefined && target !== base && !freed.has(target)) return false;
  if (side === undefined) return true;
  if (!isReachable(table, target, side) && !isOpened(table, placement, side, leaving[side], policy)) return false;
  const moving = table.get(placement[side]);
  if (moving?.[side].state !== 'present' || goal[otherSide(side)].state !== 'present') return false;
  if (!isInSight(table, placement[side], otherSide(side))) return false;
  if (goal[side].state === 'absent') return true;
  if (!leaving[side].has(target)) return false;
  // An edit on its way through a temporary name would be out of sight if the run died there.
  return isAsInBase(table, base, side, placement[side]) && isAsInBase(table, target, side, target);
}

/** Every file on the way gives way to a folder, or moves away itself. */
function isOpened(
  table: RowTable,
  { base, target, ...places }: Placement,
  side: Side,
  leaving: ReadonlySet<string>,
  { settlesConflicts = false, unchanged }: RenamePolicy,
): boolean {
  return ancestorsOf(target).every((above) => {
    const observation = table.get(above)?.[side];
    if (observation === undefined || observation.state === 'absent') return true;
    if (observation.state === 'present' && observation.entry.kind === 'directory') return true;
    if (!givesWay(table, above, side)) return false;
    const isUnchanged = isAsInBase(table, above, side, above);
    // It may take a temporary name to let both pass.
    if (leaving.has(above)) return isUnchanged && isAsInBase(table, base, side, places[side]);
    return isUnchanged || settlesConflicts || unchanged?.has(placeOf(side, above)) === true;
  });
}

/** Files on the way whose time says that they were edited, where only an unedited one gives way. */
export function possibleDoorways(table: RowTable, placements: readonly Placement[], policy: RenamePolicy): Doorway[] {
  if (policy.settlesConflicts === true) return [];
  const doorways = new Map<string, Doorway>();
  for (const placement of placements) {
    const side = movedSide(placement);
    if (side === undefined) continue;
    for (const above of ancestorsOf(placement.target)) {
      const row = table.get(above);
      const observation = row?.[side];
      if (row?.base?.kind !== 'file' || observation?.state !== 'present' || observation.entry.kind !== 'file') continue;
      if (isAsInBase(table, above, side, above) || !givesWay(table, above, side)) continue;
      doorways.set(placeOf(side, above), { side, row });
    }
  }
  return [...doorways.values()];
}

/**
 * What stands, not as the base knows it, under the very names to which entries are to be moved. Where that is a copy of them,
 * an earlier run left it.
 */
export function possibleCopies(table: RowTable, placements: readonly Placement[]): LeftCopy[] {
  const copies: LeftCopy[] = [];
  for (const placement of placements) {
    const side = movedSide(placement);
    if (side === undefined) continue;
    const { target } = placement;
    const from = table.get(placement[side])?.[side];
    const to = table.get(target)?.[side];
    if (from?.state !== 'present' || to?.state !== 'present' || isAsInBase(table, target, side, target)) continue;
    if (from.entry.kind === 'directory' || to.entry.kind === 'directory') continue;
    copies.push({ side, from: { key: placement[side], entry: from.entry }, to: { key: target, entry: to.entry } });
  }
  return copies;
}

/** What a killed run left half-way is as good as not there: the move that left it is done to its end. */
export function overlookCopies(table: RowTable, { leftCopies = [] }: RenamePolicy): void {
  for (const { side, to } of leftCopies) {
    const row = table.get(to.key);
    if (row !== undefined) table.set(to.key, { ...row, [side]: absent });
  }
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

function occupy(
  table: RowTable,
  before: RowTable,
  placement: Placement,
  policy: RenamePolicy,
  moves: PlacedMove[],
): void {
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
  const copy = policy.leftCopies?.find(
    (left) => left.side === side && left.from.key === placement[side] && left.to.key === target,
  );
  const moved = { move: index, formerKey: former, inDirectory: false };
  table.set(target, { ...goal, base: { ...record, key: target }, [side]: observation, moved });
  moves.push({
    index,
    side,
    from: { path: from.paths[side], key: placement[side] },
    to: { path: goal.paths[side], key: target },
    entry: observation.entry,
    copied: copy === undefined ? undefined : versionOf(copy.to.entry),
  });
}
