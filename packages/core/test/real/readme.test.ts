import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const readmes = {
  'the README of the project': join(packageFolder, '../../README.md'),
  'the README of the core': join(packageFolder, 'README.md'),
};

describe.for(Object.entries(readmes))('every program in %s', ([, file]) => {
  const programs = [...readFileSync(file, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? '');
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'syncengine-readme-'));
    mkdirSync(join(folder, 'documents'));
    writeFileSync(join(folder, 'documents/letter.txt'), 'Dear reader');
    mkdirSync(join(folder, 'node_modules/@syncengine'), { recursive: true });
    symlinkSync(packageFolder, join(folder, 'node_modules/@syncengine/core'));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('there are programs', () => expect(programs.length).toBeGreaterThan(0));

  test.for(programs.map((program, index) => [index + 1, program] as const))(
    'number %i runs as written',
    ([, program]) => {
      writeFileSync(join(folder, 'program.mjs'), program);
      const env = { ...process.env, XDG_STATE_HOME: join(folder, 'state') };
      execFileSync(process.execPath, ['program.mjs'], { cwd: folder, env });
      expect(readFileSync(join(folder, 'backup/documents/letter.txt'), 'utf8')).toBe('Dear reader');
    },
  );
});
