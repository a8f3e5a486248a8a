import { describe, expect, test } from 'vitest';
import type { Entry, MemoryStorageClient, MemoryStorageOptions, StorageClient } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair, type Wrap } from '../support/pair.ts';

/** What an object store with a cheap listing of all keys is like. */
const store: MemoryStorageOptions = {
  directories: 'implied',
  permissions: false,
  stableIdentity: false,
  modifiedAt: 'never',
  listedHashes: ['md5'],
  requestedHashes: [],
  trash: 'native',
  move: false,
  listRecursive: true,
  pageSize: 10,
};

const methods = [
  'list',
  'listRecursive',
  'stat',
  'read',
  'write',
  'remove',
  'makeDirectory',
  'copy',
  'hash',
  'setMetadata',
] as const satisfies readonly (keyof StorageClient)[];

/** Counts the calls of each method. */
function counting(calls: Map<string, number>): Wrap {
  return (client) => {
    const replaced: Record<string, unknown> = {};
    for (const name of methods) {
      const method: unknown = client[name];
      if (typeof method !== 'function') continue;
      replaced[name] = (...parameters: readonly unknown[]) => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return Reflect.apply(method, client, parameters);
      };
    }
    return altered(client, replaced);
  };
}

function told(calls: Map<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries([...calls].filter(([name]) => name !== 'stat'));
}

/** Looks at single paths, of which a run may do a few: at the root, at the marker, at what a killed run may have left. */
const fewLooks = 6;

describe('a side that lists its whole tree at once', () => {
  test('a first copy is one write a file, and a run without changes lists and asks for nothing else', async () => {
    const pair = new Pair({ source: {}, destination: store });
    for (let index = 0; index < 500; index += 1) pair.source.put(`d${index % 7}/e/f${index}`, `content ${index}`);
    pair.clock.advance();

    const first = new Map<string, number>();
    const copied = await pair.engine({}, { destination: counting(first) }).sync();
    expect(copied.counts.created).toBe(500);
    expect(told(first)).toEqual({ listRecursive: 1, write: 500 });
    expect(first.get('stat')).toBeLessThanOrEqual(fewLooks);

    for (const run of ['right after', 'later']) {
      const calls = new Map<string, number>();
      const result = await pair.engine({}, { destination: counting(calls) }).sync();
      expect(result.operations, run).toEqual([]);
      expect(result.counts.unchanged, run).toBe(500);
      expect(told(calls), run).toEqual({ listRecursive: 1 });
      expect(calls.get('stat'), run).toBeLessThanOrEqual(fewLooks);
      pair.clock.advance(86_400_000);
    }
  });

  test('both sides alike: a run without changes is one listing of each', async () => {
    const pair = new Pair({ source: store, destination: store });
    for (let index = 0; index < 200; index += 1) pair.source.put(`d${index % 7}/f${index}`, `content ${index}`);
    await pair.engine().sync();
    const [source, destination] = [new Map<string, number>(), new Map<string, number>()];
    const wraps = { source: counting(source), destination: counting(destination) };
    expect((await pair.engine({}, wraps).sync()).operations).toEqual([]);
    expect([told(source), told(destination)]).toEqual([{ listRecursive: 1 }, { listRecursive: 1 }]);
  });

  test('without any hash, too: nothing is read again to find out that nothing changed', async () => {
    const pair = new Pair({ source: {}, destination: { ...store, listedHashes: [] } });
    for (let index = 0; index < 50; index += 1) pair.source.put(`f${index}`, `content ${index}`);
    pair.clock.advance();
    await pair.engine().sync();
    pair.clock.advance();
    // The times of such a store are those of the upload: right after it they prove nothing, once.
    await pair.engine().sync();
    pair.clock.advance();
    const calls = new Map<string, number>();
    await pair.engine({}, { destination: counting(calls) }).sync();
    expect(told(calls)).toEqual({ listRecursive: 1 });
  });

  test('the listing is told where the tree may be cut, once it is known', async () => {
    const pair = new Pair({ source: {}, destination: store });
    for (let index = 0; index < 3_500; index += 1) pair.source.put(`f${String(index).padStart(5, '0')}`, '');
    const seen: (readonly string[] | undefined)[] = [];
    const watching: Wrap = (client) =>
      altered(client, {
        listRecursive: (options) => {
          seen.push(options?.boundaries);
          return client.listRecursive?.(options) ?? client.list('');
        },
      });
    await pair.engine({}, { destination: watching }).sync();
    await pair.engine({}, { destination: watching }).sync();
    expect(seen).toEqual([[], ['f00999', 'f01999', 'f02999']]);
  });

  test('a key that is a file and a folder at once: a problem, neither is touched, nothing below is deleted', async () => {
    const pair = new Pair({ source: {}, destination: store });
    for (const path of ['a/b', 'a/c', 'd/e', 'f']) pair.source.put(path, path);
    await pair.engine().sync();
    pair.clock.advance();
    pair.source.put('f', 'edited');
    // Somebody puts an object under the name of what was a folder: a listing tells both.
    const twin: Entry = { kind: 'file', path: 'a', version: 'x', size: 1 };
    const result = await pair.engine({}, { destination: (client) => alsoTelling(client, [twin]) }).sync();
    expect(result.problems).toMatchObject([{ path: 'a', code: 'name-collision', side: 'destination' }]);
    expect(result.operations.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['update f']);
    expect(Object.fromEntries(pair.source.snapshot())).toMatchObject({ 'a/b': 'a/b', 'a/c': 'a/c', 'd/e': 'd/e' });
    expect(pair.destination.text('a/b')).toBe('a/b');
  });

  test('keys that are no paths: problems, and all else is synchronised', async () => {
    const pair = new Pair({ source: {}, destination: store });
    for (const path of ['a/b', 'd/e']) pair.source.put(path, path);
    await pair.engine().sync();
    pair.clock.advance();
    pair.source.put('d/e', 'edited');
    pair.source.delete('a/b');
    const keys = ['/x', 'd//y', 'd/../../z', 'q/', 'r/./s'];
    const hostile = keys.map((path): Entry => ({ kind: 'file', path, version: 'x', size: 1 }));
    const result = await pair.engine({}, { destination: (client) => alsoTelling(client, hostile) }).sync();
    expect(result.problems.map(({ code }) => code)).toEqual(keys.map(() => 'invalid-name'));
    expect(pair.destination.text('d/e')).toBe('edited');
    expect(pair.destination.text('a/b')).toBeUndefined();
    expect([...pair.source.snapshot()]).toEqual([
      ['a/', ''],
      ['d/', ''],
      ['d/e', 'edited'],
    ]);
  });

  test('a listing that fails after some pages came ends the run, and nothing looks deleted', async () => {
    const pair = new Pair({ source: {}, destination: store });
    for (let index = 0; index < 100; index += 1) pair.source.put(`f${index}`, '');
    await pair.engine().sync();
    pair.clock.advance();
    const failing: Wrap = (client) =>
      altered(client, {
        listRecursive: async function* (options) {
          let pages = 0;
          for await (const page of client.listRecursive?.(options) ?? []) {
            pages += 1;
            if (pages > 3) throw new TypeError('The line is dead.');
            yield page;
          }
        },
      });
    for (const allow of [[], ['rail-incomplete-scan'] as const]) {
      const run = pair.engine({}, { destination: failing }).sync({ allow });
      await expect(run).rejects.toMatchObject({ code: 'root-unreadable', side: 'destination' });
    }
    expect(pair.source.snapshot().size).toBe(100);
  });
});

/** The store with further keys in its listing. */
function alsoTelling(client: MemoryStorageClient, added: readonly Entry[]): StorageClient {
  return altered(client, {
    listRecursive: async function* (options) {
      const entries = [...added];
      for await (const page of client.listRecursive?.(options) ?? []) entries.push(...page);
      yield entries.sort((left, right) => Buffer.compare(Buffer.from(left.path), Buffer.from(right.path)));
    },
  });
}
