import { otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { absent, type JoinedRow } from '../join/index.ts';
import { ancestorsOf, compareUtf8, joinKey, nameOf } from '../paths/index.ts';

/** Rows by key, while entries are given new places. */
export type RowTable = Map<string, JoinedRow>;

export function tableOf(rows: readonly JoinedRow[]): RowTable {
  return new Map(rows.map((row) => [row.key, row]));
}

/** The rows that still say something, each directory right before what lies below it. */
export function toRows(table: RowTable): JoinedRow[] {
  return [...table.values()]
    .filter((row) => row.base !== undefined || row.source.state !== 'absent' || row.destination.state !== 'absent')
    .sort((left, right) => compareUtf8(`${left.key}/`, `${right.key}/`));
}

/** The row at a key, or an empty one with the spelling that both sides would use. */
export function rowAt(table: RowTable, key: string, paths: JoinedRow['paths']): JoinedRow {
  return table.get(key) ?? { key, base: undefined, source: absent, destination: absent, paths, passage: false };
}

/** True when every folder on the way to a key can be gone into on a side: none is known to be something else. */
export function isReachable(table: RowTable, key: string, side: Side): boolean {
  return ancestorsOf(key).every((ancestor) => {
    const observation = table.get(ancestor)?.[side];
    if (observation === undefined || observation.state === 'absent') return true;
    return observation.state === 'present' && observation.entry.kind === 'directory';
  });
}

/** True where a new folder of the other side takes the place of what stands on this one, before anything moves. */
export function givesWay(table: RowTable, key: string, side: Side): boolean {
  const row = table.get(key);
  const there = row?.[otherSide(side)];
  if (row?.[side].state !== 'present' || there?.state !== 'present' || there.entry.kind !== 'directory') return false;
  // What was a folder and became a file on this side keeps the path.
  if (row.base?.kind === 'directory') return false;
  return [...ancestorsOf(key), key].every((place) => isStaying(table.get(place)));
}

/** Nothing is carried to this place, and nothing is respelled. */
function isStaying(row: JoinedRow | undefined): boolean {
  if (row === undefined) return true;
  const nameOn = (side: Side): string => joinKey(nameOf(row.paths[side]), 'exact');
  return row.moved === undefined && nameOn('source') === nameOn('destination');
}

/** False for a place that a side cannot see or leaves out, itself or with a folder around it: nothing is taken out of there. */
export function isInSight(table: RowTable, key: string, side: Side): boolean {
  return [...ancestorsOf(key), key].every((place) => {
    const state = table.get(place)?.[side].state ?? 'absent';
    return state === 'present' || state === 'absent';
  });
}

/** Keys at and below a key. */
export function keysWithin(table: RowTable, key: string): string[] {
  const prefix = `${key}/`;
  return [...table.keys()].filter((candidate) => candidate === key || candidate.startsWith(prefix));
}
