import type { BaseRecord } from '../compare/index.ts';
import { compareUtf8 } from '../paths/index.ts';
import type { Observation } from './observation.ts';
import type { JoinedRow } from './row.ts';

/**
 * A path that is a file here and a directory there comes out of the join as two rows, for `a` and for `a/`. This makes
 * one of them, standing where the directory stood, right before what lies below it.
 *
 * @returns rows ordered so that everything below a path follows it directly, each key once
 */
export function mergeTwins(rows: readonly JoinedRow[]): JoinedRow[] {
  const byKey = new Map<string, JoinedRow>();
  let twins = false;
  for (const row of rows) {
    const twin = byKey.get(row.key);
    if (twin !== undefined) twins = true;
    byKey.set(row.key, twin === undefined ? row : merge(twin, row));
  }
  const merged = [...byKey.values()];
  // A file with a directory's rows between it and its children would not be followed by them.
  return twins ? merged.sort((left, right) => compareUtf8(`${left.key}/`, `${right.key}/`)) : merged;
}

function merge(first: JoinedRow, second: JoinedRow): JoinedRow {
  const source = stronger(first.source, second.source);
  const destination = stronger(first.destination, second.destination);
  return {
    key: first.key,
    base: first.base ?? second.base,
    source,
    destination,
    paths: {
      source: spelling('source', source, first, second),
      destination: spelling('destination', destination, first, second),
    },
    passage: first.passage || second.passage,
  };
}

/** What was seen counts more than what was not. */
function stronger(first: Observation, second: Observation): Observation {
  return first.state === 'absent' ? second : first;
}

function spelling(side: 'source' | 'destination', seen: Observation, first: JoinedRow, second: JoinedRow): string {
  if (first[side] === seen && first[side].state !== 'absent') return first.paths[side];
  if (second[side] === seen && second[side].state !== 'absent') return second.paths[side];
  const base: BaseRecord | undefined = first.base ?? second.base;
  return base?.[side].path ?? first.paths[side];
}
