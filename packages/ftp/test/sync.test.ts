import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import {
  LocalStorageClient,
  MemoryStateStore,
  type StorageClient,
  SyncEngine,
  type SyncResult,
  SyncStateManager,
} from '@syncengine/core';
import type { FtpServer } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder, open, servers, withServer } from './support/servers.ts';

const kibi = 1_024;
const mebi = kibi * kibi;

/** `SYNCENGINE_TEST_SCALE=full`: 10,000 files of 10 KiB and 10 of 100 MiB for each server. It takes minutes. */
const isFull = process.env['SYNCENGINE_TEST_SCALE'] === 'full';
const [small, large, largeSize] = isFull ? [10_000, 10, 100 * mebi] : [120, 2, 6 * mebi];
const deepest = 40;
const limit = isFull ? 1_800_000 : 240_000;

for (const { name, start } of servers) {
  withServer(name, `${small} small files, ${large} large ones and a deep tree on ${name}`, () => {
    let server: FtpServer;
    let folder: string;
    let remote: string;
    const states = { up: new MemoryStateStore(), down: new MemoryStateStore() };

    beforeAll(async () => {
      server = await start();
      folder = mkdtempSync(join(tmpdir(), 'syncengine-ftp-sync-'));
      remote = newFolder(server);
      const sizes = [...Array(small).fill(10 * kibi), ...Array(large).fill(largeSize)];
      const paths = sizes.map((_, index) => `folder ${index % 7}/${index % 5}/file-${index}.bin`);
      const deep = `${Array.from({ length: deepest }, (_, level) => `level-${level}`).join('/')}/end`;
      for (const [index, path] of [...paths, deep].entries()) {
        const place = join(folder, 'one', path);
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, randomBytes(sizes[index] ?? 1));
        utimesSync(place, 1_600_000_000 + index, 1_600_000_000 + index);
      }
      mkdirSync(join(folder, 'two'));
    }, limit);
    afterAll(async () => {
      await server?.stop();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    }, limit);

    /** A run as a process of its own would make it. */
    const run = async (direction: keyof typeof states): Promise<SyncResult> => {
      const client = await open(server, remote);
      const local: StorageClient = new LocalStorageClient(join(folder, direction === 'up' ? 'one' : 'two'));
      const [source, destination] = direction === 'up' ? [local, client] : [client, local];
      try {
        const state = new SyncStateManager({ store: states[direction] });
        return await new SyncEngine({ source, destination, state }).sync();
      } finally {
        await client.close();
      }
    };
    const expectEqual = (one: string, two: string): void => {
      execFileSync('diff', ['-r', '--exclude', '.syncengine', one, two]);
    };

    test('go up, equal in names, contents and times', { timeout: limit }, async () => {
      expect(await run('up')).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
      expectEqual(join(folder, 'one'), join(server.files, remote));
      const path = 'folder 5/0/file-5.bin';
      expect(statSync(join(server.files, remote, path)).mtimeMs).toBe(statSync(join(folder, 'one', path)).mtimeMs);
    });

    test('come down into a fresh folder, equal in names, contents and times', { timeout: limit }, async () => {
      expect(await run('down')).toMatchObject({ status: 'clean', problems: [], conflicts: [] });
      expectEqual(join(folder, 'one'), join(folder, 'two'));
      const path = 'folder 5/0/file-5.bin';
      expect(statSync(join(folder, 'two', path)).mtimeMs).toBe(statSync(join(folder, 'one', path)).mtimeMs);
    });

    test('the second runs plan nothing', { timeout: limit }, async () => {
      for (const direction of ['up', 'down'] as const) {
        expect(await run(direction)).toMatchObject({ status: 'clean', operations: [] });
      }
    });
  });
}
