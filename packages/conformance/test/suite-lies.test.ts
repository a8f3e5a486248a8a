import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decorate,
  LocalStorageClient,
  MemoryStorageClient,
  type MemoryStorageOptions,
  type PackedEntries,
  packed,
  type StorageClient,
} from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { conformance } from '../src/index.ts';
import { lies, password } from './support/lies.ts';
import { TinyRunner } from './support/tiny-runner.ts';

/** Runs the whole suite, with small sizes, against clients made by `client`. */
async function failuresOf(
  client: (inner: MemoryStorageClient) => StorageClient,
  options: MemoryStorageOptions = {},
): Promise<ReadonlyMap<string, unknown>> {
  const runner = new TinyRunner();
  await conformance({
    runner,
    name: 'memory',
    factory: async () => ({
      client: client(new MemoryStorageClient({ chunkSize: 16, ...options })),
      secrets: [password],
    }),
    chunkSize: 16,
    partSize: 64,
    manyEntries: 20,
  });
  expect(runner.size).toBeGreaterThan(100);
  return runner.failures();
}

describe('the suite can fail', () => {
  test('but not for an honest client', async () => {
    expect([...(await failuresOf((inner) => inner))]).toEqual([]);
    const options = { listRecursive: true, listedHashes: ['md5'], pageSize: 7 } as const;
    expect([...(await failuresOf((inner) => inner, options))]).toEqual([]);
  });

  test.each(Object.keys(lies))('for a client that %s', async (name) => {
    const lie = lies[name];
    if (lie === undefined) throw new TypeError(`There is no lie ${name}.`);
    const failures = await failuresOf(lie.client, lie.options);
    expect([...failures.keys()]).toContain(lie.caughtBy);
  });
});

type Runs = AsyncIterable<PackedEntries>;

const packedLies: Readonly<Record<string, { readonly tell: (runs: Runs) => Runs; readonly caughtBy: string }>> = {
  'ends a packed listing early': {
    tell: async function* (runs) {
      for await (const run of runs) if (!run.walk.includes('00019')) yield run;
    },
    caughtBy: 'packed listing › thousands of entries come, each once',
  },
  'tells the same run twice': {
    tell: async function* (runs) {
      for await (const run of runs) yield* [run, run];
    },
    caughtBy: 'packed listing › tells the tree as `list` does, in canonical order',
  },
  'tells sizes of its own': {
    tell: async function* (runs) {
      for await (const run of runs) {
        for (let place = 0; place < run.count; place += 1) run.numbers[place * packed.stride + packed.size] = 7;
        yield run;
      }
    },
    caughtBy: 'packed listing › tells the tree as `list` does, in canonical order',
  },
  'takes links for files': {
    tell: async function* (runs) {
      for await (const run of runs) yield { ...run, unusual: [] };
    },
    caughtBy: 'packed listing › deep folders, empty ones and links come as well, or are told as unusual',
  },
};

describe('the suite can fail for a client that', () => {
  test.each(Object.keys(packedLies))('%s', async (name) => {
    const lie = packedLies[name];
    if (lie === undefined) throw new TypeError(`There is no lie ${name}.`);
    const runner = new TinyRunner();
    await conformance({
      runner,
      name: 'local',
      factory: async () => {
        const folder = mkdtempSync(join(tmpdir(), 'syncengine-lies-'));
        const client = decorate(new LocalStorageClient(folder), {
          listPacked: (inner) => async (options) => {
            const runs = await inner(options);
            return runs && lie.tell(runs);
          },
        });
        return { client, dispose: async () => rmSync(folder, { recursive: true, force: true }) };
      },
      manyEntries: 20,
    });
    const failures = await runner.failures(lie.caughtBy);
    expect([...failures.keys()]).toEqual([lie.caughtBy]);
  });
});
