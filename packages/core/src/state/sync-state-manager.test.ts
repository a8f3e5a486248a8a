import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BaseChange } from '../compare/index.ts';
import type { Clock } from '../control/index.ts';
import { systemClock } from '../system-clock.ts';
import {
  FileStateStore,
  MemoryStateStore,
  type PairIdentity,
  pairKey,
  type StateBytes,
  type StateStore,
  SyncStateManager,
} from './index.ts';

const pair: PairIdentity = { source: 'local:/a', destination: 'local:/b' };
let root = '';
let made = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'syncengine-manager-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

function newFolder(): string {
  made += 1;
  return join(root, `${made}`);
}

const clockAt = (time: number): Clock => ({ ...systemClock, now: () => time });

function change(path: string, version = '1'): BaseChange {
  const side = { path, version };
  return { kind: 'record', record: { key: path, kind: 'file', size: 1, source: side, destination: side } };
}

async function run(manager: SyncStateManager, of: PairIdentity, ...changes: readonly BaseChange[]): Promise<void> {
  const state = await manager.open(of, { access: 'write' });
  await state.commit(changes);
  await state.finish({ folding: 'exact' });
  await state[Symbol.asyncDispose]();
}

async function dumped(manager: SyncStateManager, of: PairIdentity = pair): Promise<string[]> {
  const keys: string[] = [];
  for await (const record of manager.dump(of)) keys.push(record.key);
  return keys;
}

const stores: ReadonlyArray<readonly [string, () => StateStore]> = [
  ['files', () => new FileStateStore(newFolder())],
  ['memory', () => new MemoryStateStore()],
];

describe.each(stores)('a manager over %s', (_, makeStore) => {
  test('keeps pairs apart, in their direction', async () => {
    const manager = new SyncStateManager({ store: makeStore() });
    const reverse = { source: pair.destination, destination: pair.source };
    await run(manager, pair, change('a'));
    await run(manager, reverse, change('b'));
    expect(await dumped(manager)).toEqual(['a']);
    expect(await dumped(manager, reverse)).toEqual(['b']);
    expect(await dumped(manager, { source: 'local:/a', destination: 'local:/c' })).toEqual([]);
  });

  test('goes through many runs, compacting on the way, and comes out with what was committed', async () => {
    const store = makeStore();
    const expected = new Set<string>();
    for (let number = 0; number < 30; number += 1) {
      const manager = new SyncStateManager({ store, compactAfter: 500 });
      const forgotten = `f${number - 7}`;
      await run(manager, pair, change(`f${number}`), { kind: 'forget', key: forgotten });
      expected.add(`f${number}`);
      expected.delete(forgotten);
      expect(await dumped(manager)).toEqual([...expected].sort());
    }
    expect((await store.list('')).length).toBeLessThanOrEqual(2);
  });

  test('lists the pairs that it knows, and when each changed last', async () => {
    const store = makeStore();
    const other = { source: 's3:bucket', destination: 'sftp:host/x' };
    expect(await new SyncStateManager({ store }).list()).toEqual([]);
    await run(new SyncStateManager({ store, clock: clockAt(1000) }), pair, change('a'));
    await run(new SyncStateManager({ store, clock: clockAt(2000), compactAfter: 0 }), other, change('a'));
    await run(new SyncStateManager({ store, clock: clockAt(3000) }), pair, change('b'));
    const opened = await new SyncStateManager({ store }).open({ source: 'x', destination: 'y' }, { access: 'write' });
    const expected = [
      { key: pairKey(pair), pair, changedAt: 3000, problem: undefined },
      { key: pairKey(other), pair: other, changedAt: 2000, problem: undefined },
    ].sort((left, right) => (left.key < right.key ? -1 : 1));
    expect(await new SyncStateManager({ store }).list()).toEqual(expected);
    await opened[Symbol.asyncDispose]();
  });

  test('lists a damaged pair with its problem, and the others too', async () => {
    const store = makeStore();
    const manager = new SyncStateManager({ store });
    const other = { source: 'x', destination: 'y' };
    await run(manager, pair, change('a'));
    await run(manager, other, change('a'));
    await store.append(`${pairKey(other)}/snapshot`, Buffer.from('garbage'));
    await store.close(`${pairKey(other)}/snapshot`);
    const summaries = await manager.list();
    expect(summaries.find(({ key }) => key === pairKey(pair))).toMatchObject({ pair, problem: undefined });
    expect(summaries.find(({ key }) => key === pairKey(other))).toMatchObject({ problem: { code: 'state-corrupt' } });
  });

  test('forgets a pair on reset, and only that one', async () => {
    const store = makeStore();
    const manager = new SyncStateManager({ store, compactAfter: 0 });
    const other = { source: 'x', destination: 'y' };
    await manager.reset(pair);
    await run(manager, pair, change('a'));
    await run(manager, other, change('a'));
    await run(manager, pair, change('b'));
    await manager.reset(pair);
    expect(await dumped(manager)).toEqual([]);
    expect(await dumped(manager, other)).toEqual(['a']);
    expect((await manager.list()).map(({ key }) => key)).toEqual([pairKey(other)]);
    const state = await manager.open(pair, { access: 'write' });
    expect([state.exists, state.generation]).toEqual([false, 0]);
    await state[Symbol.asyncDispose]();
  });

  test('lets readers in beside a writer; each sees the base of one moment', async () => {
    const manager = new SyncStateManager({ store: makeStore(), compactAfter: 0 });
    const writer = await manager.open(pair, { access: 'write' });
    for (let number = 1; number <= 60; number += 1) {
      const reading = manager
        .open(pair, { access: 'read' })
        .then(
          async (reader) => {
            const versions = new Set<string | undefined>();
            for await (const page of reader.records({ folding: 'exact' })) {
              for (const record of page) versions.add(record.source.version);
            }
            return versions.size;
          },
          // The writer may be faster than the reader; a damaged state it is not.
          (error: { code: string }) => error.code,
        )
        .catch((error: { code: string }) => error.code);
      await writer.commit(['a', 'b', 'c'].map((path) => change(path, `${number}`)));
      if (number % 3 === 0) await writer.finish({ folding: 'exact' });
      expect([0, 1, 'state-unavailable']).toContain(await reading);
    }
    await writer[Symbol.asyncDispose]();
  });

  test('lets go of the lock when the state cannot be used', async () => {
    const store = makeStore();
    const manager = new SyncStateManager({ store });
    await store.append(`${pairKey(pair)}/snapshot`, Buffer.from('garbage'));
    await store.close(`${pairKey(pair)}/snapshot`);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(manager.open(pair, { access: 'write' })).rejects.toMatchObject({ code: 'state-corrupt' });
    }
  });

  test('opens nothing once aborted', async () => {
    const manager = new SyncStateManager({ store: makeStore() });
    const signal = AbortSignal.abort();
    await expect(manager.open(pair, { access: 'write', signal })).rejects.toBe(signal.reason);
    await expect(manager.open(pair, { access: 'read', signal })).rejects.toBe(signal.reason);
    await (await manager.open(pair, { access: 'write' }))[Symbol.asyncDispose]();
  });
});

test('a reader whose snapshot is replaced between its header and its journal looks again', async () => {
  const memory = new MemoryStateStore();
  const manager = new SyncStateManager({ store: memory, compactAfter: 0 });
  await run(manager, pair, change('a', '1'));
  const writer = await manager.open(pair, { access: 'write' });
  await writer.commit([change('b', '2')]);
  let reads = 0;
  class Interrupting extends MemoryStateStore {
    override async read(name: string): Promise<StateBytes | undefined> {
      reads += 1;
      if (reads === 2) {
        await writer.finish({ folding: 'exact' });
        await writer.commit([change('c', '3')]);
      }
      return memory.read(name);
    }
    override list(prefix: string): Promise<readonly string[]> {
      return memory.list(prefix);
    }
  }
  expect(await dumped(new SyncStateManager({ store: new Interrupting() }))).toEqual(['a', 'b', 'c']);
  await writer[Symbol.asyncDispose]();
});

test('a reader whose snapshot is replaced before it asked for the records is told to come again', async () => {
  const manager = new SyncStateManager({ store: new MemoryStateStore(), compactAfter: 0 });
  await run(manager, pair, change('a', '1'));
  const reader = await manager.open(pair, { access: 'read' });
  await run(manager, pair, change('b', '2'));
  const records = reader.records({ folding: 'exact' });
  await expect(records[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'state-unavailable',
    retry: 'yes',
  });
});

test('the key of a pair is 32 hexadecimal digits that no other two ids share', () => {
  const keys = [
    pairKey(pair),
    pairKey({ source: pair.destination, destination: pair.source }),
    pairKey({ source: 'a', destination: 'bc' }),
    pairKey({ source: 'ab', destination: 'c' }),
    pairKey({ source: 'a","b', destination: 'c' }),
    pairKey({ source: 'a', destination: 'b","c' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});

test('a file that is alike to its neighbours takes no more than 200 bytes', async () => {
  const store = new MemoryStateStore();
  const state = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access: 'write' });
  const count = 2000;
  const changes = Array.from({ length: count }, (_, index): BaseChange => {
    const path = `projects/2026/customer-${index >> 5}/report-${index}.pdf`;
    const [inode, size, modifiedAt] = [1_234_567 + index * 3, 48_213 + index, 1_763_812_345_678.125 + index * 1000.5];
    return {
      kind: 'record',
      record: {
        key: path,
        kind: 'file',
        size,
        hashes: { sha256: pairKey({ source: path, destination: '1' }) + pairKey({ source: path, destination: '2' }) },
        source: {
          path,
          version: `${inode}-${size}-${modifiedAt}-${modifiedAt + 5000.25}`,
          modifiedAt,
          createdAt: modifiedAt - 3.5,
          permissions: 0o644,
          identity: `2049:${inode}`,
        },
        destination: {
          path,
          version: `${inode + 999_999}-${size}-${modifiedAt}-${modifiedAt + 9_999_999.75}`,
          modifiedAt,
          createdAt: modifiedAt + 9_999_999.5,
          permissions: 0o644,
          identity: `2049:${inode + 999_999}`,
        },
      },
    };
  });
  await state.commit(changes);
  await state.finish({ folding: 'exact' });
  const snapshot = await store.read(`${state.key}/snapshot`);
  expect((snapshot?.byteLength ?? Number.POSITIVE_INFINITY) / count).toBeLessThan(200);
  await state[Symbol.asyncDispose]();
});
