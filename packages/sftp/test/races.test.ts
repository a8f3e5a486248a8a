import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, isSyncEngineError, type WriteOptions } from '@syncengine/core';
import { type OpenSsh, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { SftpStorageClient } from '../src/index.ts';
import { connectTo, newFolder, withOpenSsh } from './support/server.ts';

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
});
