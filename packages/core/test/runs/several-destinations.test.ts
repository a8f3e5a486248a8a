import { describe, expect, test } from 'vitest';
import {
  MemoryStateStore,
  MemoryStorageClient,
  planAll,
  type StorageClient,
  type SyncEngineOptions,
  SyncStateManager,
  syncAll,
} from '../../src/index.ts';
import { TestClock } from '../support/clock.ts';
import { altered } from '../support/faults.ts';
import { make, treeOf } from '../support/tree.ts';

/** One source that is looked at, and destinations with a state each. */
class Fan {
  readonly clock: TestClock = new TestClock();
  readonly store: MemoryStateStore = new MemoryStateStore();
  readonly memory: MemoryStorageClient;
  readonly source: StorageClient;
  readonly destinations: readonly MemoryStorageClient[];
  /** Directories of the source that were listed. */
  readonly listed: string[] = [];

  constructor(destinations: number) {
    const { clock } = this;
    const memory = new MemoryStorageClient({ id: 'memory:source', clock });
    this.memory = memory;
    this.source = altered(memory, {
      list: (directory, options) => {
        if (!directory.startsWith('.syncengine')) this.listed.push(directory);
        return memory.list(directory, options);
      },
    });
    this.destinations = Array.from(
      { length: destinations },
      (_, index) => new MemoryStorageClient({ id: `memory:destination-${index}`, clock }),
    );
  }

  pairs(options: Partial<SyncEngineOptions> = {}): readonly SyncEngineOptions[] {
    const { clock, source } = this;
    return this.destinations.map((destination) => ({
      source,
      destination,
      clock,
      state: new SyncStateManager({ store: this.store, clock }),
      ...options,
    }));
  }

  /** Later, so that nothing was changed just now. */
  async wait(): Promise<void> {
    await this.clock.sleep(3_600_000);
    this.listed.length = 0;
  }
}

const tree = { 'a.txt': 'a', 'folder/b.txt': 'b', 'folder/deep/c.txt': 'c' };
const folders = ['', 'folder', 'folder/deep'];

describe('one source with several destinations', () => {
  test('the source is scanned once, and every destination gets all of it', async () => {
    const fan = new Fan(3);
    make(fan.memory, tree);
    await fan.wait();
    const outcomes = await syncAll(fan.pairs({ mode: 'source-to-destination' }));
    expect(outcomes).toMatchObject(Array(3).fill({ status: 'fulfilled', result: { status: 'clean' } }));
    expect([...fan.listed].sort()).toEqual(folders);
    for (const destination of fan.destinations) expect(treeOf(destination)).toEqual(treeOf(fan.memory));
    expect(await syncAll(fan.pairs({ mode: 'source-to-destination' }))).toMatchObject(
      Array(3).fill({ result: { counts: { created: 0, updated: 0, deleted: 0, unchanged: 5 } } }),
    );
  });

  test('plans for all of them are made from one scan', async () => {
    const fan = new Fan(2);
    make(fan.memory, tree);
    await fan.wait();
    expect(await planAll(fan.pairs())).toMatchObject(
      Array(2).fill({ status: 'fulfilled', plan: { counts: { created: 5 } } }),
    );
    expect([...fan.listed].sort()).toEqual(folders);
  });

  test('one that fails does not stop the others, and keeps its own memory', async () => {
    const fan = new Fan(3);
    make(fan.memory, tree);
    await fan.wait();
    await syncAll(fan.pairs());
    fan.destinations[1]?.delete('');
    make(fan.memory, { 'new.txt': 'new' });
    await fan.wait();
    const outcomes = await syncAll(fan.pairs());
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', result: { counts: { created: 1 } } },
      { status: 'rejected', error: { code: 'rail-root-missing' } },
      { status: 'fulfilled', result: { counts: { created: 1 } } },
    ]);
  });

  test('what a run brings to the source is seen by the next destination, and by the earlier ones with the next call', async () => {
    const fan = new Fan(3);
    make(fan.memory, tree);
    await fan.wait();
    await syncAll(fan.pairs());
    const [first, second, third] = fan.destinations;
    if (first === undefined || second === undefined || third === undefined) throw new Error('There are three.');
    make(second, { 'folder/new.txt': 'from the second', 'folder/b.txt': undefined, 'other/d.txt': 'd' });
    await fan.wait();
    await syncAll(fan.pairs());
    const expected = {
      'a.txt': 'a',
      'folder/deep/c.txt': 'c',
      'folder/new.txt': 'from the second',
      'other/d.txt': 'd',
    };
    expect(treeOf(fan.memory)).toMatchObject(expected);
    expect(treeOf(fan.memory)).not.toHaveProperty(['folder/b.txt']);
    expect(treeOf(third)).toEqual(treeOf(fan.memory));
    expect(treeOf(first)).not.toEqual(treeOf(fan.memory));
    await fan.wait();
    await syncAll(fan.pairs());
    expect(treeOf(first)).toEqual(treeOf(fan.memory));
    await fan.wait();
    expect(await syncAll(fan.pairs())).toMatchObject(
      Array(3).fill({ result: { operations: [], status: 'clean', counts: { adopted: 0 } } }),
    );
  });

  test('destinations that each changed the same file are conflicts one after the other, and nothing is lost', async () => {
    const fan = new Fan(2);
    make(fan.memory, { 'a.txt': 'a' });
    await fan.wait();
    await syncAll(fan.pairs());
    for (const [index, destination] of fan.destinations.entries()) make(destination, { 'a.txt': `edit ${index}` });
    await fan.wait();
    expect(await syncAll(fan.pairs())).toMatchObject([
      { result: { counts: { conflicts: 0 } } },
      { result: { counts: { conflicts: 1 } } },
    ]);
    expect(Object.values(treeOf(fan.memory)).sort()).toEqual(['edit 0', 'edit 1']);
  });

  test('a folder with a file that changed just now is looked at again', async () => {
    const fan = new Fan(2);
    make(fan.memory, tree);
    await fan.wait();
    make(fan.memory, { 'folder/b.txt': 'changed just now' });
    await syncAll(fan.pairs({ mode: 'source-to-destination' }));
    expect([...fan.listed].sort()).toEqual(['', 'folder', 'folder', 'folder/deep']);
  });

  test('a file that others change between two destinations is not taken for what it was', async () => {
    const fan = new Fan(2);
    make(fan.memory, tree);
    await fan.wait();
    const outcomes = await syncAll(fan.pairs({ mode: 'source-to-destination' }), {
      onProgress: (event, _snapshot, pair) => {
        if (pair === 0 && event.type === 'summary') make(fan.memory, { 'a.txt': 'edited meanwhile' });
      },
    });
    expect(outcomes).toMatchObject([
      { result: { status: 'clean' } },
      { result: { status: 'problems', problems: [{ path: 'a.txt', code: 'source-changed' }] } },
    ]);
    expect(treeOf(fan.destinations[1] ?? fan.memory)).not.toHaveProperty(['a.txt']);
  });
});

test('pairs that follow each other on one folder run one after the other', async () => {
  const clock = new TestClock();
  const [first, second, third] = ['first', 'second', 'third'].map(
    (name) => new MemoryStorageClient({ id: `memory:${name}`, clock }),
  );
  if (first === undefined || second === undefined || third === undefined) throw new Error('There are three.');
  make(first, tree);
  const state = new SyncStateManager({ store: new MemoryStateStore(), clock });
  const running: number[] = [];
  await syncAll(
    [
      { source: first, destination: second, clock, state },
      { source: second, destination: third, clock, state },
    ],
    {
      onProgress: (event, _snapshot, pair) => {
        if (event.type === 'run-start' || event.type === 'summary') running.push(pair);
      },
    },
  );
  expect(running).toEqual([0, 0, 1, 1]);
  expect(treeOf(third)).toEqual(treeOf(first));
});

test('a limit of one pair holds besides the shared one', async () => {
  const clock = new TestClock();
  let writing = 0;
  let most = 0;
  const source = new MemoryStorageClient({ id: 'memory:from', clock });
  make(source, Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`${index}`, `${index}`])));
  const memory = new MemoryStorageClient({ id: 'memory:to', clock });
  const destination = altered(memory, {
    write: async (...parameters) => {
      writing += 1;
      most = Math.max(most, writing);
      await new Promise((resolve) => setImmediate(resolve));
      try {
        return await memory.write(...parameters);
      } finally {
        writing -= 1;
      }
    },
  });
  const state = new SyncStateManager({ store: new MemoryStateStore(), clock });
  await syncAll([{ source, destination, clock, state, limits: { transfers: 2 } }], { limits: { transfers: 4 } });
  expect(most).toBe(2);
});
