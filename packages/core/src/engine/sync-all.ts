import { Gate } from '../control/index.ts';
import { limited, RateLimit } from '../decorators/index.ts';
import { asSyncEngineError } from '../errors.ts';
import { isWithin } from '../paths/index.ts';
import type { ProgressEvent, ProgressSnapshot } from '../progress/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { GateWithin } from './gate-within.ts';
import type { RunOptions, SyncEngineOptions } from './options.ts';
import type { PairOutcome, PlanOutcome } from './result.ts';
import { scannedOnce } from './scanned-once.ts';
import { settingsOf } from './settings.ts';
import { SyncEngine } from './sync-engine.ts';

/** Limits that several pairs share. */
export interface SharedLimits {
  /** Transfers of content at once, over all pairs. At least 1. Default: each pair as many as its places can take, all together as many as the most capable pair. */
  readonly transfers?: number | undefined;
  /** Other operations at once, over all pairs. At least 1. Default: as for transfers. */
  readonly operations?: number | undefined;
  /** Bytes a second, over all pairs. At least 1. Default: unlimited. */
  readonly bytesPerSecond?: number | undefined;
}

/** Options of a run of several pairs. */
export interface RunAllOptions extends Omit<RunOptions, 'onProgress'> {
  readonly limits?: SharedLimits | undefined;
  /** As `RunOptions.onProgress`; `pair` is the place of the pair among those that were given. */
  readonly onProgress?: ((event: ProgressEvent, snapshot: () => ProgressSnapshot, pair: number) => void) | undefined;
}

/**
 * Brings several pairs in sync under shared limits. One pair failing does not stop the others.
 *
 * Pairs that have nothing in common run at the same time. Pairs that have a place in common, or of which one lies inside the
 * other's, run one after the other in the order that they are given in. Where several of those have the very same client as
 * their source, it is scanned once: the others are told what the first one saw. What a run changes on that source, as two-way
 * runs do, is looked at again by the next one. So what a later destination brings reaches the earlier ones with the next
 * call.
 *
 * @returns the outcomes in the order of the pairs
 * @throws SyncEngineError when the options of a pair are wrong, before anything starts
 */
export async function syncAll(
  pairs: readonly SyncEngineOptions[],
  options: RunAllOptions = {},
): Promise<readonly PairOutcome[]> {
  return await runAll(pairs, options, async (engine, run): Promise<PairOutcome> => {
    try {
      return { status: 'fulfilled', result: await engine.sync(run) };
    } catch (error) {
      return { status: 'rejected', error: asSyncEngineError(error) };
    }
  });
}

/**
 * What `syncAll` would do now, each pair by itself. Changes nothing.
 *
 * @returns the outcomes in the order of the pairs
 * @throws SyncEngineError when the options of a pair are wrong; the signal's reason when aborted
 */
export async function planAll(
  pairs: readonly SyncEngineOptions[],
  options: RunAllOptions = {},
): Promise<readonly PlanOutcome[]> {
  return await runAll(pairs, options, async (engine, run): Promise<PlanOutcome> => {
    try {
      return { status: 'fulfilled', plan: await engine.plan(run) };
    } catch (error) {
      options.signal?.throwIfAborted();
      return { status: 'rejected', error: asSyncEngineError(error) };
    }
  });
}

async function runAll<Outcome>(
  pairs: readonly SyncEngineOptions[],
  { limits, onProgress, ...options }: RunAllOptions,
  run: (engine: SyncEngine, options: RunOptions) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const chains = chainsOf(pairs);
  const sources = sharedSources(pairs, chains);
  const share = sharing(pairs, limits);
  const engines = pairs.map(
    (pair, index) => new SyncEngine(share({ ...pair, source: sources.get(pair.source) ?? pair.source }, index)),
  );
  const outcomes: Outcome[] = new Array(pairs.length);
  await Promise.all(
    chains.map(async (chain) => {
      for (const index of chain) {
        const engine = engines[index];
        if (engine === undefined) continue;
        const heard =
          onProgress === undefined
            ? {}
            : {
                onProgress: (event: ProgressEvent, snapshot: () => ProgressSnapshot) =>
                  onProgress(event, snapshot, index),
              };
        outcomes[index] = await run(engine, { ...options, ...heard });
      }
    }),
  );
  return outcomes;
}

/** Pairs by their places in the list: those of a chain have places in common. */
function chainsOf(pairs: readonly SyncEngineOptions[]): ReadonlyArray<readonly number[]> {
  let chains: number[][] = [];
  for (const [index, pair] of pairs.entries()) {
    const meets = (other: number): boolean => {
      const met = pairs[other];
      return met !== undefined && haveCommonPlaces(pair, met);
    };
    const joined = chains.filter((chain) => chain.some(meets));
    chains = [...chains.filter((chain) => !joined.includes(chain)), [...joined.flat(), index].sort((a, b) => a - b)];
  }
  return chains;
}

function haveCommonPlaces(left: SyncEngineOptions, right: SyncEngineOptions): boolean {
  const places = ({ source, destination }: SyncEngineOptions): readonly string[] => [source.id, destination.id];
  return places(left).some((one) => places(right).some((other) => overlap(one, other)));
}

/** For each client that is the source of several pairs of a chain: the one that is scanned once. */
function sharedSources(
  pairs: readonly SyncEngineOptions[],
  chains: ReadonlyArray<readonly number[]>,
): ReadonlyMap<StorageClient, StorageClient> {
  const shared = new Map<StorageClient, StorageClient>();
  for (const chain of chains) {
    const sources = chain.flatMap((index) => pairs[index]?.source ?? []);
    const places = new Set(sources);
    for (const source of places) {
      const isShared = sources.indexOf(source) !== sources.lastIndexOf(source);
      // Whoever else changes the place, as the destination of another pair, would do so behind the memory's back.
      const isChangedElsewhere = chain.some((index) => {
        const pair = pairs[index];
        const others = [pair?.destination, pair?.source].filter((client) => client !== undefined && client !== source);
        return others.some((client) => client !== undefined && overlap(client.id, source.id));
      });
      if (isShared && !isChangedElsewhere)
        shared.set(source, scannedOnce(source, pairs[chain[0] ?? 0]?.clock ?? systemClock));
    }
  }
  return shared;
}

function overlap(left: string, right: string): boolean {
  const [one, other] = [left.replace(/\/$/, ''), right.replace(/\/$/, '')];
  return isWithin(one, other) || isWithin(other, one);
}

function sharing(
  pairs: readonly SyncEngineOptions[],
  limits: SharedLimits = {},
): (pair: SyncEngineOptions, index: number) => SyncEngineOptions {
  const settings = pairs.map(settingsOf);
  const gateFor = (kind: 'transfers' | 'operations'): Gate =>
    new Gate(limits[kind] ?? Math.max(1, ...settings.map((each) => each[kind].limit)));
  const gates = { transfers: gateFor('transfers'), operations: gateFor('operations') };
  const { bytesPerSecond } = limits;
  const rate = bytesPerSecond === undefined ? undefined : new RateLimit(bytesPerSecond, pairs[0]?.clock ?? systemClock);
  const gate = (kind: 'transfers' | 'operations', pair: SyncEngineOptions, index: number): Gate => {
    const wanted = pair.limits?.[kind];
    if (wanted instanceof Gate) return wanted;
    // What the places of a pair can take by themselves holds, whatever the others can.
    const limit = wanted ?? (limits[kind] === undefined ? settings[index]?.[kind].limit : undefined);
    return limit === undefined || limit >= gates[kind].limit ? gates[kind] : new GateWithin(limit, gates[kind]);
  };
  return (pair, index) => ({
    ...pair,
    // Every byte passes both sides; holding back one of them is enough.
    source: rate === undefined ? pair.source : limited(pair.source, { bytesPerSecond: rate }),
    limits: {
      ...pair.limits,
      transfers: gate('transfers', pair, index),
      operations: gate('operations', pair, index),
    },
  });
}
