import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startDriveServer } from '@syncengine/drive-server';
import { beforeAll, describe, expect, test } from 'vitest';

const home = fileURLToPath(new URL('..', import.meta.url));
const readme = readFileSync(join(home, 'README.md'), 'utf8');

describe('The program at the top of the README', () => {
  // It uses what is built. A build that is up to date takes no time.
  beforeAll(() => {
    const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
    execFileSync(process.execPath, [join(dirname(typescript), 'bin', 'tsc'), '-b'], { cwd: home });
  });

  test('keeps a folder in sync with one of Drive, as it is written', async () => {
    const [, program = ''] = /^# [^\n]*\n\n```js\n(.*?)```/s.exec(readme) ?? [];
    const server = await startDriveServer();
    // Beside the sources, so that the packages are found.
    const folder = mkdtempSync(join(home, 'test', 'readme-'));
    try {
      server.person.makeFile(
        'there.txt',
        'there',
        server.person.makeFolder('documents', server.person.makeFolder('Backups')),
      );
      mkdirSync(join(folder, 'documents'));
      writeFileSync(join(folder, 'documents', 'here.txt'), 'here');
      writeFileSync(join(folder, 'program.mjs'), program);
      const env = {
        PATH: process.env['PATH'],
        XDG_STATE_HOME: join(folder, 'state'),
        SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token',
        SYNCENGINE_GDRIVE_ROOT_URL: server.origin,
      };
      const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder, env });
      expect(stdout).toBe('clean\n');
      expect(readFileSync(join(folder, 'documents', 'there.txt'), 'utf8')).toBe('there');
      expect(server.person.at('Backups/documents/here.txt')?.bytes?.toString()).toBe('here');
    } finally {
      rmSync(folder, { recursive: true });
      await server.close();
    }
  });
});

test('The README speaks of every option', () => {
  const source = readFileSync(join(home, 'src', 'options.ts'), 'utf8');
  const [declared = ''] = /export interface GoogleDriveStorageOptions \{.*?^\}/ms.exec(source) ?? [];
  const names = [...declared.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(6);
  for (const name of names) expect(readme).toContain(`\`${name}\``);
});
