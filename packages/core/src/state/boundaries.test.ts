import { describe, expect, test } from 'vitest';
import type { BaseRecord } from '../compare/index.ts';
import { compareUtf8 } from '../paths/index.ts';
import { MemoryStateStore, SyncStateManager } from './index.ts';

const pair = { source: 'memory:a', destination: 'memory:b' };

function recordOf(index: number, shape: Partial<BaseRecord> = {}): BaseRecord {
  // Names that look like the syntax in which records are stored.
  const key = `d"],[/f${String(index).padStart(7, '0')}\\`;
  return { key, kind: 'file', size: index, source: { path: key }, destination: { path: key }, ...shape };
}

async function stateWith(count: number, make: (index: number) => BaseRecord = recordOf): Promise<MemoryStateStore> {
  const store = new MemoryStateStore();
  const state = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access: 'write' });
  const records = Array.from({ length: count }, (_, index) => make(index));
  await state.commit(records.map((record) => ({ kind: 'record', record })));
  await state.finish({ folding: 'exact' });
  await state[Symbol.asyncDispose]();
  return store;
}

async function boundariesOf(
  store: MemoryStateStore,
  side: 'source' | 'destination' = 'source',
): Promise<readonly string[]> {
  const state = await new SyncStateManager({ store }).open(pair, { access: 'read' });
  try {
    return await state.boundaries(side);
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

describe('boundaries of a listing', () => {
  test('there are none before anything was in sync, and none in a small tree', async () => {
    expect(await boundariesOf(new MemoryStateStore())).toEqual([]);
    expect(await boundariesOf(await stateWith(999))).toEqual([]);
  });

  test('leave nothing to list behind the last of them', async () => {
    expect(await boundariesOf(await stateWith(1_000))).toEqual([]);
    expect(await boundariesOf(await stateWith(1_001))).toEqual([recordOf(999).key]);
  });

  test('count files alone', async () => {
    const store = await stateWith(2_100, (index) =>
      index % 2 === 0 ? recordOf(index) : recordOf(index, { kind: 'directory' }),
    );
    expect(await boundariesOf(store)).toEqual([recordOf(1998).key]);
  });

  test('are a thousand files apart, in the spelling of the side', async () => {
    const store = await stateWith(4_500, (index) =>
      recordOf(index, { destination: { path: `${recordOf(index).key.toUpperCase()}` } }),
    );
    const expected = [999, 1999, 2999, 3999].map((index) => recordOf(index).key);
    expect(await boundariesOf(store)).toEqual(expected);
    expect(await boundariesOf(store, 'destination')).toEqual(expected.map((path) => path.toUpperCase()));
  });

  test('in a large tree they are spread evenly, in order, and at most 512', async () => {
    const long = 'x'.repeat(200);
    const store = await stateWith(60_000, (index) => {
      const { key } = recordOf(index);
      return recordOf(index, { source: { path: key, version: `${index}${long}` } });
    });
    const boundaries = await boundariesOf(store);
    expect(boundaries.length).toBeGreaterThan(10);
    expect(boundaries.length).toBeLessThanOrEqual(512);
    expect([...boundaries].sort(compareUtf8)).toEqual(boundaries);
    for (const path of boundaries) expect(path).toMatch(/^d"\],\[\/f\d{7}\\$/);
    const places = boundaries.map((path) => Number(path.slice(7, 14)));
    const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * Math.min(...gaps));
  });
});
