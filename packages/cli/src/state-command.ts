import {
  isSyncEngineError,
  type PairIdentity,
  renamed,
  type StorageClient,
  type SyncStateManager,
} from '@syncengine/core';
import { colorsFor } from './colors.ts';
import type { Environment } from './environment.ts';
import { errorText, stateHint } from './error-text.ts';
import type { PlaceFlags } from './flags.ts';
import { Interruption } from './interruption.ts';
import { LastRuns } from './last-runs.ts';
import { parseAllowedRails, parseSettings } from './options.ts';
import { type ExitCode, outcomeOfError, worstExitCode } from './outcome.ts';
import { openPlace } from './places.ts';
import { printableJson } from './printable.ts';
import type { SelectedPair, Selection } from './selected-pair.ts';
import { selectPairs } from './selection.ts';
import { openState, openStateStore } from './state-location.ts';

/** The flags of `state dump` and `state reset`. */
export interface StateFlags extends PlaceFlags {
  readonly allow?: readonly string[];
  readonly rename?: readonly string[];
}

interface PairMemory {
  readonly state: SyncStateManager;
  readonly pair: PairIdentity;
  readonly lastRuns: LastRuns;
  readonly signal: AbortSignal;
}

type StateWork = (memory: PairMemory) => Promise<void>;

/** `state dump`: one record per line. Never throws. */
export async function dumpState(
  places: readonly string[],
  flags: StateFlags,
  environment: Environment,
): Promise<ExitCode> {
  return await withState(places, flags, environment, async ({ state, pair, signal }) => {
    let isEmpty = true;
    for await (const record of state.dump(pair, { signal })) {
      isEmpty = false;
      environment.stdout.write(`${printableJson(record)}\n`);
    }
    if (isEmpty) environment.stderr.write(`${nothingRemembered}\n`);
  });
}

/** `state reset`: the next run is a first run. Never throws. */
export async function resetState(
  places: readonly string[],
  flags: StateFlags,
  environment: Environment,
): Promise<ExitCode> {
  return await withState(places, flags, environment, async ({ state, pair, lastRuns, signal }) => {
    const takeOverLock = parseAllowedRails(flags.allow ?? []).includes('rail-lock');
    const wasKnown = await isRemembered(state, pair, signal);
    await state.reset(pair, { takeOverLock, signal });
    await lastRuns.forget(pair);
    environment.stdout.write(
      `${wasKnown ? 'Forgotten.' : nothingRemembered} The next run of this pair is a first run.\n`,
    );
  });
}

const nothingRemembered = 'Nothing is remembered of this pair.';

/** What is damaged is there, too. */
async function isRemembered(state: SyncStateManager, pair: PairIdentity, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const _record of state.dump(pair, { signal })) return true;
    return false;
  } catch (error) {
    if (!isSyncEngineError(error)) throw error;
    return true;
  }
}

async function withState(
  places: readonly string[],
  flags: StateFlags,
  environment: Environment,
  work: StateWork,
): Promise<ExitCode> {
  const nothing = (): void => undefined;
  const interruption = new Interruption(environment, nothing, nothing);
  let folder = flags.state;
  const fail = (error: unknown): ExitCode => {
    const { stderr, env } = environment;
    stderr.write(`${errorText(error, colorsFor(stderr, env), false)}${stateHint(error, folder)}\n`);
    return outcomeOfError(error).exitCode;
  };
  try {
    const selection = await selectPairs(places, flags, environment);
    folder = selection.state;
    const state = openState(folder, environment);
    const lastRuns = new LastRuns(openStateStore(folder, environment));
    const codes: ExitCode[] = [];
    for (const each of selection.pairs) {
      try {
        const pair = await identityOf(each, selection);
        await work({ state, pair, lastRuns, signal: interruption.signal });
        codes.push(0);
      } catch (error) {
        codes.push(fail(error));
      }
    }
    return worstExitCode(codes);
  } catch (error) {
    return fail(error);
  } finally {
    interruption.dispose();
  }
}

async function identityOf(
  { source, destination, settings }: SelectedPair,
  selection: Selection,
): Promise<PairIdentity> {
  const { renames } = parseSettings(settings);
  const idOf = async (place: typeof source, side: 'source' | 'destination'): Promise<string> => {
    const client = await openPlace(place, side, selection.environment);
    const isRenamed = side === 'destination' && Object.keys(renames).length > 0;
    const whole: StorageClient = isRenamed ? renamed(client, new Map(Object.entries(renames))) : client;
    await client.close?.();
    return whole.id;
  };
  return { source: await idOf(source, 'source'), destination: await idOf(destination, 'destination') };
}
