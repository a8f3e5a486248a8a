import { MemoryStorageClient, type MemoryStorageOptions, type StorageClient } from '@syncengine/core';
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
