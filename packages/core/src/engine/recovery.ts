import type { SyncEngineError } from '../errors.ts';
import { clearMoving } from '../operations/index.ts';
import type { SyncPlan } from '../plan/index.ts';
import type { PairState } from '../state/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { runName } from '../versions/index.ts';
import { readable } from './roots.ts';
import type { EngineSettings } from './settings.ts';
import type { SideFeed } from './side-feed.ts';
import type { SideFeeds } from './side-feeds.ts';

export interface Recovery {
  readonly settings: EngineSettings;
  readonly state: PairState;
  readonly feeds: SideFeeds;
  readonly signal: AbortSignal;
}

const sides = ['source', 'destination'] as const;

/**
 * Tidies up what a killed run left, before anything is looked at.
 *
 * @returns what is left to be told and tidied up by the next run
 */
export async function recover({ settings, state, feeds, signal }: Recovery): Promise<SyncEngineError[]> {
  const failures: SyncEngineError[] = [];
  const name = nameOf(settings);
  for (const side of sides) {
    const client = settings[side];
    const keep = state.unfinished.filter((write) => write.side === side).map(({ token }) => token);
    await readable(client, side, async () => {
      await client.recover?.({ keep, signal });
      if (!isClearedLater(client, feeds[side])) failures.push(...(await clearMoving(client, name, signal)));
    });
  }
  return failures;
}

/**
 * Some sides are cleared only when something is to be done: looking costs requests of its own there, and what a killed run
 * left is in nobody's way until then.
 *
 * @returns as `recover`
 */
export async function clearBefore(plan: SyncPlan, { settings, feeds, signal }: Recovery): Promise<SyncEngineError[]> {
  const failures: SyncEngineError[] = [];
  if (plan.operations.length === 0) return failures;
  for (const side of sides) {
    const client = settings[side];
    if (!isClearedLater(client, feeds[side])) continue;
    await readable(client, side, async () => {
      failures.push(...(await clearMoving(client, nameOf(settings), signal)));
    });
  }
  return failures;
}

/** Where one scan takes few requests, or none: from a feed, or from listings of the whole tree. */
function isClearedLater(client: StorageClient, feed: SideFeed | undefined): boolean {
  return feed !== undefined || client.capabilities.directories === 'implied';
}

/** Of the folder that keeps what was left. */
function nameOf({ clock }: EngineSettings): string {
  return runName(clock.now(), clock.random());
}
