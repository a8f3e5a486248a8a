import { expect } from 'vitest';
import {
  type ConflictStrategy,
  parseSyncMode,
  type Side,
  type SyncEngineOptions,
  type SyncMode,
} from '../../src/index.ts';
import type { Outcome, Scenario } from './story.ts';
import type { Tree } from './tree.ts';

/** The same scenario with the two sides exchanged. */
export function mirrored(scenario: Scenario): Scenario {
  const { source, destination, options, now, clients, wraps, mode, ...rest } = scenario;
  return {
    ...rest,
    mode: mirroredMode(mode),
    first: 'destination',
    ...(source === undefined ? {} : { destination: source }),
    ...(destination === undefined ? {} : { source: destination }),
    ...(options === undefined ? {} : { options: mirroredOptions(options) }),
    ...(now === undefined ? {} : { now: mirroredOptions(now) }),
    ...(clients === undefined ? {} : { clients: exchanged(clients) }),
    ...(wraps === undefined ? {} : { wraps: exchanged(wraps) }),
  };
}

/** What holds for the one side in a scenario holds for the other in its mirror image. */
export function requireMirrored(outcome: Outcome, reflection: Outcome): void {
  expect(told(exchanged(reflection), reflection), 'the mirrored scenario has the mirrored result').toEqual(
    told(outcome, outcome),
  );
}

function told(trees: { readonly source: Tree; readonly destination: Tree }, { result }: Outcome): unknown {
  const { status, counts, bytes } = result;
  return {
    source: withoutMarks(trees.source),
    destination: withoutMarks(trees.destination),
    status,
    counts,
    bytes,
    conflicts: result.conflicts.map(({ path, reason }) => `${path} ${reason}`),
    problems: result.problems.map(({ path, code }) => `${path} ${code}`).sort(),
  };
}

/** Between two equals one must keep the path, and that is the source on either side of the mirror: the copies change places. */
function withoutMarks(tree: Tree): Readonly<Record<string, readonly string[]>> {
  const contents = new Map<string, string[]>();
  for (const [path, content] of Object.entries(tree)) {
    const plain = path.replace(/\.conflict-(?:source|destination)-[0-9TZ]+(?:-\d+)?/g, '');
    contents.set(plain, [...(contents.get(plain) ?? []), content].sort());
  }
  return Object.fromEntries([...contents].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function mirroredMode(mode: string | SyncMode): SyncMode | string {
  if (typeof mode === 'object') {
    const { effects, leader } = mode;
    return { ...mode, effects: exchanged(effects), leader: leader === undefined ? undefined : otherSide(leader) };
  }
  const { name } = parseSyncMode(mode);
  switch (name) {
    case 'source-to-destination':
      return 'destination-to-source';
    case 'destination-to-source':
      return 'source-to-destination';
    case 'source-backup':
      return 'destination-backup';
    case 'destination-backup':
      return 'source-backup';
    default:
      return name;
  }
}

function mirroredOptions(options: Partial<SyncEngineOptions>): Partial<SyncEngineOptions> {
  const { conflict, initial, ...rest } = options;
  return {
    ...rest,
    ...(conflict === undefined ? {} : { conflict: mirroredStrategy(conflict) }),
    ...(initial === undefined ? {} : { initial: initial === 'merge' ? initial : otherSide(initial) }),
  };
}

function mirroredStrategy(strategy: ConflictStrategy): ConflictStrategy {
  return strategy === 'source' || strategy === 'destination' ? otherSide(strategy) : strategy;
}

function otherSide(side: Side): Side {
  return side === 'source' ? 'destination' : 'source';
}

function exchanged<Value>(sides: { readonly source?: Value; readonly destination?: Value }): {
  source: Value;
  destination: Value;
} {
  // Sound: a side that is missing is missing in the exchange as well.
  return { source: sides.destination, destination: sides.source } as { source: Value; destination: Value };
}
