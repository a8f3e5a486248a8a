import { AdaptiveLimit, type Clock, type Place } from '../control/index.ts';
import { isSyncEngineError } from '../errors.ts';
import type { StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { type AroundCall, decorate, samePath, signalOf } from './decorate.ts';

export interface ConsiderateOptions {
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/**
 * The same client, which does less at once after the store answered `throttled`, and gradually more again: half of what was
 * running, then one more for each round that goes well. Where the store says how long to wait, nothing new begins before.
 *
 * It belongs inside `retrying`, which tries again what was refused. Reads are limited apart from all else: whoever reads
 * for a write that has its place already must not wait for another such write.
 */
export function considerate(client: StorageClient, { clock = systemClock }: ConsiderateOptions = {}): StorageClient {
  const pause = new Pause(clock);
  const reads = new ConsiderateLane(pause);
  const others = new ConsiderateLane(pause);
  const call: AroundCall =
    (inner) =>
    (...parameters) =>
      others.call(() => inner(...parameters), signalOf(parameters));
  return decorate(client, {
    place: samePath,
    read: (inner) => (path, read) => reads.stream(() => inner(path, read), read?.signal),
    readAll: (inner) => (path, read) => reads.call(() => inner(path, read), read?.signal),
    list: (inner) => (directory, look) => others.pages(() => inner(directory, look), look?.signal),
    // What it cannot tell is asked for by the calls around it.
    listPacked: (inner) => inner,
    listRecursive: (inner) => (look) => others.pages(() => inner(look), look?.signal),
    hash: (inner) => (path, algorithm, read) => reads.call(() => inner(path, algorithm, read), read?.signal),
    changes: call,
    stat: call,
    write: call,
    remove: call,
    makeDirectory: call,
    move: call,
    copy: call,
    copyFrom: call,
    copyAllFrom: call,
    versions: (inner) => (path, look) => others.pages(() => inner(path, look), look?.signal),
    readVersion: (inner) => (path, id, read) => reads.stream(() => inner(path, id, read), read?.signal),
    restoreVersion: call,
    makeSymlink: call,
    setMetadata: call,
    flush: call,
    recover: call,
    abandon: call,
    usage: call,
  });
}

/** Until when nothing new begins. */
class Pause {
  readonly #clock: Clock;
  /** Milliseconds since the epoch. */
  #endsAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False where one may be on: only the clock tells. */
  get isOver(): boolean {
    return this.#endsAt === 0;
  }

  begin(milliseconds: number): void {
    this.#endsAt = Math.max(this.#endsAt, this.#clock.now() + milliseconds);
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    // Most calls never meet one: they do not even look at the clock.
    while (this.#endsAt > 0) {
      const left = this.#endsAt - this.#clock.now();
      if (left > 0) await this.#clock.sleep(left, signal);
      else this.#endsAt = 0;
    }
  }
}

/** Calls that are limited together. */
class ConsiderateLane {
  readonly #limit = new AdaptiveLimit();
  readonly #pause: Pause;

  constructor(pause: Pause) {
    this.#pause = pause;
  }

  async call<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    const place = this.#enterIfFree(signal) ?? (await this.#enter(signal));
    try {
      const result = await work();
      place.succeeded();
      return result;
    } catch (error) {
      this.#heed(place, error);
      throw error;
    } finally {
      place.leave();
    }
  }

  /** Holds its place from the first chunk to the end. */
  async *stream<Chunk>(open: () => AsyncIterable<Chunk>, signal: AbortSignal | undefined): AsyncGenerator<Chunk> {
    const place = await this.#enter(signal);
    try {
      yield* open();
      place.succeeded();
    } catch (error) {
      this.#heed(place, error);
      throw error;
    } finally {
      place.leave();
    }
  }

  /** Holds a place only while a page is fetched: whoever takes the pages may list other directories in between. */
  async *pages<Page>(open: () => AsyncIterable<Page>, signal: AbortSignal | undefined): AsyncGenerator<Page> {
    const iterator = open()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await this.call(() => iterator.next(), signal);
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  /** Most calls never wait, and need not be told so a turn later. */
  #enterIfFree(signal: AbortSignal | undefined): Place | undefined {
    signal?.throwIfAborted();
    return this.#pause.isOver ? this.#limit.enterIfFree() : undefined;
  }

  async #enter(signal: AbortSignal | undefined): Promise<Place> {
    await this.#pause.wait(signal);
    return await this.#limit.enter(signal);
  }

  #heed(place: Place, error: unknown): void {
    if (!isSyncEngineError(error, 'throttled')) return;
    place.throttled();
    if (typeof error.retry === 'object') this.#pause.begin(error.retry.afterMs);
  }
}
