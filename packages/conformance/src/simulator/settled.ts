import type { PairTraits, Round } from './case.ts';
import { type Census, directoryMark } from './census.ts';
import { Frozen, keyed } from './frozen.ts';
import { describeState, type Look, leaderOf, otherSide, sides } from './look.ts';
import { PromiseBroken } from './promise-broken.ts';

export interface SettledInput {
  readonly traits: PairTraits;
  readonly round: Round;
  readonly after: Look;
  /** Paths of conflicts that were left to people. */
  readonly manual: readonly string[];
}

/** Both sides hold the same, as far as the mode promises it. */
export function requireEqual({ traits, round, after, manual }: SettledInput): void {
  const live = { source: after.source.live, destination: after.destination.live };
  const frozen = new Frozen([live], round, traits, manual);
  const leader = leaderOf(round.mode);
  const told = { source: keyed(live.source, traits), destination: keyed(live.destination, traits) };
  const isBackup = round.mode.endsWith('backup');
  // A store that knows directories only by what is in them holds no empty ones.
  const areImplied = sides.some((side) => traits[side].directories === 'implied');
  for (const side of isBackup && leader !== undefined ? [leader] : sides) {
    const other = otherSide(side);
    for (const [key, what] of told[side]) {
      if (told[other].get(key) === what || frozen.has(key)) continue;
      if (areImplied && what === directoryMark && isEmptyDirectory(key, told[side]) && !told[other].has(key)) continue;
      throw new PromiseBroken(
        'both sides end equal',
        `${JSON.stringify(key)} is ${describeState(what)} on the ${side} and ${describeState(told[other].get(key))} on the ${other}.`,
      );
    }
  }
}

function isEmptyDirectory(key: string, live: Census): boolean {
  for (const [path, what] of live) if (what !== directoryMark && path.startsWith(`${key}/`)) return false;
  return true;
}
