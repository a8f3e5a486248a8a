import { type ErrorCode, isAbortError, isSyncEngineError, type Side } from '../errors.ts';
import type { OperationsReport } from '../operations/index.ts';
import type { Notice } from '../plan/index.ts';
import type { PairState } from '../state/index.ts';
import type { EngineSettings } from './settings.ts';
import { SideFeed } from './side-feed.ts';

/** What ends a run because of what was seen: before that is believed, all is looked at again. */
const suspicious: ReadonlySet<ErrorCode> = new Set([
  'order-broken',
  'root-unreadable',
  'rail-root-emptied',
  'rail-deletions',
]);

/** The feeds of changes of a pair in one run; a side without one has none here. */
export class SideFeeds {
  readonly source: SideFeed | undefined;
  readonly destination: SideFeed | undefined;

  constructor({ source, destination }: EngineSettings, memory: PairState, afresh: boolean) {
    this.source = SideFeed.of({ side: 'source', client: source, memory, afresh });
    this.destination = SideFeed.of({ side: 'destination', client: destination, memory, afresh });
  }

  /**
   * Remembers both trees as they are at the end of a run.
   *
   * @returns what is to be told: a memory that was damaged, and one that could not be brought up to date
   */
  async remember(report: OperationsReport, signal: AbortSignal): Promise<Notice[]> {
    const notices: Notice[] = [];
    for (const [side, feed] of this.#all()) {
      const { damage } = feed;
      if (damage !== undefined) notices.push({ path: '', message: damagedMessage(side, damage) });
      try {
        await feed.remember(report, signal);
      } catch (error) {
        if (isAbortError(error) || !isSyncEngineError(error)) throw error;
        notices.push({ path: '', message: `How the ${side} is now was not remembered: ${error.message}` });
      }
    }
    return notices;
  }

  /** Where what was seen ended the run, the next one lists everything anew. */
  async doubtAfter(error: unknown): Promise<void> {
    if (!isSyncEngineError(error) || !suspicious.has(error.code) || error.retry !== 'no') return;
    for (const [, feed] of this.#all()) await feed.doubt();
  }

  *#all(): Generator<readonly [Side, SideFeed]> {
    if (this.source !== undefined) yield ['source', this.source];
    if (this.destination !== undefined) yield ['destination', this.destination];
  }
}

function damagedMessage(side: Side, damage: string): string {
  return `What was remembered of the ${side} is damaged (${damage}); it was listed anew.`;
}
