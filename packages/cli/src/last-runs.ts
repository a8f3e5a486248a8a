import {
  type FileStateStore,
  type PairIdentity,
  type Problem,
  pairKey,
  renamed,
  type SyncCounts,
} from '@syncengine/core';
import type { OpenPair } from './open-pairs.ts';
import type { OutcomeStatus } from './outcome.ts';
import type { JsonReport } from './report-json.ts';

/** More than this nobody reads; the next run tells them all again. */
const mostKept = 100;

/** How the last run of a pair went, as it is kept beside the memory of the pair. */
export interface LastRun {
  readonly format: 'syncengine-last-run';
  readonly formatVersion: 1;
  /** ISO 8601, in UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly status: OutcomeStatus;
  readonly mode: string;
  readonly counts: SyncCounts;
  readonly bytes: { readonly transferred: number };
  /** The first hundred paths. */
  readonly conflicts: readonly string[];
  /** The first hundred. */
  readonly problems: readonly Problem[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** What a pair is known by: with renames it is another one. */
export function identityOf({ source, destination, settings }: OpenPair): PairIdentity {
  const renames = Object.entries(settings.renames);
  const renamedDestination = renames.length === 0 ? destination : renamed(destination, new Map(renames));
  return { source: source.id, destination: renamedDestination.id };
}

/** The last runs of pairs, kept in the folder of their memory. */
export class LastRuns {
  readonly #store: FileStateStore;

  constructor(store: FileStateStore) {
    this.#store = store;
  }

  /** @throws SyncEngineError `state-unavailable` */
  async write(pair: PairIdentity, report: JsonReport, startedAt: Date, endedAt: Date): Promise<void> {
    const { status, mode, counts, bytes, conflicts, problems, error } = report;
    const run: LastRun = {
      format: 'syncengine-last-run',
      formatVersion: 1,
      startedAt: startedAt.toISOString(),
      endedAt: endedAt.toISOString(),
      status,
      mode,
      counts,
      bytes,
      conflicts: conflicts.slice(0, mostKept).map(({ path }) => path),
      problems: problems.slice(0, mostKept),
      ...(error === undefined ? {} : { error }),
    };
    await this.#store.replace(nameOf(pair), contentOf(`${JSON.stringify(run)}\n`));
  }

  /**
   * `undefined` when there was none, or none that this version understands.
   *
   * @throws SyncEngineError `state-unavailable`
   */
  async read(pair: PairIdentity): Promise<LastRun | undefined> {
    const bytes = await this.#store.read(nameOf(pair));
    if (bytes === undefined) return undefined;
    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) chunks.push(chunk);
    return parsed(Buffer.concat(chunks).toString('utf8'));
  }

  /** @throws SyncEngineError `state-unavailable` */
  async forget(pair: PairIdentity): Promise<void> {
    await this.#store.remove(nameOf(pair));
  }
}

function nameOf(pair: PairIdentity): string {
  return `last-run-${pairKey(pair)}`;
}

async function* contentOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text, 'utf8');
}

/** It only tells what was: one that is damaged is as good as none. */
function parsed(text: string): LastRun | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  return isLastRun(value) ? value : undefined;
}

function isLastRun(value: unknown): value is LastRun {
  if (typeof value !== 'object' || value === null || !('format' in value) || !('formatVersion' in value)) return false;
  return value.format === 'syncengine-last-run' && value.formatVersion === 1;
}
