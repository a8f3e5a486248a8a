import type { Configuration } from './configuration/index.ts';
import type { Environment } from './environment.ts';
import type { PairFlags } from './flags.ts';
import type { PairSettings } from './options.ts';
import { canBeName } from './pair-name.ts';
import { type Place, placeOf } from './places.ts';
import { usageError } from './usage.ts';

/** A pair of places that a command is to deal with. */
export interface SelectedPair {
  /** `documents`, or `photos/usb` where a pair has several destinations; `undefined` for places that were typed. */
  readonly name: string | undefined;
  readonly source: Place;
  readonly destination: Place;
  readonly settings: PairSettings;
}

/** What the arguments of a command mean. */
export interface Selection {
  readonly pairs: readonly SelectedPair[];
  /** `undefined` for two places that were typed. */
  readonly configuration: Configuration | undefined;
  /** Shared by all pairs; what is `undefined` was not said. */
  readonly limits: {
    readonly transfers: number | undefined;
    readonly operations: number | undefined;
    /** Bytes. */
    readonly bytesPerSecond: number | undefined;
  };
  /** The folder of the memory; `undefined` for the platform's own place. */
  readonly state: string | undefined;
  /** With what the configuration says of adapters. */
  readonly environment: Environment;
}

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
