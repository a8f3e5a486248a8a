import { Gate } from '../control/index.ts';
import { asSyncEngineError } from '../errors.ts';
import type { RunOptions, SyncEngineOptions } from './options.ts';
import type { PairOutcome } from './result.ts';
import { SyncEngine } from './sync-engine.ts';

/** Limits that several pairs share. */
export interface SharedLimits {
  /** Transfers of content at once, over all pairs. At least 1. Default: 8. */
  readonly transfers?: number;
  /** Other operations at once, over all pairs. At least 1. Default: 16. */
  readonly operations?: number;
}

/**
 * Brings several pairs in sync at the same time, under shared limits. One pair failing does not stop the others.
 *
 * @returns the outcomes in the order of the pairs
 * @throws SyncEngineError when the options of a pair are wrong, before anything starts
 */
export async function syncAll(
  pairs: readonly SyncEngineOptions[],
  options: RunOptions & { readonly limits?: SharedLimits } = {},
): Promise<readonly PairOutcome[]> {
  const limits = {
    transfers: new Gate(options.limits?.transfers ?? 8),
    operations: new Gate(options.limits?.operations ?? 16),
  };
  const engines = pairs.map((pair) => new SyncEngine({ ...pair, limits: { ...pair.limits, ...limits } }));
  return await Promise.all(
    engines.map(async (engine): Promise<PairOutcome> => {
      try {
        return { status: 'fulfilled', result: await engine.sync(options) };
      } catch (error) {
        return { status: 'rejected', error: asSyncEngineError(error) };
      }
    }),
  );
}
