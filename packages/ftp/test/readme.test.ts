import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type FtpServer, startProFtpd } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newFolder, withServer } from './support/servers.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

withServer('proftpd', 'the README', () => {
  let server: FtpServer;
  let folder: string;

  beforeAll(async () => {
    server = await startProFtpd();
    folder = mkdtempSync(join(tmpdir(), 'syncengine-readme-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  });

  test('begins with a program that runs as written, but for the server that it names', () => {
    const remote = newFolder(server);
    const written = /^# .*\n\n```ts\n(.*?)```/s.exec(readFileSync(join(packageFolder, 'README.md'), 'utf8'))?.[1] ?? '';
    const there = `host: '127.0.0.1', port: ${server.port}, certificateAuthority: process.env['CERTIFICATE'],`;
    const program = written
      .replace("host: 'ftp.example.com',", there)
      .replace("'ann'", `'${server.user}'`)
      .replace("'/documents'", `'${server.root}/${remote}'`);
    mkdirSync(join(folder, 'node_modules/@syncengine'), { recursive: true });
    for (const name of ['core', 'ftp']) {
      symlinkSync(join(dirname(packageFolder), name), join(folder, 'node_modules/@syncengine', name));
    }
    mkdirSync(join(folder, 'documents'));
    writeFileSync(join(folder, 'documents/letter.txt'), 'Dear reader');
    writeFileSync(join(folder, 'program.mjs'), program);
    const env = {
      ...process.env,
      XDG_STATE_HOME: join(folder, 'state'),
      FTP_PASSWORD: server.password,
      CERTIFICATE: server.certificate,
    };
    execFileSync(process.execPath, ['program.mjs'], { cwd: folder, env });
    expect(readFileSync(join(server.files, remote, 'letter.txt'), 'utf8')).toBe('Dear reader');
  });
});
