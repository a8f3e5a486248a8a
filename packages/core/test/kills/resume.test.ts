import { describe, expect, test } from 'vitest';
import {
  type Content,
  MemoryStorageClient,
  type OpenOptions,
  type StorageClient,
  SyncStateManager,
  type UnfinishedWrite,
} from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair, type PairOptions, type Wrap } from '../support/pair.ts';

const stores: PairOptions = { source: { chunkSize: 1000 }, destination: { resumableWrites: true } };
const text = Array.from({ length: 10_000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
const resumeFrom = 5_000;

/** A source that gives no more than so many bytes; then the run is cancelled. */
function endingAfter(bytes: number, cancel: () => void): Wrap {
  return (client) =>
    altered(client, {
      read: async function* (path, options) {
        let given = 0;
        for await (const chunk of client.read(path, options)) {
          if (given >= bytes) {
            cancel();
            options?.signal?.throwIfAborted();
          }
          given += chunk.byteLength;
          yield chunk;
        }
      },
    });
}

interface Seen {
  /** Bytes that were handed over. */
  sent: number;
  readonly abandoned: string[];
  kept: readonly string[] | undefined;
}

/** Watches what a side is asked to do with unfinished writes. */
function watching(seen: Seen, received?: (bytes: Uint8Array) => Uint8Array): Wrap {
  return (client) =>
    altered(client, {
      write: (path, content, options) => client.write(path, counted(content, seen, received), options),
      abandon: async (path, token, options) => {
        seen.abandoned.push(path);
        await client.abandon?.(path, token, options);
      },
      recover: async (options) => {
        seen.kept = options?.keep;
        await client.recover?.(options);
      },
    });
}

function counted(content: Content, seen: Seen, changed: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes): Content {
  return {
    size: content.size,
    open: async function* ({ signal, received }: OpenOptions = {}) {
      const told = received && {
        size: received.size,
        open: async function* () {
          for await (const chunk of received.open()) yield changed(chunk);
        },
      };
      for await (const chunk of content.open({ signal, received: told })) {
        seen.sent += chunk.byteLength;
        yield chunk;
      }
    },
  };
}

function nothingSeen(): Seen {
  return { sent: 0, abandoned: [], kept: undefined };
}

/** A pair whose copy of `large` was cut off after 6,000 of its 10,000 bytes. */
async function cutOff(options: PairOptions = stores): Promise<Pair> {
  const pair = new Pair(options);
  pair.source.put('large', text);
  pair.clock.advance();
  const abort = new AbortController();
  const wraps = { source: endingAfter(6_000, () => abort.abort()) };
  const result = await pair.engine({ resumeFrom }, wraps).sync({ signal: abort.signal });
  expect(result.status).toBe('cancelled');
  pair.killProcess();
  return pair;
}

async function rememberedBy(pair: Pair): Promise<readonly UnfinishedWrite[]> {
  const manager = new SyncStateManager({ store: pair.store.clone() });
  const state = await manager.open({ source: pair.source.id, destination: pair.destination.id }, { access: 'write' });
  try {
    return state.unfinished;
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

describe('a write that was cut off', () => {
  test('is remembered, and goes on in the next run', async () => {
    const pair = await cutOff();
    const [remembered, ...others] = await rememberedBy(pair);
    expect(others).toEqual([]);
    expect(remembered).toMatchObject({ side: 'destination', path: 'large', size: 10_000 });
    const seen = nothingSeen();
    const result = await pair.engine({ resumeFrom }, { destination: watching(seen) }).sync();
    expect(result.status).toBe('clean');
    expect(seen).toMatchObject({ sent: 4_000, abandoned: [], kept: [remembered?.token] });
    expect(result.bytes.transferred).toBe(4_000);
    expect(pair.destination.text('large')).toBe(text);
    expect(await rememberedBy(pair)).toEqual([]);
  });

  test('a wrong beginning is noticed, and the write starts over', async () => {
    const pair = await cutOff();
    const seen = nothingSeen();
    const wrong = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 1);
    const result = await pair.engine({ resumeFrom }, { destination: watching(seen, wrong) }).sync();
    expect(result.status).toBe('clean');
    expect(pair.destination.text('large')).toBe(text);
    expect(seen.abandoned).toEqual(['large']);
    expect(seen.sent).toBe(10_000);
    expect(await rememberedBy(pair)).toEqual([]);
  });

  test('without ranges the source is read over, and only what is missing is sent', async () => {
    const pair = await cutOff({ ...stores, source: { chunkSize: 1000, rangedReads: false } });
    const seen = nothingSeen();
    await pair.engine({ resumeFrom }, { destination: watching(seen) }).sync();
    expect(seen.sent).toBe(4_000);
    expect(pair.destination.text('large')).toBe(text);
  });

  test('starts over when the source is another one by now', async () => {
    const pair = await cutOff();
    pair.source.put('large', text.toUpperCase());
    pair.clock.advance();
    const seen = nothingSeen();
    await pair.engine({ resumeFrom }, { destination: watching(seen) }).sync();
    expect(pair.destination.text('large')).toBe(text.toUpperCase());
    expect(seen.abandoned).toEqual(['large']);
    expect(seen.sent).toBe(10_000);
  });

  test('is given up when a run came to its end without it', async () => {
    const pair = await cutOff();
    pair.source.delete('large');
    const seen = nothingSeen();
    const result = await pair.engine({ resumeFrom }, { destination: watching(seen) }).sync();
    expect(result.status).toBe('clean');
    expect(seen.abandoned).toEqual(['large']);
    expect(await rememberedBy(pair)).toEqual([]);
  });

  test('that cannot be given up is told, and tried again by the next run', async () => {
    const pair = await cutOff();
    pair.source.delete('large');
    const refusing: Wrap = (client) =>
      altered(client, {
        abandon: async () => {
          throw new TypeError('Not today.');
        },
      });
    const result = await pair.engine({ resumeFrom }, { destination: refusing }).sync();
    expect(result.notices).toMatchObject([{ path: 'large', message: 'Not today.' }]);
    expect(await rememberedBy(pair)).toHaveLength(1);
    await pair.engine({ resumeFrom }).sync();
    expect(await rememberedBy(pair)).toEqual([]);
  });

  test('a small content, or a side that cannot go on, is not remembered', async () => {
    expect(await rememberedBy(await cutOff({ source: { chunkSize: 1000 } }))).toEqual([]);
    const pair = new Pair(stores);
    pair.source.put('small', text.slice(0, resumeFrom - 1));
    const offered: (boolean | undefined)[] = [];
    const wrap: Wrap = (client) =>
      altered(client, {
        write: (path, content, options) => {
          offered.push(options?.resume !== undefined);
          return client.write(path, content, options);
        },
      });
    await pair.engine({ resumeFrom }, { destination: wrap }).sync();
    expect(offered).toEqual([false]);
  });

  test('an unfitting token is refused before it is remembered', async () => {
    const pair = new Pair(stores);
    pair.source.put('large', text);
    const talkative: Wrap = (client): StorageClient =>
      altered(client, {
        write: async (path, content, options) => {
          await options?.resume?.remember('x'.repeat(4_097));
          return client.write(path, content, options);
        },
      });
    const result = await pair.engine({ resumeFrom }, { destination: talkative }).sync();
    expect(result.problems).toMatchObject([{ path: 'large' }]);
    expect(await rememberedBy(pair)).toEqual([]);
  });

  test.for([0, -1, Number.NaN])('resumeFrom cannot be %d', (wrong) => {
    const [source, destination] = [
      new MemoryStorageClient({ id: 'memory:a' }),
      new MemoryStorageClient({ id: 'memory:b' }),
    ];
    expect(() => new Pair().engine({ source, destination, resumeFrom: wrong })).toThrow(/resumeFrom/);
  });
});
