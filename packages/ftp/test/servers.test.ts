import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type Entry, isSyncEngineError, type SyncEngineError } from '@syncengine/core';
import { type FtpServer, startPureFtpd } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FtpStorageClient } from '../src/index.ts';
import { newFolder, open, own, servers, withServer } from './support/servers.ts';
import { codeOf, listed, put, textAt } from './support/words.ts';

for (const { name, start } of servers) {
  withServer(name, `FTP on ${name}`, () => {
    let server: FtpServer;
    let folder: string;
    let disk: string;
    let client: FtpStorageClient;

    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());

    const inNewRoot = (title: string, body: () => Promise<void>): void => {
      test(title, async () => {
        folder = newFolder(server);
        disk = `${server.files}/${folder}`;
        client = await open(server, folder);
        try {
          await body();
        } finally {
          await client.close();
        }
      });
    };

    inNewRoot('a missing directory is no empty one', async () => {
      expect(await codeOf(listed(client, 'missing'))).toBe('not-found');
      expect(await codeOf(listed(client, 'missing/deeper'))).toBe('not-found');
    });

    inNewRoot('a directory that may not be read is no empty one, and none that is missing', async () => {
      // As root everybody reads everything; the server works for somebody else.
      for (const [at, mode] of [
        ['closed', 0o000],
        ['entered only', 0o311],
        ['read only', 0o444],
      ] as const) {
        mkdirSync(`${disk}/${at}`);
        writeFileSync(`${disk}/${at}/file`, 'text');
        own(server, `${disk}/${at}`);
        chmodSync(`${disk}/${at}`, mode);
      }
      expect(await codeOf(listed(client, 'closed'))).toBe('permission-denied');
      expect(await codeOf(listed(client, 'entered only'))).toBe('permission-denied');
      expect(await codeOf(listed(client, 'read only'))).toMatch(/permission-denied|entry/);
      expect(await codeOf(client.stat('closed/file'))).toBe('permission-denied');
      expect((await client.stat('closed'))?.kind).toBe('directory');
      chmodSync(`${disk}/closed`, 0o755);
      chmodSync(`${disk}/closed/file`, 0o000);
      expect(await codeOf(textAt(client, 'closed/file'))).toBe('permission-denied');
    });

    inNewRoot('times are those of the disk, whatever the time zone of a listing, to the second', async () => {
      const times = [Date.UTC(2001, 1, 3, 4, 5, 6), Date.UTC(2026, 10, 22, 1, 2, 3), Date.UTC(2026, 5, 30, 23, 59, 59)];
      for (const time of times) {
        writeFileSync(`${disk}/${time}`, 'text');
        own(server, `${disk}/${time}`);
        utimesSync(`${disk}/${time}`, time / 1000, time / 1000);
      }
      for (const entry of await listed(client, '')) expect(entry.modifiedAt).toBe(Number(entry.path));
      for (const time of times) {
        await client.write('written', { size: 0, open: nothing }, { modifiedAt: time + 999 });
        expect(statSync(`${disk}/written`).mtimeMs).toBe(time);
      }
    });

    inNewRoot('what replaces a file has its permissions', async () => {
      for (const mode of [0o600, 0o640, 0o755]) {
        await put(client, `file-${mode}`, 'old');
        chmodSync(`${disk}/file-${mode}`, mode);
        await put(client, `file-${mode}`, 'new');
        expect(await textAt(client, `file-${mode}`)).toBe('new');
        expect(statSync(`${disk}/file-${mode}`).mode & 0o777).toBe(mode);
      }
    });

    inNewRoot('a name cannot carry a command', async () => {
      await put(client, 'victim', 'text');
      for (const end of ['\r\n', '\n', '\r']) {
        const path = `x${end}DELE ${server.root}/${folder}/victim`;
        const attempts = [
          put(client, path.replaceAll('/', '_'), 'text'),
          put(client, path, 'text'),
          client.makeDirectory(path),
          client.move('victim', `y${end}NOOP`),
          client.remove(path),
          textAt(client, path),
        ];
        for (const attempt of await Promise.allSettled(attempts)) {
          expect(attempt.status).toBe('rejected');
          if (attempt.status === 'rejected') expect(attempt.reason.code).toBe('unsupported-name');
        }
        expect(await client.stat(path)).toBeUndefined();
      }
      expect(await textAt(client, 'victim')).toBe('text');
    });

    inNewRoot('what is listed but cannot be asked for is told as unknown, never left out', async () => {
      writeFileSync(Buffer.concat([Buffer.from(`${disk}/bad`), Buffer.from([0xff, 0xe4])]), 'x');
      writeFileSync(`${disk}/arrow -> not a link`, 'x');
      writeFileSync(`${disk}/ leading`, 'x');
      writeFileSync(`${disk}/good`, 'x');
      const entries = await listed(client, '');
      const kinds = new Map(entries.map((entry) => [entry.path, entry.kind]));
      expect(kinds.get('good')).toBe('file');
      expect(kinds.get(' leading')).toBe('file');
      expect(kinds.get('arrow -> not a link')).toBe('file');
      expect(kinds.get('bad\\xff\\xe4')).toBe('unknown');
    });

    inNewRoot('a name that the server alters is refused, and nothing is replaced by it', async () => {
      const { names } = client.capabilities;
      await put(client, 'name_', 'standing');
      for (const altered of ['name ', 'name\t', 'name\\']) {
        if (names.forbidden?.test(altered) !== true) {
          await put(client, altered, 'text');
          expect(await textAt(client, altered)).toBe('text');
        } else expect(await codeOf(put(client, altered, 'text'))).toBe('unsupported-name');
      }
      expect(await textAt(client, 'name_')).toBe('standing');
    });

    inNewRoot('links are told as links, and followed inside the root only', async () => {
      mkdirSync(`${disk}/dir`);
      writeFileSync(`${disk}/dir/file`, 'inside');
      mkdirSync(`${server.files}/outside-${folder}`);
      writeFileSync(`${server.files}/outside-${folder}/secret`, 'outside');
      const links = {
        'to-file': 'dir/file',
        'to-dir': 'dir',
        broken: 'nowhere',
        out: `../outside-${folder}`,
        'out-file': `../outside-${folder}/secret`,
        'dir/up': '..',
        itself: 'itself',
      };
      for (const [at, target] of Object.entries(links)) symlinkSync(target, `${disk}/${at}`);
      const entries = [...(await listed(client, '')), ...(await listed(client, 'dir'))];
      for (const [at, target] of Object.entries(links)) {
        // ProFTPD denies that anything stands where a link leads nowhere.
        if (name === 'proftpd' && ['broken', 'itself', 'dir/up'].includes(at)) continue;
        const told = entries.find((entry) => entry.path === at);
        expect(told).toMatchObject({ kind: 'symlink', target });
        expect(await client.stat(at)).toMatchObject({ kind: 'symlink', target });
      }
      const followed = [...(await listed(client, '', true)), ...(await listed(client, 'dir', true))];
      const kindOf = (path: string): string | undefined => followed.find((entry) => entry.path === path)?.kind;
      expect(kindOf('to-file')).toBe('file');
      expect(kindOf('to-dir')).toBe('directory');
      for (const path of ['out', 'out-file']) expect(kindOf(path)).toBe('symlink');
      expect(kindOf('dir/up')).toBe(name === 'proftpd' ? 'other' : 'symlink');
      expect(kindOf('broken')).toBe(name === 'proftpd' ? undefined : 'symlink');
      expect(await textAt(client, 'to-file')).toBe('inside');
      expect(await codeOf(textAt(client, 'out-file'))).toBe('outside-root');
      for (const attempt of [
        () => listed(client, 'out'),
        () => textAt(client, 'out/secret'),
        () => put(client, 'out/new', 'text'),
        () => client.remove('out/secret'),
        () => client.makeDirectory('out/new'),
        () => client.move('dir/file', 'out/file'),
      ]) {
        expect(await codeOf(attempt())).toBe('outside-root');
      }
      expect(readFileSync(`${server.files}/outside-${folder}/secret`, 'utf8')).toBe('outside');
      await client.remove('out');
      expect(readFileSync(`${server.files}/outside-${folder}/secret`, 'utf8')).toBe('outside');
    });

    inNewRoot('20,000 entries in one directory come once each, or the server says that it lists fewer', async () => {
      mkdirSync(`${disk}/many`);
      for (let index = 0; index < 20_000; index += 1) writeFileSync(`${disk}/many/${index}`, '');
      if (name === 'pure-ftpd') {
        // Its own limit is 10,000: then nothing is known of the directory, and surely not that the others are gone.
        expect(await codeOf(listed(client, 'many'))).toBe('unreadable');
        const patient = await startPureFtpd({ configuration: ['--limitrecursion', '50000:5'] });
        mkdirSync(`${patient.files}/many`);
        for (let index = 0; index < 20_000; index += 1) writeFileSync(`${patient.files}/many/${index}`, '');
        const other = await open(patient, '');
        expect(new Set((await listed(other, 'many')).map((entry: Entry) => entry.path)).size).toBe(20_000);
        await other.close();
        await patient.stop();
      } else {
        const paths = new Set((await listed(client, 'many')).map((entry: Entry) => entry.path));
        expect(paths.size).toBe(20_000);
      }
    });

    inNewRoot('what a killed process left is taken away, what a living one sends stays', async () => {
      mkdirSync(`${disk}/.syncengine/staging`, { recursive: true });
      own(server, `${disk}/.syncengine`);
      own(server, `${disk}/.syncengine/staging`);
      const left = '0123456789ab.0123456789ab.1.1.0123456789abcdef';
      writeFileSync(`${disk}/.syncengine/staging/${left}`, 'x');
      utimesSync(`${disk}/.syncengine/staging/${left}`, 1_000_000_000, 1_000_000_000);
      writeFileSync(`${disk}/.syncengine/staging/not-ours`, 'x');
      let ours: readonly string[] = [];
      await client.write('file', {
        size: 600_000,
        async *open() {
          yield new Uint8Array(300_000);
          ours = readdirSync(`${disk}/.syncengine/staging`).filter((each) => each !== left && each !== 'not-ours');
          const other = await open(server, folder);
          await other.recover();
          await other.close();
          expect(readdirSync(`${disk}/.syncengine/staging`).sort()).toEqual([...ours, 'not-ours'].sort());
          yield new Uint8Array(300_000);
        },
      });
      expect(ours.length).toBe(1);
      expect(readdirSync(`${disk}/.syncengine/staging`)).toEqual(['not-ours']);
      expect(statSync(`${disk}/file`).size).toBe(600_000);
    });

    inNewRoot(
      'a server that dies in the middle of all kinds of work is an error of ours, and nothing else',
      async () => {
        for (const security of ['none', 'explicit'] as const) {
          const doomed = await start();
          const there = newFolder(doomed);
          const other = await open(doomed, there, { security, connections: 6, timeoutMs: 10_000 });
          await put(other, 'file', 'x'.repeat(40_000_000));
          let die: (value: undefined) => void = () => undefined;
          const death = new Promise<undefined>((resolve) => {
            die = resolve;
          });
          let waiting = 0;
          const arrive = async (): Promise<void> => {
            waiting += 1;
            if (waiting === 3) {
              await doomed.stop();
              die(undefined);
            }
            await death;
          };
          const upload = (path: string): Promise<unknown> =>
            other.write(path, {
              size: 6_000_000,
              async *open() {
                yield new Uint8Array(3_000_000);
                await arrive();
                yield new Uint8Array(3_000_000);
              },
            });
          const download = async (): Promise<void> => {
            for await (const chunk of other.read('file')) {
              expect(chunk.byteLength).toBeGreaterThan(0);
              await arrive();
            }
          };
          const work = [
            upload('a'),
            upload('b'),
            download(),
            death.then(() => listed(other, '')),
            death.then(() => other.stat('x')),
          ];
          for (const outcome of await Promise.allSettled(work)) {
            expect(outcome.status).toBe('rejected');
            if (outcome.status === 'rejected') {
              const reason: SyncEngineError = outcome.reason;
              expect(isSyncEngineError(reason, 'connection'), String(reason)).toBe(true);
              expect(reason.retry).toBe('yes');
            }
          }
          await other.close();
        }
      },
    );
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Empty content has no chunks.
}
