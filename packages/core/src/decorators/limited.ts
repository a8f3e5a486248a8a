import { type Clock, Gate } from '../control/index.ts';
import type { Content, StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import { type AroundCall, decorate, samePath, signalOf } from './decorate.ts';
import { RateLimit } from './rate-limit.ts';

export interface LimitOptions {
  /**
   * How many contents move at once in each direction: so many are read, and so many are written. A gate may be shared by
   * several clients; it then counts what they write, while reads are counted for each client alone, because a transfer
   * that waits to read while it holds its place among the writers must never wait for another such transfer.
   * Default: unlimited.
   */
  readonly transfers?: number | Gate | undefined;
  /** How many other calls run at once. A gate may be shared. Default: unlimited. */
  readonly operations?: number | Gate | undefined;
  /** Bytes read and written in a second, together. A shared limit counts a transfer between its clients twice. Default: unlimited. */
  readonly bytesPerSecond?: number | RateLimit | undefined;
  /** Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** The same client, which does only so much at once, and moves bytes only so fast. */
export function limited(client: StorageClient, options: LimitOptions): StorageClient {
  const { bytesPerSecond, transfers, clock = systemClock } = options;
  const writers = gateOf(transfers);
  const readers = gateOf(transfers instanceof Gate ? transfers.limit : transfers);
  const operations = gateOf(options.operations);
  const rate = typeof bytesPerSecond === 'number' ? new RateLimit(bytesPerSecond, clock) : bytesPerSecond;

  return decorate(client, {
    read: (inner) => (path, read) =>
      throughGate(readers, () => atRate(rate, inner(path, read), read?.signal), read?.signal),
    write: (inner) => {
      const write = around(writers)(inner);
      return (path, content, how) => write(path, rate === undefined ? content : slowed(content, rate), how);
    },
    // A shortcut past a rate would be none, and what comes at once comes at no rate.
    ...(rate === undefined && { place: samePath, readAll: around(readers) }),
    hash: around(readers),
    copy: around(writers),
    copyFrom: around(writers),
    versions: (inner) => (path, look) => pagewise(operations, inner(path, look), look?.signal),
    readVersion: (inner) => (path, id, read) =>
      throughGate(readers, () => atRate(rate, inner(path, id, read), read?.signal), read?.signal),
    restoreVersion: around(writers),
    // A listing holds its place only while a page is fetched: its consumer may list other directories in between.
    list: (inner) => (directory, look) => pagewise(operations, inner(directory, look), look?.signal),
    // What it cannot tell is asked for by the calls around it.
    listPacked: (inner) => inner,
    listRecursive: (inner) => (look) => pagewise(operations, inner(look), look?.signal),
    changes: around(operations),
    stat: around(operations),
    remove: around(operations),
    makeDirectory: around(operations),
    move: around(operations),
    makeSymlink: around(operations),
    setMetadata: around(operations),
    flush: around(operations),
    recover: around(operations),
    abandon: around(operations),
    usage: around(operations),
  });
}

function gateOf(limit: number | Gate | undefined): Gate | undefined {
  return typeof limit === 'number' ? new Gate(limit) : limit;
}

function around(gate: Gate | undefined): AroundCall {
  return (inner) =>
    (...parameters) =>
      gate === undefined ? inner(...parameters) : gate.run(() => inner(...parameters), signalOf(parameters));
}

/** A stream that holds one place in the gate from its first chunk to its end. */
async function* throughGate<Chunk>(
  gate: Gate | undefined,
  open: () => AsyncIterable<Chunk>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Chunk> {
  const leave = gate === undefined ? undefined : await enter(gate, signal);
  try {
    yield* open();
  } finally {
    leave?.();
  }
}

/** Waits for a place and holds it until the returned function is called. */
function enter(gate: Gate, signal: AbortSignal | undefined): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const hold = (): Promise<void> => new Promise((leave) => resolve(leave));
    gate.run(hold, signal).catch(reject);
  });
}

async function* pagewise<Page>(
  gate: Gate | undefined,
  pages: AsyncIterable<Page>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Page> {
  if (gate === undefined) {
    yield* pages;
    return;
  }
  const iterator = pages[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await gate.run(() => iterator.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}

async function* atRate(
  rate: RateLimit | undefined,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (rate === undefined) yield chunk;
    else yield* rate.pass(chunk, signal);
  }
}

function slowed(content: Content, rate: RateLimit): Content {
  return {
    size: content.size,
    open: (options) => atRate(rate, content.open(options), options?.signal),
    ...(content.hash === undefined ? {} : { hash: content.hash.bind(content) }),
  };
}
