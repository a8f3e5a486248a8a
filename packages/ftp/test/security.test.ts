import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { type Content, isSyncEngineError, systemClock } from '@syncengine/core';
import { type FtpServer, startProFtpd, startVsftpd } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FtpStorageClient } from '../src/index.ts';
import { newFolder, open, optionsFor, own, servers, withServer } from './support/servers.ts';
import { codeOf, put, textAt } from './support/words.ts';

for (const { name, start } of servers) {
  withServer(name, `Logging in to ${name}`, () => {
    let server: FtpServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server?.stop());

    test('a certificate that nobody trusts is refused before anything secret is sent', async () => {
      const options = { security: 'explicit', certificateAuthority: undefined } as const;
      expect(await codeOf(open(server, 'x', options))).toBe('permission-denied');
    });

    test('a certificate for another name is refused', async () => {
      // The certificate is for 127.0.0.1 and localhost.
      expect(await codeOf(open(server, 'x', { security: 'explicit', host: '127.0.0.2' }))).not.toBe('entry');
    });

    test('a pinned certificate is taken, whoever signed it, and no other', async () => {
      const { fingerprint } = server;
      const pinned = { security: 'explicit', certificateAuthority: undefined, fingerprint } as const;
      const client = await open(server, newFolder(server), pinned);
      await put(client, 'file', 'text');
      expect(await textAt(client, 'file')).toBe('text');
      await client.close();
      const other = { ...pinned, fingerprint: `00${fingerprint.slice(2)}` };
      expect(await codeOf(open(server, 'x', other))).toBe('permission-denied');
    });

    test('a wrong password is refused, and no message tells it', async () => {
      const password = 'not the password';
      const error: unknown = await open(server, 'x', { password }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'permission-denied', retry: 'no' });
      expect(String(error)).not.toContain(password);
    });

    test('where nobody listens there is no connection', async () => {
      expect(await codeOf(open(server, 'x', { port: 1 }))).toBe('connection');
    });

    test('an abort ends it with the reason', async () => {
      const reason = new Error('enough');
      const opening = FtpStorageClient.open(optionsFor(server, 'x'), { signal: AbortSignal.abort(reason) });
      await expect(opening).rejects.toBe(reason);
    });
  });
}

const implicit = { proftpd: startProFtpd, vsftpd: startVsftpd } as const;

for (const name of ['proftpd', 'vsftpd'] as const) {
  withServer(name, `Implicit TLS on ${name}`, () => {
    test('protects everything from the first byte', async () => {
      const server = await implicit[name]({ implicitTls: true });
      try {
        const client = await open(server, newFolder(server), { security: 'implicit' });
        await put(client, 'dir/file', 'x'.repeat(1_000_000));
        expect((await textAt(client, 'dir/file')).length).toBe(1_000_000);
        await client.close();
        expect(await codeOf(open(server, 'x', { security: 'implicit', certificateAuthority: undefined }))).toBe(
          'permission-denied',
        );
      } finally {
        await server.stop();
      }
    });
  });
}

for (const { name, startWith } of [
  { name: 'proftpd', startWith: startProFtpd },
  { name: 'vsftpd', startWith: startVsftpd },
] as const) {
  withServer(name, `Few connections on ${name}`, () => {
    test('a server that allows two gets two, and everything is done', async () => {
      const server = await startWith({ maximumConnections: 2 });
      try {
        const client = await open(server, newFolder(server), { connections: 8 });
        const names = Array.from({ length: 40 }, (_, index) => `file-${index}`);
        await Promise.all(names.map((path) => put(client, path, path)));
        expect(await Promise.all(names.map((path) => textAt(client, path)))).toEqual(names);
        await client.close();
      } finally {
        await server.stop();
      }
    });
  });
}

withServer('vsftpd', 'A server that has no room for a while', () => {
  test('is asked for one connection more each time that some time has passed', async () => {
    const server = await startVsftpd({ maximumConnections: 3 });
    let now = 1_800_000_000_000;
    const clock = { ...systemClock, now: () => now };
    try {
      const folder = newFolder(server);
      const others = [await open(server, folder), await open(server, folder)];
      const client = await open(server, folder, { connections: 3, clock });
      const names = Array.from({ length: 6 }, (_, index) => `file-${index}`);
      await Promise.all(names.map((path) => put(client, path, path)));
      for (const other of others) await other.close();
      now += 60_000;
      // Each of the two is only done when the other one has begun, so they need two connections at once.
      const [first, second] = [meeting(), meeting()];
      const content = (own: Meeting, other: Meeting): Content => ({
        size: 600_000,
        async *open() {
          yield new Uint8Array(300_000);
          own.arrive();
          await other.arrived;
          yield new Uint8Array(300_000);
        },
      });
      await eventually(() => openAnother(server, folder));
      await Promise.all([client.write('one', content(first, second)), client.write('two', content(second, first))]);
      expect((await client.stat('two'))?.kind).toBe('file');
      await client.close();
    } finally {
      await server.stop();
    }
  });
});

interface Meeting {
  readonly arrived: Promise<void>;
  readonly arrive: () => void;
}

function meeting(): Meeting {
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  return { arrived, arrive };
}

/** The server notices by and by that connections were closed. */
async function openAnother(server: FtpServer, folder: string): Promise<boolean> {
  try {
    await (await open(server, folder)).close();
    return true;
  } catch (error) {
    if (isSyncEngineError(error, 'throttled')) return false;
    throw error;
  }
}

async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

withServer('proftpd', 'A server that renames nothing onto a file', () => {
  test('what had stepped aside when a process was killed comes back, unless the new content stands', async () => {
    const server = await startProFtpd();
    try {
      const folder = newFolder(server);
      const disk = `${server.files}/${folder}`;
      for (const [random, path] of [
        ['0000000000000001', 'dir/unfinished'],
        ['0000000000000002', 'dir/finished'],
      ]) {
        // Left by another machine, a long time ago.
        const aside = `${disk}/.syncengine/staging/0123456789ab.0123456789ab.1.1.${random}.aside`;
        mkdirSync(`${aside}/dir`, { recursive: true });
        writeFileSync(`${aside}/${path}`, 'old');
        for (const place of [`${aside}/${path}`, `${aside}/dir`, aside])
          utimesSync(place, 1_000_000_000, 1_000_000_000);
      }
      mkdirSync(`${disk}/dir`);
      writeFileSync(`${disk}/dir/finished`, 'new');
      for (const each of readdirSync(disk, { recursive: true })) own(server, `${disk}/${String(each)}`);
      const client = await open(server, folder);
      await client.recover();
      expect(await textAt(client, 'dir/unfinished')).toBe('old');
      expect(await textAt(client, 'dir/finished')).toBe('new');
      await client.close();
      expect(readdirSync(disk)).toEqual(['dir']);
    } finally {
      await server.stop();
    }
  });

  test('the old content is kept until the new one stands', async () => {
    const server = await startProFtpd({ configuration: ['AllowOverwrite off'] });
    try {
      const client = await open(server, newFolder(server));
      await put(client, 'dir/file', 'old');
      await put(client, 'dir/file', 'new');
      expect(await textAt(client, 'dir/file')).toBe('new');
      const { version } = await put(client, 'dir/file', 'newer');
      await client.write(
        'dir/file',
        { size: 4, open: text },
        { expected: version, keepReplacedAt: '.syncengine/trash/run/file' },
      );
      expect(await textAt(client, '.syncengine/trash/run/file')).toBe('newer');
      await client.close();
    } finally {
      await server.stop();
    }
  });
});

async function* text(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('last');
}
