import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import {
  FileStateStore,
  LocalStorageClient,
  type StorageClient,
  SyncEngine,
  type SyncResult,
  SyncStateManager,
} from '@syncengine/core';
import { type OpenSsh, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isFullScale } from './support/scale.ts';
import { connectTo, newFolder, withOpenSsh } from './support/server.ts';

const kibi = 1024;
const mebi = kibi * kibi;

const [small, large, largeSize] = isFullScale ? [10_000, 10, 100 * mebi] : [400, 2, 20 * mebi];
const limit = isFullScale ? 1_800_000 : 240_000;

type Direction = 'up' | 'down';

withOpenSsh(`${small} small files and ${large} large ones`, () => {
  let server: OpenSsh;
  let folder: string;
  let remote: string;

  beforeAll(async () => {
    server = await startOpenSsh();
    folder = mkdtempSync(join(tmpdir(), 'syncengine-sftp-'));
    remote = newFolder(server);
    const sizes = [...Array<number>(small).fill(10 * kibi), ...Array<number>(large).fill(largeSize)];
    for (const [index, size] of sizes.entries()) {
      const path = join(folder, 'one', `folder ${index % 37}`, `${index % 5}`, `file-${index}.bin`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, randomBytes(size));
      utimesSync(path, 1_600_000_000 + index, 1_600_000_000 + index);
    }
  }, limit);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  }, limit);

  /** A run as a process of its own would make it, with what it remembered in files. */
  const run = async (direction: Direction, memory: string = direction): Promise<SyncResult> => {
    const sftp: StorageClient = await connectTo(server, remote);
    const began = performance.now();
    try {
      const state = new SyncStateManager({ store: new FileStateStore(join(folder, `state-${memory}`)) });
      const local = new LocalStorageClient(join(folder, direction === 'up' ? 'one' : 'two'));
      const [source, destination] = direction === 'up' ? [local, sftp] : [sftp, local];
      return await new SyncEngine({ source, destination, state }).sync();
    } finally {
      await sftp.close?.();
      const seconds = ((performance.now() - began) / 1_000).toFixed(1);
      if (isFullScale) process.stdout.write(`${direction} (${memory}): ${seconds} s\n`);
    }
  };

  const requireEqual = (one: string, two: string): unknown =>
    execFileSync('diff', ['-r', '--exclude', '.syncengine', one, two]);

  test('go up, equal in names, contents and times', { timeout: limit }, async () => {
    expect(await run('up')).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    requireEqual(join(folder, 'one'), remote);
    const time = (root: string): number => statSync(join(root, 'folder 5', '0', 'file-5.bin')).mtimeMs;
    expect(time(remote)).toBe(time(join(folder, 'one')));
  });

  test('come down into a fresh folder, equal again', { timeout: limit }, async () => {
    expect(await run('down')).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
    requireEqual(join(folder, 'one'), join(folder, 'two'));
    const time = (name: string): number => statSync(join(folder, name, 'folder 5', '0', 'file-5.bin')).mtimeMs;
    expect(time('two')).toBe(time('one'));
  });

  test('the second runs plan nothing', { timeout: limit }, async () => {
    for (const direction of ['up', 'down'] as const) {
      expect(await run(direction)).toMatchObject({ status: 'clean', operations: [], problems: [], conflicts: [] });
    }
  });

  test('without a memory all is adopted, and nothing transferred', { timeout: limit }, async () => {
    const result = await run('up', 'again');
    expect(result).toMatchObject({ status: 'clean', problems: [], conflicts: [], operations: [] });
  });
});
