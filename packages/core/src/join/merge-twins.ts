import type { BaseRecord } from '../compare/index.ts';
import { childOf, compareUtf8, nameOf, parentOf } from '../paths/index.ts';
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
  if (!twins) return [...byKey.values()];
  // A file with a directory's rows between it and its children would not be followed by them.
  const merged = [...byKey.values()].sort((left, right) => compareUtf8(`${left.key}/`, `${right.key}/`));
  return respelled(merged);
}

/** Below a directory that takes the place of a file, the file's spelling is the directory's from now on. */
function respelled(rows: readonly JoinedRow[]): JoinedRow[] {
  const spellings = new Map<string, JoinedRow['paths']>();
  return rows.map((row) => {
    const above = spellings.get(parentOf(row.key));
    const paths = above === undefined ? row.paths : { source: below('source'), destination: below('destination') };
    spellings.set(row.key, paths);
    return paths === row.paths ? row : { ...row, paths };

    function below(side: 'source' | 'destination'): string {
      return childOf(above?.[side] ?? '', nameOf(row.paths[side]));
    }
  });
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
    accompanied: first.accompanied ?? second.accompanied,
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
