import type { Clock } from '../control/index.ts';
import { isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { compareUtf8, orderKey } from '../paths/index.ts';
import type { Entry, ReadOptions, Resumption, StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { type AroundCall, decorate, samePath, signalOf } from './decorate.ts';

/** How patient a side is with a store that fails in passing. */
export interface RetryOptions {
  /** How often a call is tried in all before its error is passed on, at least 1. Default: 5. */
  readonly attempts?: number | undefined;
  /** Longest wait after the first failure, in milliseconds; it doubles with each further one. Default: 200. */
  readonly baseDelayMs?: number | undefined;
  /** No wait of our own choice is longer, in milliseconds; one that the store asks for may be. Default: 30,000. */
  readonly maximumDelayMs?: number | undefined;
}

export interface RetryingOptions extends RetryOptions {
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
  /** Called before each wait, for messages and for whoever slows down when a store is throttled. */
  readonly onRetry?: ((error: SyncEngineError, delayMs: number) => void) | undefined;
}

/**
 * The same client, which tries again what failed in passing: errors whose `retry` is not `no`. The wait is a random part of
 * a bound that doubles, so that many who failed together do not come back together; a wait that the store asks for is
 * kept exactly. An abort ends a wait at once.
 *
 * A listing of a directory is tried again as long as no page of it came; one of the whole tree at any time, and what came
 * before is left out then, because its order is known. A read goes on behind the bytes that came, where ranges can be
 * read and a version is expected, so that the parts are surely of one content; otherwise it is tried again only as long
 * as nothing came. Each bit of progress makes the attempts start anew.
 */
export function retrying(client: StorageClient, options: RetryingOptions = {}): StorageClient {
  const patience = new Patience(options);

  const call: AroundCall =
    (inner) =>
    (...parameters) =>
      patience.call(() => inner(...parameters), signalOf(parameters));

  return decorate(client, {
    list: (inner) => (directory, look) => patience.pages(() => inner(directory, look), look?.signal),
    // What it cannot tell is asked for by the calls around it.
    listPacked: (inner) => inner,
    listRecursive: (inner) => (look) => patience.tree(() => inner(look), look?.signal),
    read:
      (inner) =>
      (path, read = {}) =>
        patience.bytes((part) => inner(path, part), read, client),
    readAll: call,
    // An attempt whose answer was lost may have removed it: then that it is not found is what was wanted.
    remove: (inner) => (path, remove) => {
      let attempts = 0;
      const attempt = async (): Promise<void> => {
        attempts += 1;
        try {
          await inner(path, remove);
        } catch (error) {
          if (attempts === 1 || !isSyncEngineError(error, 'not-found')) throw error;
        }
      };
      return patience.call(attempt, remove?.signal);
    },
    // What is told afterwards comes once: a failure there ends it.
    changes: call,
    stat: call,
    // Another try goes on where the last one stopped, not where the first one was told to.
    write: (inner) => (path, content, write) => {
      const resume = write?.resume === undefined ? undefined : withLastToken(write.resume);
      return patience.call(() => inner(path, content, { ...write, resume }), write?.signal);
    },
    place: samePath,
    copyFrom: call,
    // What did not come is asked for alone.
    copyAllFrom: call,
    versions: (inner) => (path, look) => patience.pages(() => inner(path, look), look?.signal),
    readVersion: (inner) => (path, id, read) => patience.pages(() => inner(path, id, read), read?.signal),
    restoreVersion: call,
    abandon: call,
    makeDirectory: call,
    move: call,
    copy: call,
    hash: call,
    makeSymlink: call,
    setMetadata: call,
    flush: call,
    recover: call,
    usage: call,
  });
}

function withLastToken(resume: Resumption): Resumption {
  let last = resume.token;
  return {
    get token() {
      return last;
    },
    remember: async (token) => {
      await resume.remember(token);
      last = token;
    },
  };
}

function orderOf(entry: Entry): string {
  return orderKey(entry.path, entry.kind === 'directory');
}

/** Decides about trying again, and waits. */
class Patience {
  readonly #attempts: number;
  readonly #baseDelayMs: number;
  readonly #maximumDelayMs: number;
  readonly #clock: Clock;
  readonly #onRetry: RetryingOptions['onRetry'];

  constructor(options: RetryingOptions) {
    this.#attempts = options.attempts ?? 5;
    this.#baseDelayMs = options.baseDelayMs ?? 200;
    this.#maximumDelayMs = options.maximumDelayMs ?? 30_000;
    this.#clock = options.clock ?? systemClock;
    this.#onRetry = options.onRetry;
    if (!Number.isInteger(this.#attempts) || this.#attempts < 1) {
      throw new TypeError(`attempts must be a whole number of at least 1, not ${this.#attempts}.`);
    }
  }

  async call<Result>(attempt: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
    for (let failures = 1; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        await this.#waitOrThrow(error, failures, signal);
      }
    }
  }

  async *pages<Page>(open: () => AsyncIterable<Page>, signal: AbortSignal | undefined): AsyncGenerator<Page> {
    for (let failures = 1; ; failures += 1) {
      let hasBegun = false;
      try {
        for await (const page of open()) {
          hasBegun = true;
          yield page;
        }
        return;
      } catch (error) {
        if (hasBegun) throw error;
        await this.#waitOrThrow(error, failures, signal);
      }
    }
  }

  async *tree(
    open: () => AsyncIterable<readonly Entry[]>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<readonly Entry[]> {
    let last = '';
    for (let failures = 0; ; ) {
      const before = last;
      try {
        for await (const page of open()) {
          const fresh = before === '' ? page : page.filter((entry) => compareUtf8(orderOf(entry), before) > 0);
          const end = fresh.at(-1);
          if (end === undefined) continue;
          failures = 0;
          last = orderOf(end);
          yield fresh;
        }
        return;
      } catch (error) {
        failures += 1;
        await this.#waitOrThrow(error, failures, signal);
      }
    }
  }

  async *bytes(
    open: (options: ReadOptions) => AsyncIterable<Uint8Array>,
    options: ReadOptions,
    client: StorageClient,
  ): AsyncGenerator<Uint8Array> {
    const first = options.range?.start ?? 0;
    const end = options.range?.end ?? Number.MAX_SAFE_INTEGER;
    const canGoOn = client.capabilities.rangedReads && options.expected !== undefined;
    let came = 0;
    for (let failures = 0; ; ) {
      const rest = came === 0 ? options : { ...options, range: { start: first + came, end } };
      try {
        for await (const chunk of open(rest)) {
          failures = 0;
          came += chunk.byteLength;
          yield chunk;
        }
        return;
      } catch (error) {
        if (came > 0 && !canGoOn) throw error;
        failures += 1;
        await this.#waitOrThrow(error, failures, options.signal);
      }
    }
  }

  async #waitOrThrow(error: unknown, failures: number, signal: AbortSignal | undefined): Promise<void> {
    if (!isSyncEngineError(error) || error.retry === 'no' || failures >= this.#attempts) throw error;
    signal?.throwIfAborted();
    const delay = typeof error.retry === 'object' ? error.retry.afterMs : this.#delayAfter(failures);
    this.#onRetry?.(error, delay);
    await this.#clock.sleep(delay, signal);
  }

  #delayAfter(failures: number): number {
    const bound = Math.min(this.#maximumDelayMs, this.#baseDelayMs * 2 ** (failures - 1));
    return this.#clock.random() * bound;
  }
}
