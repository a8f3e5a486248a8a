import { otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { absent, type JoinedRow } from '../join/index.ts';
import { childOf, nameOf, parentOf } from '../paths/index.ts';
import type { PlacedMove } from './placed-move.ts';
import { movedSide, type Placement, type RenamePolicy } from './placement.ts';
import { isInSight, isReachable, keysWithin, type RowTable, rowAt } from './row-table.ts';

/**
 * True when a directory can come to its new place as a whole: nothing is there yet, and nothing inside is out of sight
 * or not to be touched. Otherwise its files are looked at one by one.
 */
export function canTakeAlong(table: RowTable, placement: Placement, policy: RenamePolicy): boolean {
  const { base, target } = placement;
  const side = movedSide(placement);
  if (side === undefined) return false;
  if (!policy.movesDirectories[side] || !isReachable(table, target, side)) return false;
  const other = otherSide(side);
  const from = placement[side];
  if (table.get(from)?.[side].state !== 'present' || table.get(from)?.[other].state !== 'absent') return false;
  if (!isInSight(table, from, other)) return false;
  if (table.get(base)?.base === undefined) return false;
  for (const key of keysWithin(table, from)) {
    const row = table.get(key);
    const state = row?.[side].state;
    if ((state !== 'present' && state !== 'absent') || row?.accompanied?.[side] === true) return false;
  }
  for (const key of keysWithin(table, target)) {
    const row = table.get(key);
    if (row === undefined) continue;
    if (row[side].state !== 'absent' || (row.base !== undefined && target !== base)) return false;
    if (row[other].state === 'unknown' || row[other].state === 'held') return false;
    // Nothing comes to a path that is excluded, not even with the directory around it.
    const arriving = table.get(from + key.slice(target.length))?.[side].state;
    if (row[other].state === 'excluded' && arriving === 'present') return false;
  }
  return true;
}

/** Gives the base's and the moved side's rows the keys that they will have once the directory has moved. */
export function relabelDirectory(table: RowTable, placement: Placement, moves: PlacedMove[]): void {
  const side = movedSide(placement);
  if (side === undefined) return;
  const { base, target } = placement;
  const from = placement[side];
  const moving = table.get(from);
  const goal = table.get(target);
  if (moving === undefined || goal === undefined || moving[side].state !== 'present') return;
  const index = moves.length;
  const baseLength = (table.get(base) ?? moving).paths[side].length;
  const { entry } = moving[side];
  const old = { path: moving.paths[side], key: from };
  const place = { path: goal.paths[side], key: target };
  const bases = keysWithin(table, base).flatMap((key) => part(table.get(key), key, 'base'));
  const entries = keysWithin(table, from).flatMap((key) => part(table.get(key), key, side));
  for (const row of bases) table.set(row.key, { ...current(table, row), base: undefined });
  for (const row of entries) table.set(row.key, { ...current(table, row), [side]: absent });
  for (const row of entries) {
    const key = target + row.key.slice(from.length);
    const path = place.path + row.paths[side].slice(old.path.length);
    const there = rowAt(table, key, newPaths(table, key, side, path));
    table.set(key, { ...there, [side]: row[side], paths: { ...there.paths, [side]: path } });
  }
  for (const row of bases) {
    const { base: record } = row;
    if (record === undefined) continue;
    const key = target + row.key.slice(base.length);
    const path = place.path + row.paths[side].slice(baseLength);
    const there = rowAt(table, key, newPaths(table, key, side, path));
    const moved = { move: index, formerKey: row.moved?.formerKey ?? row.key, inDirectory: true };
    table.set(key, { ...there, base: { ...record, key }, passage: row.passage, moved });
  }
  moves.push({ index, side, from: old, to: place, entry });
}

/** What comes to a place with its folder is called alike on both sides; the folders around it are spelled as each side has them. */
function newPaths(table: RowTable, key: string, side: Side, path: string): JoinedRow['paths'] {
  const around = table.get(parentOf(key))?.paths[otherSide(side)];
  const other = around === undefined ? path : childOf(around, nameOf(path));
  return side === 'source' ? { source: path, destination: other } : { source: other, destination: path };
}

/**
 * Both sides renamed the directory alike, as after a run that was killed before it could say so: what the base knows inside,
 * and neither side has at its old place, it knows from now on under the new name.
 */
export function relabelBases(table: RowTable, { base, target }: Placement): void {
  if (base === target) return;
  const old = table.get(base)?.paths ?? { source: base, destination: base };
  const above = table.get(target)?.paths ?? { source: target, destination: target };
  for (const key of keysWithin(table, base)) {
    const row = table.get(key);
    const record = row?.base;
    if (row === undefined || record === undefined) continue;
    if (row.source.state !== 'absent' || row.destination.state !== 'absent') continue;
    const place = target + key.slice(base.length);
    const there = rowAt(table, place, {
      source: above.source + row.paths.source.slice(old.source.length),
      destination: above.destination + row.paths.destination.slice(old.destination.length),
    });
    if (there.base !== undefined) continue;
    table.set(key, { ...row, base: undefined });
    const moved = { move: undefined, formerKey: row.moved?.formerKey ?? key, inDirectory: true };
    table.set(place, { ...there, base: { ...record, key: place }, passage: row.passage, moved });
  }
}

function part(row: JoinedRow | undefined, key: string, what: 'base' | Side): JoinedRow[] {
  if (row === undefined) return [];
  const isThere = what === 'base' ? row.base !== undefined : row[what].state !== 'absent';
  return isThere ? [{ ...row, key }] : [];
}

function current(table: RowTable, row: JoinedRow): JoinedRow {
  return table.get(row.key) ?? row;
}
