import type { Environment } from './environment.ts';
import type { PairFlags } from './flags.ts';
import { canBeName } from './pair-name.ts';
import { placeOf } from './places.ts';
import type { Selection } from './selected-pair.ts';
import { usageError } from './usage.ts';

/**
 * Two places that were typed; or pairs of the configuration, where each argument is the name of one, or there is none. A
 * folder that has the name of a pair is given as `./name`. The configuration is read only where it may matter.
 *
 * @throws SyncEngineError `invalid-options`
 */
export async function selectPairs(
  places: readonly string[],
  flags: PairFlags,
  environment: Environment,
): Promise<Selection> {
  if (flags.config !== undefined || places.length === 0 || places.some(canBeName)) {
    const { selectConfigured } = await import('./configured-selection.ts');
    const selection = await selectConfigured(places, flags, environment);
    if (selection !== undefined) return selection;
  }
  const [source, destination, third] = places;
  if (third !== undefined) {
    throw usageError('Give a source and a destination, or names of pairs, but no more places than that.');
  }
  if (source === undefined || destination === undefined) {
    const missing = source === undefined ? 'A source and a destination are' : 'The destination is';
    throw usageError(`${missing} missing, and no syncengine.json names pairs here; syncengine init writes one.`);
  }
  return {
    pairs: [{ name: undefined, source: placeOf(source), destination: placeOf(destination), settings: flags }],
    configuration: undefined,
    limits: { transfers: undefined, operations: undefined, bytesPerSecond: undefined },
    state: flags.state,
    environment,
  };
}
