import type { PairTraits } from './case.ts';
import { Dice } from './dice.ts';

/** Apart from all else that is drawn, so that a case is the same with feeds but for them. */
const apart = 7_919;

/** Gives feeds of changes to some sides that are played in memory. */
export function withFeeds(traits: PairTraits, seed: number): PairTraits {
  const dice = new Dice(seed + apart);
  const [source, destination] = [dice.chance(0.6), dice.chance(0.6)];
  return {
    ...traits,
    source: source ? { ...traits.source, feed: true } : traits.source,
    destination: destination || !source ? { ...traits.destination, feed: true } : traits.destination,
  };
}
