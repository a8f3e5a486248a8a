import { describe, expect, test } from 'vitest';
import {
  type MemoryStorageClient,
  type StorageClient,
  type SyncEngineOptions,
  SyncStateManager,
  syncAll,
} from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';

const files = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`f${index}`, `${index}`]));

function pairNamed(name: string): Pair {
  const pair = new Pair({ source: { id: `memory:${name}-source` }, destination: { id: `memory:${name}-destination` } });
  make(pair.source, files);
  return pair;
}

function optionsOf(pair: Pair, destination: StorageClient = pair.destination): SyncEngineOptions {
  const { clock, store, source } = pair;
  return { source, destination, clock, state: new SyncStateManager({ store, clock }) };
}

describe('several pairs in one call', () => {
  test('all are brought in sync, told in their order', async () => {
    const pairs = ['a', 'b', 'c'].map(pairNamed);
    const outcomes = await syncAll(pairs.map((pair) => optionsOf(pair)));
    expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.result.status)).toEqual([
      'clean',
      'clean',
      'clean',
    ]);
    for (const pair of pairs) expect(treeOf(pair.destination)).toEqual(files);
  });

  test('one that fails does not stop the others', async () => {
    const [good, bad] = [pairNamed('good'), pairNamed('bad')];
    bad.source.delete('');
    const outcomes = await syncAll([optionsOf(bad), optionsOf(good)]);
    expect(outcomes).toMatchObject([{ status: 'rejected', error: { code: 'root-missing' } }, { status: 'fulfilled' }]);
    expect(treeOf(good.destination)).toEqual(files);
  });

  test('wrong options of one are told before anything starts', async () => {
    const [good, bad] = [pairNamed('good'), pairNamed('bad')];
    await expect(syncAll([optionsOf(good), { ...optionsOf(bad), mode: 'sideways' }])).rejects.toMatchObject({
      code: 'invalid-options',
    });
    expect(treeOf(good.destination)).toEqual({});
  });

  test('they share their limits', async () => {
    let writing = 0;
    let most = 0;
    const counted = (client: MemoryStorageClient): StorageClient =>
      altered(client, {
        write: async (...parameters) => {
          writing += 1;
          most = Math.max(most, writing);
          await new Promise((resolve) => setImmediate(resolve));
          try {
            return await client.write(...parameters);
          } finally {
            writing -= 1;
          }
        },
      });
    const pairs = ['a', 'b', 'c'].map(pairNamed);
    const outcomes = await syncAll(
      pairs.map((pair) => optionsOf(pair, counted(pair.destination))),
      { limits: { transfers: 2 } },
    );
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(most).toBe(2);
  });

  test('cancelling cancels all of them', async () => {
    const pairs = ['a', 'b'].map(pairNamed);
    const outcomes = await syncAll(
      pairs.map((pair) => optionsOf(pair)),
      { signal: AbortSignal.abort() },
    );
    expect(outcomes).toMatchObject([{ result: { status: 'cancelled' } }, { result: { status: 'cancelled' } }]);
  });
});
