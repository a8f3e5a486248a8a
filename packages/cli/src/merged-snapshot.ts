import type { DirectionProgress, ProgressSnapshot, Side } from '@syncengine/core';

/** Where the run of one pair stands. */
export interface NamedSnapshot {
  /** Said before the paths, where there are several pairs. */
  readonly name: string | undefined;
  readonly snapshot: () => ProgressSnapshot;
}

const phases = ['transferring', 'comparing', 'scanning', 'finished'] as const;

/** Where several runs stand that make one: what was done and what is left, over all of them. */
export function mergedSnapshot(runs: readonly NamedSnapshot[]): ProgressSnapshot {
  const snapshots = runs.map(({ snapshot }) => snapshot());
  const sum = (count: (snapshot: ProgressSnapshot) => number): number =>
    snapshots.reduce((total, snapshot) => total + count(snapshot), 0);
  const scanned = (side: Side): { readonly files: number; readonly directories: number } => ({
    files: sum((snapshot) => snapshot.scanned[side].files),
    directories: sum((snapshot) => snapshot.scanned[side].directories),
  });
  const to = (side: Side): DirectionProgress => ({
    operations: {
      done: sum((snapshot) => snapshot.to[side].operations.done),
      failed: sum((snapshot) => snapshot.to[side].operations.failed),
      total: sum((snapshot) => snapshot.to[side].operations.total),
    },
    files: {
      done: sum((snapshot) => snapshot.to[side].files.done),
      total: sum((snapshot) => snapshot.to[side].files.total),
    },
    bytes: {
      done: sum((snapshot) => snapshot.to[side].bytes.done),
      total: sum((snapshot) => snapshot.to[side].bytes.total),
    },
  });
  const going = snapshots.filter(({ phase }) => phase !== 'finished');
  const bytesPerSecond = going.reduce((total, snapshot) => total + snapshot.bytesPerSecond, 0);
  const directions = { source: to('source'), destination: to('destination') };
  return {
    phase: phases.find((phase) => snapshots.some((snapshot) => snapshot.phase === phase)) ?? 'scanning',
    scanned: { source: scanned('source'), destination: scanned('destination') },
    to: directions,
    active: runs.flatMap(({ name }, index) =>
      (snapshots[index]?.active ?? []).map(({ operation, transferred }) => ({
        operation: name === undefined ? operation : { ...operation, path: `${name}: ${operation.path}` },
        transferred,
      })),
    ),
    bytesPerSecond,
    remainingMs: remaining(directions, bytesPerSecond),
    elapsedMs: Math.max(0, ...snapshots.map(({ elapsedMs }) => elapsedMs)),
    conflicts: sum(({ conflicts }) => conflicts),
    problems: sum(({ problems }) => problems),
  };
}

function remaining(
  to: { readonly source: DirectionProgress; readonly destination: DirectionProgress },
  bytesPerSecond: number,
): number | undefined {
  if (bytesPerSecond === 0) return undefined;
  const { source, destination } = to;
  const left = source.bytes.total - source.bytes.done + destination.bytes.total - destination.bytes.done;
  return Math.round((left / bytesPerSecond) * 1000);
}
