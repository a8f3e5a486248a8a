import type { BaseRecord } from '../compare/index.ts';
import type { Clock } from '../control/index.ts';
import { isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { systemClock } from '../system-clock.ts';
import { defaultStateFolder, FileStateStore } from './file-state-store.ts';
import { makeHeader } from './header.ts';
import { readFirstJournalHeader } from './journal.ts';
import { finishReset, loadForReading, loadForWriting } from './load.ts';
import { currentOwner } from './lock.ts';
import { paged } from './overlay.ts';
import { filesUnder, type PairFiles, type PairIdentity, pairFiles, pairKey } from './pair-files.ts';
import type { PairState } from './pair-state.ts';
import { encodeSnapshot, readSnapshotHeader } from './snapshot.ts';
import { stateCorrupt } from './state-errors.ts';
import type { StateFolder, StateLock, StateStore } from './store.ts';
import { StoredPairState } from './stored-pair-state.ts';

export interface SyncStateManagerOptions {
  /** Default: files in `defaultStateFolder()`. */
  readonly store?: StateStore | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /**
   * Bytes. A run that ends rewrites the snapshot when the journal is larger than this and larger than half of the
   * snapshot. At least 0. Default: 1 MiB.
   */
  readonly compactAfter?: number | undefined;
}

export interface OpenStateOptions {
  /** `write` takes the pair's lock and keeps it until the state is disposed of; `read` takes none. */
  readonly access: 'read' | 'write';
  /** Take the lock even from a holder that cannot be shown to be gone; its run then fails. Default: `false`. */
  readonly takeOverLock?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A pair of which there is state. */
export interface PairSummary {
  readonly key: string;
  /** The two clients' ids; `undefined` when the state is too damaged to tell. */
  readonly pair: PairIdentity | undefined;
  /** When the base last changed, in milliseconds since the epoch. */
  readonly changedAt: number | undefined;
  /** Why the state cannot be used, when it cannot. Only headers and the journal are looked at. */
  readonly problem: SyncEngineError | undefined;
}

const defaultCompactAfter = 1024 * 1024;

/** Remembers, for each pair, what its two sides agreed on when they were last in sync. */
export class SyncStateManager {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #compactAfter: number;

  constructor(options: SyncStateManagerOptions = {}) {
    const { compactAfter = defaultCompactAfter } = options;
    if (!(compactAfter >= 0)) throw new TypeError(`compactAfter is to be at least 0, not ${compactAfter}.`);
    this.#store = options.store ?? new FileStateStore(defaultStateFolder());
    this.#clock = options.clock ?? systemClock;
    this.#compactAfter = compactAfter;
  }

  /** The folder that holds the state, where a scan could come across it. */
  async folder(): Promise<StateFolder | undefined> {
    return await this.#store.folder?.();
  }

  /**
   * Opens the state of a pair, whether there is any or not. Dispose of what it returns.
   *
   * @throws SyncEngineError `rail-lock` when another run holds the lock, with `pid`, `host`, `user`, `startedAt` and
   *   `ageMs` in its details; `state-corrupt`, `state-unsupported`, `state-unavailable`
   */
  async open(pair: PairIdentity, options: OpenStateOptions): Promise<PairState> {
    return this.#open(pair, options);
  }

  /**
   * All records of a pair, in canonical order; none when there is no state.
   *
   * @throws SyncEngineError `state-corrupt`, `state-unsupported`, `state-unavailable`
   */
  async *dump(
    pair: PairIdentity,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): AsyncGenerator<BaseRecord, void, undefined> {
    const state = await this.#open(pair, { access: 'read', signal: options.signal });
    try {
      for await (const page of state.records({ folding: state.storedFolding, signal: options.signal })) yield* page;
    } finally {
      await state[Symbol.asyncDispose]();
    }
  }

  /**
   * Forgets everything of a pair, damaged or not; no synchronised file is touched. The next run is a first run.
   *
   * @throws SyncEngineError `rail-lock`, `state-unavailable`
   */
  async reset(
    pair: PairIdentity,
    options: { readonly takeOverLock?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    const files = pairFiles(this.#store, pair);
    const lock = await this.#lock(files, options);
    try {
      options.signal?.throwIfAborted();
      const header = makeHeader(pair, {
        format: 'syncengine-base',
        folding: 'exact',
        generation: 0,
        writtenAt: this.#clock.now(),
        reset: true,
      });
      // From here on the pair counts as never synchronised, even if the rest comes to nothing.
      await this.#store.replace(files.snapshot, encodeSnapshot(header, paged([])));
      await finishReset(files);
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  }

  /**
   * The pairs of which there is state, in order of their keys. A pair whose state is damaged is listed with its problem.
   *
   * @throws SyncEngineError `state-unavailable`
   */
  async list(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<readonly PairSummary[]> {
    const names = await this.#store.list('');
    const keys = new Set(names.filter((name) => name.includes('/')).map((name) => name.slice(0, name.indexOf('/'))));
    const summaries: PairSummary[] = [];
    for (const key of [...keys].sort()) {
      const summary = await this.#summarise(key, options.signal);
      if (summary !== undefined) summaries.push(summary);
    }
    return summaries;
  }

  async #open(pair: PairIdentity, options: OpenStateOptions): Promise<StoredPairState> {
    const files = pairFiles(this.#store, pair);
    const shared = { files, clock: this.#clock, compactAfter: this.#compactAfter };
    if (options.access === 'read') return new StoredPairState(shared, await loadForReading(files, options.signal));
    const lock = await this.#lock(files, options);
    try {
      return new StoredPairState({ ...shared, lock }, await loadForWriting(files, options.signal));
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
  }

  #lock(
    files: PairFiles,
    options: { readonly takeOverLock?: boolean | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<StateLock> {
    const { takeOverLock: takeOver, signal } = options;
    return this.#store.lock(files.lock, currentOwner(this.#clock.now()), { takeOver, signal });
  }

  async #summarise(key: string, signal: AbortSignal | undefined): Promise<PairSummary | undefined> {
    let pair: PairIdentity | undefined;
    try {
      const unnamed = filesUnder(this.#store, { source: '', destination: '' }, key);
      const header =
        (await readSnapshotHeader(unnamed, signal, false)) ?? (await readFirstJournalHeader(unnamed, signal));
      if (header === undefined || header.reset) return undefined;
      pair = { source: header.source, destination: header.destination };
      const files = filesUnder(this.#store, pair, key);
      if (pairKey(pair) !== key) throw stateCorrupt(files, files.snapshot, 'it was moved here from another pair');
      const { snapshot, journal } = await loadForReading(files, signal);
      const changedAt = journal?.committedAt ?? snapshot?.writtenAt;
      return changedAt === undefined ? undefined : { key, pair, changedAt, problem: undefined };
    } catch (error) {
      if (!isSyncEngineError(error)) throw error;
      return { key, pair, changedAt: undefined, problem: error };
    }
  }
}
