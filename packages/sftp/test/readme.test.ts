import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type OpenSsh, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { own, withOpenSsh } from './support/server.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

withOpenSsh('the README', () => {
  let server: OpenSsh;
  let folder: string;

  beforeAll(async () => {
    server = await startOpenSsh();
    folder = mkdtempSync(join(tmpdir(), 'syncengine-readme-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  });

  // Others than root log in as themselves, and the program writes into their home folder.
  test.skipIf(process.getuid?.() !== 0)('begins with a program that runs as written (as root only)', () => {
    const [, program = ''] =
      /^# .*\n\n```ts\n(.*?)```/s.exec(readFileSync(join(packageFolder, 'README.md'), 'utf8')) ?? [];
    mkdirSync(join(folder, 'node_modules/@syncengine'), { recursive: true });
    for (const name of ['core', 'sftp']) {
      symlinkSync(
        join(dirname(packageFolder.replace(/\/$/, '')), name),
        join(folder, 'node_modules/@syncengine', name),
      );
    }
    mkdirSync(join(folder, 'documents'));
    writeFileSync(join(folder, 'documents/letter.txt'), 'Dear reader');
    mkdirSync(join(folder, '.ssh'));
    const home = execFileSync('sh', ['-c', 'eval echo "~$1"', 'sh', server.user], { encoding: 'utf8' }).trim();
    mkdirSync(join(home, 'documents'));
    own(server, join(home, 'documents'));
    const lines = ['Host nas', 'HostName 127.0.0.1', `Port ${server.port}`, `User ${server.user}`];
    const files = [`IdentityFile ${server.privateKeyFile}`, `UserKnownHostsFile ${server.knownHostsFile}`];
    writeFileSync(join(folder, '.ssh/config'), [...lines, ...files, ''].join('\n'));
    writeFileSync(join(folder, 'program.mjs'), program);
    const env = { ...process.env, HOME: folder, XDG_STATE_HOME: join(folder, 'state'), SSH_AUTH_SOCK: '' };
    execFileSync(process.execPath, ['program.mjs'], { cwd: folder, env });
    expect(readFileSync(join(home, 'documents/letter.txt'), 'utf8')).toBe('Dear reader');
  });
});
