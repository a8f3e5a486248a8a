import { describe, expect, test } from 'vitest';
import type { Clock } from '../control/index.ts';
import { SyncEngineError } from '../errors.ts';
import { MemoryStorageClient } from '../memory/index.ts';
import { collectBytes, contentOf, type StorageClient } from '../storage/index.ts';
import { considerate, decorate, retrying } from './index.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that stands still until somebody waits; whoever waits is remembered. */
function jumpingClock(): Clock & { readonly waits: number[] } {
  let now = 1_000_000;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    random: () => 0.5,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      waits.push(milliseconds);
      now += milliseconds;
    },
  };
}

/** A store that bears so many calls at once and refuses the others, and lets calls end when it is told to. */
function bearing(
  most: () => number,
  afterMs?: number,
): {
  readonly client: StorageClient;
  readonly going: () => number;
  readonly refused: () => number;
  readonly endAll: () => Promise<void>;
} {
  let going = 0;
  let refused = 0;
  const ends: (() => void)[] = [];
  const client = decorate(new MemoryStorageClient(), {
    write:
      (inner) =>
      async (...parameters) => {
        if (going >= most()) {
          refused += 1;
          const retry = afterMs === undefined ? 'yes' : { afterMs };
          throw new SyncEngineError('throttled', 'Slow down.', { retry });
        }
        going += 1;
        await new Promise<void>((resolve) => ends.push(resolve));
        going -= 1;
        return inner(...parameters);
      },
  });
  const endAll = async (): Promise<void> => {
    await settled();
    for (const end of ends.splice(0)) end();
    await settled();
  };
  return { client, going: () => going, refused: () => refused, endAll };
}

describe('considerate', () => {
  test('a store that bears four of sixty-four is soon left in peace, and everything gets done', async () => {
    const { client, going, refused, endAll } = bearing(() => 4);
    const clock = jumpingClock();
    const patient = retrying(considerate(client, { clock }), { clock, attempts: 20 });
    const writes = Array.from({ length: 64 }, (_, index) => patient.write(`f${index}`, contentOf('text')));
    let done = 0;
    for (const write of writes) void write.then(() => (done += 1));
    const rounds: number[] = [];
    while (done < writes.length) {
      await settled();
      rounds.push(going());
      await endAll();
      expect(rounds.length).toBeLessThan(200);
    }
    await Promise.all(writes);
    // Sixty of the first sixty-four, then half as many each time, and a few that try for more.
    expect(refused()).toBeLessThan(2 * 64);
    expect(Math.max(...rounds)).toBe(4);
  });

  test('goes up again when the store bears more', async () => {
    let bears = 2;
    const { client, going, endAll } = bearing(() => bears);
    const clock = jumpingClock();
    const patient = retrying(considerate(client, { clock }), { clock, attempts: 20 });
    const writes = Array.from({ length: 100 }, (_, index) => patient.write(`f${index}`, contentOf('text')));
    await endAll();
    bears = 1000;
    let done = 0;
    for (const write of writes) void write.then(() => (done += 1));
    const rounds: number[] = [];
    while (done < writes.length) {
      await settled();
      rounds.push(going());
      await endAll();
      expect(rounds.length).toBeLessThan(200);
    }
    expect(Math.max(...rounds)).toBeGreaterThan(2);
  });

  test('nothing new begins before the time that the store asked for', async () => {
    let refuses = 1;
    const clock = jumpingClock();
    const begun: number[] = [];
    const client = decorate(new MemoryStorageClient(), {
      write:
        (inner) =>
        async (...parameters) => {
          begun.push(clock.now());
          refuses -= 1;
          if (refuses >= 0) throw new SyncEngineError('throttled', 'Slow down.', { retry: { afterMs: 5_000 } });
          return inner(...parameters);
        },
    });
    const mild = considerate(client, { clock });
    await expect(mild.write('a', contentOf('a'))).rejects.toMatchObject({ code: 'throttled' });
    await mild.write('b', contentOf('b'));
    await mild.write('c', contentOf('c'));
    expect(begun).toEqual([1_000_000, 1_005_000, 1_005_000]);
    expect(clock.waits).toEqual([5_000]);
  });

  test('a copy inside one store does not wait for itself, however little it bears', async () => {
    let refuses = 8;
    const inner = new MemoryStorageClient();
    inner.put('a', 'text');
    const client = considerate(
      decorate(inner, {
        stat:
          (stat) =>
          async (...parameters) => {
            refuses -= 1;
            if (refuses >= 0) throw new SyncEngineError('throttled', 'Slow down.', { retry: 'yes' });
            return stat(...parameters);
          },
      }),
    );
    for (let round = 0; round < 8; round += 1) await client.stat('a').catch(() => undefined);
    await client.write('b', { size: 4, open: () => client.read('a') });
    expect(inner.text('b')).toBe('text');
  });

  test('other failures change nothing, and streams pass through', async () => {
    const inner = new MemoryStorageClient({ chunkSize: 2, pageSize: 1, listRecursive: true });
    inner.put('a', 'text');
    inner.put('b', 'text');
    const client = considerate(inner);
    await expect(client.remove('missing')).rejects.toMatchObject({ code: 'not-found' });
    expect(new TextDecoder().decode(await collectBytes(client.read('a')))).toBe('text');
    const paths: string[] = [];
    for await (const page of client.list('')) paths.push(...page.map(({ path }) => path));
    for await (const page of client.listRecursive?.() ?? []) paths.push(...page.map(({ path }) => path));
    expect(paths).toEqual(['a', 'b', 'a', 'b']);
  });
});
