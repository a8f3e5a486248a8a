import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  FileStateStore,
  LocalStorageClient,
  type StorageClient,
  SyncEngine,
  type SyncResult,
  SyncStateManager,
} from '@syncengine/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AnsweringProxy } from './support/answering-proxy.ts';
import { describeWithCeph, newBucket, open } from './support/service.ts';

const kibi = 1024;
const mebi = kibi * kibi;

/** `SYNCENGINE_TEST_SCALE=full`: 10,000 files of 10 KiB and 10 of 100 MiB. It takes minutes. */
const isFull = process.env['SYNCENGINE_TEST_SCALE'] === 'full';
const [small, large, largeSize] = isFull ? [10_000, 10, 100 * mebi] : [400, 2, 20 * mebi];
// Several pages in any case.
const pageSize = isFull ? 1_000 : 100;
const total = small + large;

describeWithCeph(`${small} small files and ${large} large ones`, () => {
  let folder = '';
  let bucket = '';
  let proxy: AnsweringProxy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'syncengine-s3-'));
    bucket = await newBucket();
    proxy = await AnsweringProxy.start();
    const sizes = [...Array(small).fill(10 * kibi), ...Array(large).fill(largeSize)];
    for (const [index, size] of sizes.entries()) {
      const path = join(folder, 'one', `folder ${index % 37}`, `${index % 5}`, `file-${index}.bin`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, randomBytes(size));
      await utimes(path, 1_600_000_000 + index, 1_600_000_000 + index + 0.123456);
    }
  });
  afterAll(async () => {
    await proxy.stop();
    await rm(folder, { recursive: true });
  });

  /** A run as a process of its own would make it, with what it remembered in files; and what it asked the service. */
  async function run(
    pair: string,
    clients: (s3: StorageClient) => { readonly source: StorageClient; readonly destination: StorageClient },
  ): Promise<{ readonly result: SyncResult; readonly requests: Record<string, number> }> {
    const s3 = await open({ bucket, endpoint: proxy.endpoint, pageSize });
    proxy.seen.length = 0;
    const state = new SyncStateManager({ store: new FileStateStore(join(folder, `state-${pair}`)) });
    const result = await new SyncEngine({ ...clients(s3), state }).sync();
    await s3.close?.();
    const requests = proxy.counts();
    if (isFull) process.stdout.write(`${pair} ${JSON.stringify(requests)}\n`);
    return { result, requests };
  }

  const local = (name: string): LocalStorageClient => new LocalStorageClient(join(folder, name));
  const up = (s3: StorageClient): { source: StorageClient; destination: StorageClient } => ({
    source: local('one'),
    destination: s3,
  });
  const down = (s3: StorageClient): { source: StorageClient; destination: StorageClient } => ({
    source: s3,
    destination: local('two'),
  });

  const limit = isFull ? 1_800_000 : 120_000;
  const pages = Math.ceil(total / pageSize);

  test('go up with one request for each small file', { timeout: limit }, async () => {
    const { result, requests } = await run('up', up);
    expect(result).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    // A few more find out what the service checks of conditions.
    expect(requests['PUT object']).toBeLessThan(small + 20);
    expect(requests['HEAD object'] ?? 0).toBeLessThan(3 * large + 10);
    expect(requests['GET object'] ?? 0).toBe(0);
  });

  test('come down into a second folder, equal in names, contents and times', { timeout: limit }, async () => {
    const { result } = await run('down', down);
    expect(result).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    execFileSync('diff', ['-r', '--exclude', '.syncengine', join(folder, 'one'), join(folder, 'two')]);
    const time = async (name: string): Promise<number> =>
      (await stat(join(folder, name, 'folder 5', '0', 'file-5.bin'))).mtimeMs;
    expect(await time('two')).toBeCloseTo(await time('one'), 2);
  });

  test('the second runs plan nothing, and ask nothing for each object', { timeout: limit }, async () => {
    for (const [pair, clients] of Object.entries({ up, down })) {
      const { result, requests } = await run(pair, clients);
      expect(result).toMatchObject({ status: 'clean', operations: [] });
      expect(Object.values(requests).reduce((sum, count) => sum + count, 0)).toBeLessThan(2 * pages + 40);
    }
  });

  test('without a memory all is adopted, and nothing transferred', { timeout: limit }, async () => {
    const { result, requests } = await run('again', up);
    expect(result).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    expect([requests['PUT object'], requests['GET object']]).toEqual([undefined, undefined]);
    expect(requests['HEAD object'] ?? 0).toBeLessThan(large + 10);
  });
});
