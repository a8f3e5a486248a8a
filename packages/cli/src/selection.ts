import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isSyncEngineError } from '@syncengine/core';
import {
  type Configuration,
  type ConfiguredPair,
  type ConfiguredPlace,
  canBeName,
  configurationName,
  loadConfiguration,
  mergeSettings,
  withReferences,
} from './configuration/index.ts';
import type { Environment } from './environment.ts';
import type { PairFlags } from './flags.ts';
import { isAddress } from './locations.ts';
import { type PairSettings, parseFlagValues } from './options.ts';
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
 * folder that has the name of a pair is given as `./name`.
 *
 * @throws SyncEngineError `invalid-options`
 */
export async function selectPairs(
  places: readonly string[],
  flags: PairFlags,
  environment: Environment,
): Promise<Selection> {
  const configuration = await configurationFor(places, flags, environment);
  if (configuration !== undefined && (places.length === 0 || requireNames(places, configuration, flags))) {
    return selectFrom(configuration, places, flags, environment);
  }
  const [source, destination, third] = places;
  if (source === undefined || destination === undefined || third !== undefined) {
    throw usageError(misunderstood(places, configuration));
  }
  return {
    pairs: [{ name: undefined, source: placeOf(source), destination: placeOf(destination), settings: flags }],
    configuration: undefined,
    limits: { transfers: undefined, operations: undefined, bytesPerSecond: undefined },
    state: flags.state,
    environment,
  };
}

async function configurationFor(
  places: readonly string[],
  { config }: PairFlags,
  { cwd }: Environment,
): Promise<Configuration | undefined> {
  if (config === undefined && places.length > 0 && !places.some(canBeName)) return undefined;
  const configuration = await loadConfiguration(config ?? configurationName, cwd);
  if (config !== undefined && configuration === undefined)
    throw usageError(`There is no file ${JSON.stringify(config)}.`);
  return configuration;
}

/** True when all are names of pairs; false when none is. Some of each is a slip that may cost dearly. */
function requireNames(places: readonly string[], configuration: Configuration, { config }: PairFlags): boolean {
  const known = new Set(configuration.pairs.flatMap(namesOf));
  const unknown = places.filter((place) => !known.has(place));
  if (unknown.length === 0) return true;
  if (unknown.length === places.length && config === undefined) return false;
  const quoted = unknown.map((place) => JSON.stringify(place)).join(', ');
  throw usageError(
    `${quoted} ${unknown.length === 1 ? 'is no pair' : 'are no pairs'} of ${configuration.file}; there are ${[...known].join(', ')}. A folder that has the name of a pair is given as ./name.`,
  );
}

function misunderstood(places: readonly string[], configuration: Configuration | undefined): string {
  if (places.length > 2) return 'Give a source and a destination, or names of pairs, but no more places than that.';
  if (configuration !== undefined) {
    const names = configuration.pairs.flatMap(namesOf).join(', ');
    return `${JSON.stringify(places[0])} is no pair of ${configurationName}; there are ${names}. Give one of them, or a source and a destination.`;
  }
  const missing = places.length === 0 ? 'A source and a destination are missing' : 'The destination is missing';
  return `${missing}, and there is no ${configurationName} here that names pairs; syncengine init writes one.`;
}

function namesOf({ name, destinations }: ConfiguredPair): readonly string[] {
  return [name, ...[...destinations.keys()].flatMap((key) => (key === undefined ? [] : [`${name}/${key}`]))];
}

function selectFrom(
  configuration: Configuration,
  names: readonly string[],
  flags: PairFlags,
  environment: Environment,
): Selection {
  const wanted = new Set(names);
  const pairs = configuration.pairs.flatMap((pair) =>
    [...pair.destinations].flatMap(([key, destination]): readonly SelectedPair[] => {
      const name = key === undefined ? pair.name : `${pair.name}/${key}`;
      if (wanted.size > 0 && !wanted.has(pair.name) && !wanted.has(name)) return [];
      return [
        {
          name,
          source: placeFrom(pair.source, configuration, environment),
          destination: placeFrom(destination, configuration, environment),
          settings: mergeSettings(pair.settings, pairSettings(flags)),
        },
      ];
    }),
  );
  const { limits, folder } = configuration;
  const bandwidth = flags.bandwidth ?? limits.bandwidth;
  return {
    pairs,
    configuration,
    limits: {
      transfers: flags.transfers === undefined ? limits.transfers : parseFlagValues.transfers(flags.transfers),
      operations: flags.operations === undefined ? limits.operations : parseFlagValues.operations(flags.operations),
      bytesPerSecond: bandwidth === undefined ? undefined : parseFlagValues.bandwidth(bandwidth),
    },
    state:
      flags.state ??
      (configuration.state === undefined ? undefined : pathFrom(configuration.state, folder, environment)),
    environment: { ...environment, adapters: { names: configuration.adapters, folder } },
  };
}

function placeFrom(place: ConfiguredPlace, configuration: Configuration, environment: Environment): Place {
  const replaced = (text: string): string => {
    try {
      return withReferences(text, environment.env);
    } catch (error) {
      if (!isSyncEngineError(error)) throw error;
      return configuration.complain(place.node, error.message);
    }
  };
  const all = (texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, replaced(text)]));
  const location = replaced(place.location);
  return {
    location: isAddress(location) ? location : pathFrom(location, configuration.folder, environment),
    settings: all(place.settings),
    environment: all(place.environment),
  };
}

/** Relative to the folder of the configuration; no shell has replaced `~`. */
function pathFrom(path: string, folder: string, { env }: Environment): string {
  if (path === '~' || path.startsWith('~/')) return join(env['HOME'] ?? homedir(), path.slice(1));
  return resolve(folder, path);
}

/** Only what says something of pairs. */
function pairSettings(flags: PairFlags): PairSettings {
  // Commander says that the trash is kept when nobody said otherwise.
  const { trash, transfers, operations, bandwidth, ...others } = flags;
  return trash === false ? { ...others, trash } : others;
}
