import type { PairIdentity, SyncStateManager } from '@syncengine/core';
import { colorsFor } from './colors.ts';
import type { Environment } from './environment.ts';
import { errorText, stateHint } from './error-text.ts';
import { Interruption } from './interruption.ts';
import { openLocation } from './locations.ts';
import { parseAllowedRails } from './options.ts';
import { type ExitCode, outcomeOfError } from './outcome.ts';
import { printableJson } from './printable.ts';
import type { StateFlags } from './program.ts';
import { openState } from './state-location.ts';
import type { Locations } from './sync-command.ts';

type StateWork = (state: SyncStateManager, pair: PairIdentity, signal: AbortSignal) => Promise<void>;

/** `state dump`: one record per line. Never throws. */
export async function dumpState(locations: Locations, flags: StateFlags, environment: Environment): Promise<ExitCode> {
  return await withState(locations, flags, environment, async (state, pair, signal) => {
    let isEmpty = true;
    for await (const record of state.dump(pair, { signal })) {
      isEmpty = false;
      environment.stdout.write(`${printableJson(record)}\n`);
    }
    if (isEmpty) environment.stderr.write('Nothing is remembered of this pair.\n');
  });
}

/** `state reset`: the next run is a first run. Never throws. */
export async function resetState(locations: Locations, flags: StateFlags, environment: Environment): Promise<ExitCode> {
  return await withState(locations, flags, environment, async (state, pair, signal) => {
    const takeOverLock = parseAllowedRails(flags.allow ?? []).includes('rail-lock');
    await state.reset(pair, { takeOverLock, signal });
    environment.stdout.write('Forgotten. The next run of this pair is a first run.\n');
  });
}

async function withState(
  locations: Locations,
  flags: StateFlags,
  environment: Environment,
  work: StateWork,
): Promise<ExitCode> {
  const nothing = (): void => undefined;
  const interruption = new Interruption(environment, nothing, nothing);
  try {
    const pair = {
      source: await idOf(locations, 'source', environment),
      destination: await idOf(locations, 'destination', environment),
    };
    await work(openState(flags.state, environment), pair, interruption.signal);
    return 0;
  } catch (error) {
    const { stderr, env } = environment;
    stderr.write(`${errorText(error, colorsFor(stderr, env), false)}${stateHint(error, flags.state)}\n`);
    return outcomeOfError(error).exitCode;
  } finally {
    interruption.dispose();
  }
}

async function idOf(locations: Locations, side: keyof Locations, environment: Environment): Promise<string> {
  const client = await openLocation(locations[side], side, environment);
  await client.close?.();
  return client.id;
}
