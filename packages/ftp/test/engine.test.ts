import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import {
  LocalStorageClient,
  MemoryStateStore,
  SyncEngine,
  type SyncEngineOptions,
  type SyncResult,
  SyncStateManager,
} from '@syncengine/core';
import { type FtpServer, startProFtpd, startPureFtpd, startVsftpd } from '@syncengine/test-servers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newFolder, open, own, servers, withServer } from './support/servers.ts';

/** Runs of one pair, each with a client of its own. */
function syncing(server: FtpServer, remote: string, local: string): () => Promise<SyncResult> {
  const store = new MemoryStateStore();
  return async () => {
    const client = await open(server, remote);
    try {
      const state = new SyncStateManager({ store });
      return await new SyncEngine({ source: new LocalStorageClient(local), destination: client, state }).sync();
    } finally {
      await client.close();
    }
  };
}

for (const { name, start } of servers) {
  withServer(name, `Runs with ${name}`, () => {
    let server: FtpServer;
    let remote: string;
    let disk: string;
    let local: string;
    let store: MemoryStateStore;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());
    beforeEach(() => {
      remote = newFolder(server);
      disk = join(server.files, remote);
      local = mkdtempSync(join(tmpdir(), 'syncengine-ftp-engine-'));
      store = new MemoryStateStore();
    });
    afterEach(() => rmSync(local, { recursive: true }));

    const run = async (options: Partial<SyncEngineOptions> = {}): Promise<SyncResult> => {
      const client = await open(server, remote);
      try {
        const state = new SyncStateManager({ store });
        const source = new LocalStorageClient(local);
        return await new SyncEngine({ source, destination: client, state, ...options }).sync();
      } finally {
        await client.close();
      }
    };
    const put = (path: string, text: string): void => {
      writeFileSync(join(disk, path), text);
      own(server, join(disk, path));
    };
    const makeFolder = (path: string): void => {
      mkdirSync(join(disk, path));
      own(server, join(disk, path));
    };

    test('a branch that may not be read is frozen and reported; it is no deletion', async () => {
      makeFolder('open');
      put('open/file', 'text');
      makeFolder('closed');
      put('closed/file', 'kept');
      expect((await run()).status).toBe('clean');
      expect(readFileSync(join(local, 'closed/file'), 'utf8')).toBe('kept');
      chmodSync(join(disk, 'closed'), 0o000);
      put('open/another', 'new');
      const result = await run();
      expect(result.status).not.toBe('clean');
      expect(result.problems.map((problem) => problem.path)).toContain('closed');
      expect(readFileSync(join(local, 'closed/file'), 'utf8')).toBe('kept');
      expect(readFileSync(join(local, 'open/another'), 'utf8')).toBe('new');
      chmodSync(join(disk, 'closed'), 0o755);
      expect((await run()).status).toBe('clean');
      expect(readFileSync(join(disk, 'closed/file'), 'utf8')).toBe('kept');
    });

    test.for([-5, 5])('a clock of the server that is %i hours off does not matter', async (hours) => {
      const then = Math.floor(Date.now() / 1_000) + hours * 3_600;
      const putThen = (path: string, text: string, seconds: number): void => {
        put(path, text);
        utimesSync(join(disk, path), seconds, seconds);
      };
      putThen('there', 'from there', then);
      writeFileSync(join(local, 'here'), 'from here');
      expect((await run()).status).toBe('clean');
      expect((await run()).operations).toEqual([]);
      putThen('here', 'edited there', then + 60);
      writeFileSync(join(local, 'there'), 'edited here');
      expect(await run()).toMatchObject({ status: 'clean', conflicts: [] });
      expect(readFileSync(join(local, 'here'), 'utf8')).toBe('edited there');
      expect(readFileSync(join(disk, 'there'), 'utf8')).toBe('edited here');
      expect(await run()).toMatchObject({ status: 'clean', operations: [], conflicts: [] });
    });

    test('a directory is removed only where one is meant, and a file never for it', async () => {
      makeFolder('dir');
      put('file', 'text');
      const client = await open(server, remote);
      try {
        const removing = client.remove('file', { kind: 'directory' });
        await expect(removing).rejects.toMatchObject({ code: 'precondition-failed' });
        await client.remove('dir', { kind: 'directory' });
      } finally {
        await client.close();
      }
      expect(readdirSync(disk)).toEqual(['file']);
    });

    describe('links on the server', () => {
      beforeEach(() => {
        makeFolder('folder');
        put('folder/file', 'inside');
        writeFileSync(join(server.files, `secret-${remote}`), 'outside');
        symlinkSync('folder/file', join(disk, 'to-file'));
        symlinkSync('folder', join(disk, 'to-folder'));
        symlinkSync(`../secret-${remote}`, join(disk, 'out'));
        for (const link of ['to-file', 'to-folder', 'out']) expect(existsSync(join(disk, link))).toBe(true);
      });

      for (const policy of ['safe', 'preserve', 'follow', 'skip'] as const) {
        test(`${policy}: nothing from outside the root comes over, and the second run plans nothing`, async () => {
          const result = await run({ symlinks: policy });
          expect(result.problems.filter(({ path }) => !['to-file', 'to-folder', 'out'].includes(path))).toEqual([]);
          expect(readFileSync(join(local, 'folder/file'), 'utf8')).toBe('inside');
          const names = readdirSync(local).filter((each) => each !== '.syncengine');
          // Only who asks for every link as it is gets the one that leads out: as a link, never what it leads to.
          const isOutLink = policy === 'preserve' && lstatSync(join(local, 'out')).isSymbolicLink();
          expect(names.includes('out')).toBe(isOutLink);
          for (const each of names) expect(['folder', 'to-file', 'to-folder', 'out']).toContain(each);
          if (policy === 'skip') expect(names).toEqual(['folder']);
          expect((await run({ symlinks: policy })).operations).toEqual([]);
          for (const link of ['to-file', 'to-folder', 'out']) expect(readdirSync(disk)).toContain(link);
        });
      }
    });
  });
}

/** Hours that the server's times are off: it tells and takes them in a zone of its own. */
const zones = ['Etc/GMT+11', 'Etc/GMT-12'];

for (const { name, begin } of [
  {
    name: 'vsftpd' as const,
    begin: (timeZone: string) => startVsftpd({ configuration: ['use_localtime=YES'], timeZone }),
  },
  {
    name: 'proftpd' as const,
    begin: (timeZone: string) => startProFtpd({ configuration: ['TimesGMT off'], timeZone }),
  },
]) {
  withServer(name, `${name} in another time zone`, () => {
    for (const zone of zones) {
      test(`${zone}: nothing is taken for changed, and what changed is`, async () => {
        const server = await begin(zone);
        const local = mkdtempSync(join(tmpdir(), 'syncengine-ftp-zone-'));
        try {
          const remote = newFolder(server);
          const disk = join(server.files, remote);
          const run = syncing(server, remote, local);
          const put = (path: string, text: string): void => {
            writeFileSync(join(disk, path), text);
            own(server, join(disk, path));
          };
          writeFileSync(join(local, 'here'), 'from here');
          put('there', 'from there');
          expect((await run()).status).toBe('clean');
          expect((await run()).operations).toEqual([]);
          writeFileSync(join(local, 'here'), 'from here, edited');
          put('there', 'from there, edited');
          expect((await run()).status).toBe('clean');
          expect(readFileSync(join(disk, 'here'), 'utf8')).toBe('from here, edited');
          expect(readFileSync(join(local, 'there'), 'utf8')).toBe('from there, edited');
          expect(await run()).toMatchObject({ status: 'clean', operations: [], conflicts: [] });
        } finally {
          rmSync(local, { recursive: true });
          await server.stop();
        }
      });
    }
  });
}

/** `SYNCENGINE_TEST_SCALE=full`: 20,000 files in one directory. */
const many = process.env['SYNCENGINE_TEST_SCALE'] === 'full' ? 20_000 : 1_000;

for (const { name, start } of servers) {
  withServer(name, `One directory with ${many} files on ${name}`, () => {
    test('comes over whole, and changes in it go both ways', { timeout: 900_000 }, async () => {
      // Pure-FTPd lists 10,000 entries if it is not told otherwise.
      const patient = ['--limitrecursion', '50000:5'];
      const server = name === 'pure-ftpd' ? await startPureFtpd({ configuration: patient }) : await start();
      const local = mkdtempSync(join(tmpdir(), 'syncengine-ftp-many-'));
      try {
        const remote = newFolder(server);
        const disk = join(server.files, remote, 'many');
        mkdirSync(disk);
        own(server, disk);
        for (let index = 0; index < many; index += 1) {
          writeFileSync(join(disk, `file-${index}`), `${index}`);
          own(server, join(disk, `file-${index}`));
        }
        const run = syncing(server, remote, local);
        expect(await run()).toMatchObject({ status: 'clean', problems: [] });
        expect(readdirSync(join(local, 'many'))).toHaveLength(many);
        expect(await run()).toMatchObject({ status: 'clean', operations: [] });
        writeFileSync(join(local, 'many/new'), 'from here');
        rmSync(join(disk, 'file-7'));
        expect(await run()).toMatchObject({ status: 'clean', counts: { created: 1, deleted: 1 } });
        expect(readFileSync(join(disk, 'new'), 'utf8')).toBe('from here');
        expect(existsSync(join(local, 'many/file-7'))).toBe(false);
        expect(await run()).toMatchObject({ status: 'clean', operations: [] });
      } finally {
        rmSync(local, { recursive: true });
        await server.stop();
      }
    });
  });
}
