import { describe, expect, test } from 'vitest';
import {
  decorate,
  type Entry,
  MemoryStateStore,
  MemoryStorageClient,
  type StorageClient,
  SyncEngine,
  type SyncEngineOptions,
  type SyncResult,
  SyncStateManager,
} from '../../src/index.ts';

/** A store like S3: listings tell no times, only a look at the single file does. Looks at files are noted. */
function hiding(store: MemoryStorageClient, looks: string[]): StorageClient {
  const { capabilities } = store;
  const modifiedAt = { settable: 'on-write', precision: 1, listed: false } as const;
  return decorate(store, {
    capabilities: { ...capabilities, modifiedAt, exactVersions: true },
    list: (inner) =>
      async function* list(directory, options) {
        for await (const page of inner(directory, options)) yield page.map(withoutTime);
      },
    stat: (inner) => async (path, options) => {
      const entry = await inner(path, options);
      if (entry?.kind === 'file') looks.push(path);
      return entry;
    },
  });
}

function withoutTime(entry: Entry): Entry {
  if (entry.kind !== 'file') return entry;
  const { modifiedAt: _, ...rest } = entry;
  return rest;
}

interface Place {
  readonly disk: MemoryStorageClient;
  readonly store: MemoryStorageClient;
  /** Files of the store that were looked at one by one, since the last run began. */
  readonly looks: string[];
  run(options?: Partial<SyncEngineOptions>): Promise<SyncResult>;
}

function place(): Place {
  const disk = new MemoryStorageClient({ id: 'memory:disk' });
  const store = new MemoryStorageClient({
    id: 'memory:store',
    directories: 'implied',
    permissions: false,
    stableIdentity: false,
    listedHashes: ['md5'],
    requestedHashes: [],
    trash: 'none',
    move: false,
    copy: false,
  });
  const looks: string[] = [];
  const destination = hiding(store, looks);
  const state = new SyncStateManager({ store: new MemoryStateStore() });
  const run = async (options: Partial<SyncEngineOptions> = {}): Promise<SyncResult> => {
    looks.length = 0;
    return await new SyncEngine({ source: disk, destination, state, ...options }).sync();
  };
  return { disk, store, looks, run };
}

const early = 1_500_000_000_000;
const late = 1_600_000_000_000;

async function timeAt(client: MemoryStorageClient, path: string): Promise<number | undefined> {
  return (await client.stat(path))?.modifiedAt;
}

describe('a store whose listings tell no times', () => {
  test('files come with their times, and only those that come are looked at', async () => {
    const { disk, store, looks, run } = place();
    disk.put('here', 'here', { modifiedAt: early });
    store.put('there', 'there', { modifiedAt: late });
    expect((await run()).status).toBe('clean');
    expect([await timeAt(store, 'here'), await timeAt(disk, 'there')]).toEqual([early, late]);
    expect(looks).toEqual(['there']);
  });

  test('what comes with its content need not be looked up for it', async () => {
    const { disk, store, looks, run } = place();
    const large = 'x'.repeat(1024 * 1024 + 1);
    store.put('small', 'there', { modifiedAt: early });
    store.put('large', large, { modifiedAt: late });
    const destination = decorate(hiding(store, looks), {
      read: (inner) =>
        async function* read(path, options) {
          const entry = await store.stat(path);
          if (entry?.kind === 'file') options?.onModifiedAt?.(entry.modifiedAt ?? 0);
          yield* inner(path, options);
        },
    });
    expect((await run({ destination })).status).toBe('clean');
    expect([await timeAt(disk, 'small'), await timeAt(disk, 'large')]).toEqual([early, late]);
    expect([disk.text('small'), disk.text('large') === large]).toEqual(['there', true]);
    // What is too large to be held in memory is written while it comes, so its time is known before.
    expect(looks).toEqual(['large']);
  });

  test('content that the receiver has to take twice is the same both times', async () => {
    const { disk, store, looks, run } = place();
    store.put('small', 'there', { modifiedAt: early });
    const source = decorate(disk, {
      write: (inner) => async (path, content, options) => {
        // Each chunk belongs to who takes it.
        for await (const chunk of content.open(options)) chunk.fill(0);
        return await inner(path, content, options);
      },
    });
    const destination = decorate(hiding(store, looks), {
      read: (inner) => (path, options) => {
        options?.onModifiedAt?.(early);
        return inner(path, options);
      },
    });
    expect((await run({ source, destination })).status).toBe('clean');
    expect([disk.text('small'), await timeAt(disk, 'small')]).toEqual(['there', early]);
  });

  test('a second run plans nothing and looks at nothing, however young the files are', async () => {
    const { disk, store, looks, run } = place();
    disk.put('here', 'here', { modifiedAt: Date.now() });
    store.put('there', 'there', { modifiedAt: Date.now() });
    await run();
    expect((await run()).operations).toEqual([]);
    expect(looks).toEqual([]);
  });

  test('equal contents are adopted by their hashes alone', async () => {
    const { disk, store, looks, run } = place();
    disk.put('same', 'content', { modifiedAt: early });
    store.put('same', 'content', { modifiedAt: late });
    expect(await run()).toMatchObject({ status: 'clean', conflicts: [] });
    expect(looks).toEqual([]);
    expect((await run()).operations).toEqual([]);
  });

  test.each([
    ['the store', early, late, 'content of the store'],
    ['the disk', late, early, 'content of the disk'],
  ])('the newer of two contents is that of %s', async (_, onDisk, inStore, winner) => {
    const { disk, store, looks, run } = place();
    disk.put('both', 'content of the disk', { modifiedAt: onDisk });
    store.put('both', 'content of the store', { modifiedAt: inStore });
    await run({ conflict: 'newest' });
    expect([disk.text('both'), store.text('both')]).toEqual([winner, winner]);
    expect(looks).toContain('both');
  });

  test('where times decide alone, they are looked up', async () => {
    const { disk, store, run } = place();
    disk.put('both', 'one', { modifiedAt: early });
    store.put('both', 'two', { modifiedAt: early });
    expect(await run({ compare: 'size-and-mtime' })).toMatchObject({ status: 'clean', conflicts: [], operations: [] });
  });

  test('a file that changes before it is looked at is left to the next run', async () => {
    const { disk, store, run } = place();
    disk.put('both', 'one', { modifiedAt: early });
    store.put('both', 'two', { modifiedAt: early });
    const destination = decorate(hiding(store, []), {
      stat: (inner) => async (path, options) => {
        if (path === 'both') store.put('both', 'six', { modifiedAt: late });
        return await inner(path, options);
      },
    });
    const result = await run({ destination });
    expect(result.problems).toMatchObject([{ path: 'both', code: 'source-changed' }]);
    expect([disk.text('both'), store.text('both')]).toEqual(['one', 'six']);
  });
});
