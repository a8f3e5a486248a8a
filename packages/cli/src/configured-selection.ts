import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isSyncEngineError } from '@syncengine/core';
import {
  type Configuration,
  type ConfiguredPlace,
  configurationName,
  loadConfiguration,
  mergeSettings,
  namesOf,
  withReferences,
} from './configuration/index.ts';
import type { Environment } from './environment.ts';
import type { PairFlags } from './flags.ts';
import { isAddress } from './locations.ts';
import { type PairSettings, parseFlagValues } from './options.ts';
import type { Place } from './places.ts';
import type { SelectedPair, Selection } from './selected-pair.ts';
import { usageError } from './usage.ts';

/**
 * The pairs of the configuration that the arguments name, or all of them; `undefined` when the arguments are places.
 *
 * @throws SyncEngineError `invalid-options`
 */
export async function selectConfigured(
  places: readonly string[],
  flags: PairFlags,
  environment: Environment,
): Promise<Selection | undefined> {
  const { config } = flags;
  const configuration = await loadConfiguration(config ?? configurationName, environment.cwd);
  if (configuration !== undefined) {
    const areNames = places.length === 0 || requireNames(places, configuration, flags);
    return areNames ? selectFrom(configuration, places, flags, environment) : undefined;
  }
  if (config !== undefined) throw usageError(`There is no file ${JSON.stringify(config)}.`);
  return undefined;
}

/** True when all are names of pairs; false when none is. Some of each is a slip that may cost dearly. */
function requireNames(places: readonly string[], configuration: Configuration, { config }: PairFlags): boolean {
  const known = new Set(configuration.pairs.flatMap(namesOf));
  const unknown = places.filter((place) => !known.has(place));
  if (unknown.length === 0) return true;
  // Two words may be two folders; one or three can only be meant as names.
  if (unknown.length === places.length && places.length === 2 && config === undefined) return false;
  const quoted = unknown.map((place) => JSON.stringify(place)).join(', ');
  throw usageError(
    `${quoted} ${unknown.length === 1 ? 'is no pair' : 'are no pairs'} of ${configuration.file}; there are ${[...known].join(', ')}. A folder that has the name of a pair is given as ./name.`,
  );
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
