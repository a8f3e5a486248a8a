import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, isSyncEngineError, type WriteOptions } from '@syncengine/core';
import { type OpenSsh, startFaultProxy, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SftpStorageClient } from '../src/index.ts';
import { connectTo, newFolder, own, withOpenSsh } from './support/server.ts';

const racers = 8;

withOpenSsh('races on a server that cannot replace in one step', () => {
  let server: OpenSsh;
  let folder: string;
  let clients: SftpStorageClient[];

  beforeAll(async () => {
    const extensions = ['posix-rename', 'hardlink', 'fsync', 'statvfs', 'copy-data'];
    server = await startOpenSsh({ configuration: [`ForceCommand internal-sftp -P ${extensions.join(',')}`] });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    folder = newFolder(server);
    const connect = (): Promise<SftpStorageClient> => connectTo(server, folder, { server: 'other', connections: 1 });
    clients = await Promise.all([connect(), connect(), connect()]);
    return async () => {
      for (const client of clients) await client.close();
      // Nobody left anything behind, neither staged nor set aside.
      expect(readdirSync(folder)).not.toContain('.syncengine');
    };
  });

  /** All write at once; tells who got through. Whoever did not was told that somebody was faster, or to try again. */
  const race = async (
    name: string,
    optionsOf: (racer: number) => WriteOptions,
  ): Promise<{ readonly winners: readonly string[]; readonly passing: readonly string[] }> => {
    const contents = Array.from({ length: racers }, (_, racer) => `${name} by ${racer}`);
    const outcomes = await Promise.allSettled(
      contents.map(async (content, racer) => {
        await clients[racer % clients.length]?.write(name, contentOf(content), optionsOf(racer));
        return content;
      }),
    );
    const winners: string[] = [];
    const passing: string[] = [];
    for (const [racer, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') winners.push(outcome.value);
      else if (isSyncEngineError(outcome.reason) && outcome.reason.retry !== 'no') {
        passing.push(contents[racer] ?? '');
      } else expect(outcome.reason).toMatchObject({ code: 'precondition-failed' });
    }
    return { winners, passing };
  };

  test('of many who expect the same version exactly one gets through', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = `file-${round}`;
      const first = await clients[0]?.write(name, contentOf('the very first'));
      const { winners, passing } = await race(name, () => ({ expected: first?.version }));
      expect(passing).toEqual([]);
      expect(winners).toEqual([readFileSync(join(folder, name), 'utf8')]);
    }
  });

  test('of those who expect nothing somebody gets through, and the others may try again', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = `file-${round}`;
      await clients[0]?.write(name, contentOf('the very first'));
      const { winners } = await race(name, () => ({}));
      expect(winners).toContain(readFileSync(join(folder, name), 'utf8'));
    }
  });

  test('what was replaced is kept by whoever replaced it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const name = `file-${round}`;
      const first = await clients[0]?.write(name, contentOf('the very first'));
      const { winners } = await race(name, (racer) => ({
        expected: first?.version,
        keepReplacedAt: `kept/${round}/${racer}`,
      }));
      expect(winners).toEqual([readFileSync(join(folder, name), 'utf8')]);
      const kept = readdirSync(join(folder, `kept/${round}`));
      expect(kept.map((racer) => `${name} by ${racer}`)).toEqual(winners);
      expect(readFileSync(join(folder, `kept/${round}/${kept[0]}`), 'utf8')).toBe('the very first');
    }
  });

  describe('a write that was killed between its two steps', () => {
    const client = (): SftpStorageClient => clients[0] as SftpStorageClient; // made before each test

    /** What a process of another machine left two days ago, whole or in part. */
    const leave = (number: number, path: string, parts: { readonly staged: boolean }): string => {
      const stamp = (Date.now() - 2 * 24 * 3_600_000).toString(36);
      const name = `0123456789ab-1-${stamp}-000000000000000${number}`;
      const staging = join(folder, '.syncengine/staging');
      mkdirSync(staging, { recursive: true });
      const files = { [`${name}-replaced`]: 'old', [`${name}-replaced-from`]: path };
      for (const [file, text] of Object.entries({ ...files, ...(parts.staged ? { [name]: 'new' } : {}) })) {
        writeFileSync(join(staging, file), text);
        own(server, join(staging, file));
      }
      for (const place of [join(folder, '.syncengine'), staging]) own(server, place);
      return `${name}-replaced`;
    };
    const put = (path: string, text: string): void => {
      mkdirSync(join(folder, 'dir'), { recursive: true });
      own(server, join(folder, 'dir'));
      writeFileSync(join(folder, path), text);
      own(server, join(folder, path));
    };

    test('gets its old content back, unless the new one stands', async () => {
      put('dir/finished', 'new');
      leave(1, 'dir/unfinished', { staged: true });
      leave(2, 'dir/finished', { staged: false });
      await client().recover();
      expect(readFileSync(join(folder, 'dir/unfinished'), 'utf8')).toBe('old');
      expect(readFileSync(join(folder, 'dir/finished'), 'utf8')).toBe('new');
    });

    test('never gets it back over something else, or out of the root, and then keeps it', async () => {
      put('dir/taken', 'by somebody else');
      const kept = [
        leave(1, 'dir/taken', { staged: true }),
        leave(2, '../escaped', { staged: true }),
        leave(3, 'gone/file', { staged: true }),
      ];
      await client().recover();
      expect(readFileSync(join(folder, 'dir/taken'), 'utf8')).toBe('by somebody else');
      expect(readdirSync(join(folder, '..'))).not.toContain('escaped');
      expect(readdirSync(join(folder, '.syncengine/staging')).sort()).toEqual(kept);
      for (const name of kept) rmSync(join(folder, '.syncengine/staging', name));
    });

    test('leaves old or new content, and nothing else, wherever the line broke', async () => {
      const proxy = await startFaultProxy({ target: server.port });
      const connect = (): Promise<SftpStorageClient> => {
        const { ed25519: fingerprint } = server.fingerprints;
        return connectTo(server, folder, { server: 'other', connections: 1, fingerprint, port: proxy.port });
      };
      const written = async (): Promise<void> => {
        const broken = await connect();
        try {
          await broken.write('file', contentOf('new'));
        } finally {
          await broken.close();
        }
      };
      try {
        await client().write('file', contentOf('old'));
        const whole = await connect();
        const begin = proxy.passed.toServer;
        await whole.write('file', contentOf('old'));
        const end = proxy.passed.toServer;
        await whole.close();
        for (let cut = begin; cut < end; cut += Math.ceil((end - begin) / 24)) {
          proxy.faults = () => ({ cutAfter: { toServer: cut } });
          const outcome = await written().catch((error: unknown) => error);
          if (outcome instanceof Error) expect(outcome).toMatchObject({ retry: 'yes' });
          // The server may still be busy with what it had received.
          await expect.poll(() => recovered(), { timeout: 60_000 }).toEqual(['file']);
          expect(['old', 'new']).toContain(readFileSync(join(folder, 'file'), 'utf8'));
        }
        // Whoever stages something takes an empty folder along that was left.
        await client().write('file', contentOf('last'));
      } finally {
        await proxy.stop();
      }
    });

    const recovered = async (): Promise<string[]> => {
      await client().recover();
      return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path !== '.syncengine');
    };
  });

  test('a directory is removed only where one is meant, and a file never for it', async () => {
    const [client] = clients;
    await client?.makeDirectory('dir');
    await client?.write('file', contentOf('text'));
    await expect(client?.remove('file', { kind: 'directory' })).rejects.toMatchObject({ code: 'precondition-failed' });
    await client?.remove('dir', { kind: 'directory' });
    expect(readdirSync(folder)).toContain('file');
    expect(readdirSync(folder)).not.toContain('dir');
  });
});

withOpenSsh('what one client stages while others tidy up', () => {
  let server: OpenSsh;

  beforeAll(async () => {
    server = await startOpenSsh();
  });
  afterAll(() => server.stop());

  test('finds its place, and nothing stays', async () => {
    const folder = newFolder(server);
    const clients = await Promise.all([connectTo(server, folder), connectTo(server, folder)]);
    const written: string[] = [];
    await Promise.all(
      clients.flatMap((client, number) =>
        Array.from({ length: 40 }, async (_, writer) => {
          for (let round = 0; round < 5; round += 1) {
            const name = `file-${number}-${writer}-${round}`;
            await client.write(name, contentOf(name), { expected: 'absent' });
            written.push(name);
            // Mostly nothing of the same client is staged then, but of the other one.
            if (writer === 0 || round % 2 === 1) await client.flush();
          }
        }),
      ),
    );
    for (const client of clients) await client.close();
    expect(readdirSync(folder).sort()).toEqual(written.sort());
    for (const name of written) expect(readFileSync(join(folder, name), 'utf8')).toBe(name);
  });

  test('is seen when a folder of ours is made that was missing a moment before', async () => {
    const folder = newFolder(server);
    const client = await connectTo(server, folder);
    for (let round = 0; round < 5; round += 1) {
      await client.recover();
      expect(await client.stat('.syncengine/trash')).toBeUndefined();
      await client.makeDirectory('.syncengine/trash/run');
      expect(await client.stat('.syncengine/trash')).toMatchObject({ kind: 'directory' });
      for await (const page of client.list('.syncengine/trash'))
        expect(page.map(({ path }) => path)).toContain('.syncengine/trash/run');
      await client.write('file', contentOf('text'));
      await client.flush();
      expect(await client.stat('.syncengine/trash/run')).toMatchObject({ kind: 'directory' });
      for (const path of ['.syncengine/trash/run', '.syncengine/trash', '.syncengine']) await client.remove(path);
    }
    await client.close();
    expect(readdirSync(folder)).toEqual(['file']);
  });

  test('the space is told after a listing as often as it is asked for', async () => {
    const client = await connectTo(server, newFolder(server));
    for await (const page of client.list('')) expect(page).toEqual([]);
    expect((await client.usage()).freeBytes).toBeGreaterThan(0);
    expect((await client.usage()).freeBytes).toBeGreaterThan(0);
    await client.close();
  });
});
