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
/** Writes that find out once what the service checks of conditions. */
const probing = 6;

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
    expect(requests['PUT object']).toBe(small + probing);
    expect(requests['HEAD object'] ?? 0).toBeLessThan(3 * large + 10);
    expect(requests['GET object'] ?? 0).toBe(0);
  });

  test('come down with one request for each small file, equal in names, contents and times', {
    timeout: limit,
  }, async () => {
    const { result, requests } = await run('down', down);
    expect(result).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    execFileSync('diff', ['-r', '--exclude', '.syncengine', join(folder, 'one'), join(folder, 'two')]);
    const time = async (name: string): Promise<number> =>
      (await stat(join(folder, name, 'folder 5', '0', 'file-5.bin'))).mtimeMs;
    expect(await time('two')).toBeCloseTo(await time('one'), 2);
    expect(requests['GET object']).toBe(small + large * Math.ceil(largeSize / (8 * mebi)));
    // Large ones are asked for their times before, and looked at again when they were read; one looks for what a killed run left.
    expect(requests['HEAD object']).toBe(2 * large + 1);
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

describeWithCeph('2,500 files, an empty one among them', () => {
  const files = 2_500;
  let folder = '';
  let bucket = '';
  let proxy: AnsweringProxy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'syncengine-s3-'));
    bucket = await newBucket();
    proxy = await AnsweringProxy.start();
    for (let index = 0; index < files; index += 1) {
      const path = join(folder, 'one', `folder-${index % 40}`, `file-${index}.txt`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, 'x'.repeat(index));
      await utimes(path, 1_600_000_000 + index, 1_600_000_000 + index);
    }
  });
  afterAll(async () => {
    await proxy.stop();
    await rm(folder, { recursive: true });
  });

  /** All that a run asks the service, the opening of the bucket included. */
  async function requestsOf(name: string): Promise<Record<string, number>> {
    proxy.seen.length = 0;
    const s3 = await open({ bucket, endpoint: proxy.endpoint });
    const state = new SyncStateManager({ store: new FileStateStore(join(folder, `state-${name}`)) });
    const source = new LocalStorageClient(join(folder, name));
    const result = await new SyncEngine({ source, destination: s3, state }).sync();
    await s3.close?.();
    expect(result).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    return proxy.counts();
  }

  const limit = 120_000;
  const unchanged = { 'GET ?versioning': 1, 'GET ?list-type': 3 };

  test('go up with one request each, and cost nothing but the pages of a listing from then on', {
    timeout: limit,
  }, async () => {
    const requests = await requestsOf('one');
    expect(requests['PUT object']).toBe(files + probing);
    expect([requests['HEAD object'], requests['GET object']]).toEqual([1, undefined]);
    expect(await requestsOf('one')).toEqual(unchanged);
  });

  test('come down with one request each, and cost nothing but the pages of a listing from then on', {
    timeout: limit,
  }, async () => {
    await mkdir(join(folder, 'two'));
    const requests = await requestsOf('two');
    expect(requests['PUT object']).toBeUndefined();
    expect(requests['GET object']).toBe(files);
    // No range of an empty object can be asked for, so that one is looked at. One more looks for what a killed run left.
    expect(requests['HEAD object']).toBe(2);
    execFileSync('diff', ['-r', '--exclude', '.syncengine', join(folder, 'one'), join(folder, 'two')]);
    const times = await Promise.all(
      ['one', 'two'].map(async (name) => (await stat(join(folder, name, 'folder-7', 'file-2047.txt'))).mtimeMs),
    );
    expect(times).toEqual([1_600_002_047_000, 1_600_002_047_000]);
    expect(await requestsOf('two')).toEqual(unchanged);
  });
});
