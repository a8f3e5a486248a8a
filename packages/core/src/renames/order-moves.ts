import { type MoveStep, otherSide } from '../compare/index.ts';
import { ancestorsOf } from '../paths/index.ts';
import type { PlacedMove } from './placed-move.ts';
import { placeOf } from './placement.ts';
import { WaitingMoves } from './waiting-moves.ts';

/**
 * Steps in which every place is free when it is needed. Directories keep the order in which they were found; files
 * that wait for each other in a circle (row 24) are let out of it through a temporary name.
 */
export function orderMoves(moves: readonly PlacedMove[], temporaryFolder: string): MoveStep[] {
  const directories = moves.filter((move) => move.entry.kind === 'directory');
  const files = moves.filter((move) => move.entry.kind !== 'directory');
  const occupied = new Set(files.map((move) => placeOf(move.side, move.from.key)));
  // What stands where a folder on the way is to be is in the way, too.
  const ways = new Map(
    files.map(({ index, side, to }) => [index, [...ancestorsOf(to.key), to.key].map((key) => placeOf(side, key))]),
  );
  const isFree = ({ index, from, to }: PlacedMove): boolean =>
    from.key === to.key || ways.get(index)?.some((place) => occupied.has(place)) !== true;
  const free = files.filter(isFree);
  const waiting = files.filter((move) => !isFree(move));
  const steps = [
    ...directories.map((move) => stepOf(move, move.from, move.to, true, true)),
    ...free.map((move) => stepOf(move, move.from, move.to, false, true)),
  ];
  for (const move of free) occupied.delete(placeOf(move.side, move.from.key));
  const line = new WaitingMoves(waiting, ({ index }) => (ways.get(index) ?? []).filter((place) => occupied.has(place)));
  for (;;) {
    const move = line.takeFree();
    if (move !== undefined) {
      steps.push(stepOf(move, move.from, move.to, true, true));
      line.vacate(placeOf(move.side, move.from.key));
      continue;
    }
    // Every one left waits for another: one steps aside.
    const first = line.first();
    if (first === undefined) return steps;
    const aside = { path: `${temporaryFolder}/${first.index}`, key: `${temporaryFolder}/${first.index}` };
    steps.push(stepOf(first, first.from, aside, true, false));
    line.stepAside(aside);
    line.vacate(placeOf(first.side, first.from.key));
  }
}

function stepOf(
  move: PlacedMove,
  from: MoveStep['from'],
  to: MoveStep['to'],
  alone: boolean,
  completes: boolean,
): MoveStep {
  const { index, side, entry, copied } = move;
  const other = otherSide(side);
  const reason = completes ? `renamed on the ${other}` : `renamed in a circle on the ${other}: first aside`;
  const step = { move: index, side, from, to, entry, alone, completes, reason };
  return copied === undefined ? step : { ...step, copied };
}
