import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const packages = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, program = '']) => program);

describe('every program in the README', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'syncengine-readme-'));
    mkdirSync(join(folder, 'node_modules/@syncengine'), { recursive: true });
    for (const name of ['core', 'conformance']) {
      symlinkSync(join(packages, name), join(folder, 'node_modules/@syncengine', name));
    }
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test('comes after the shortest useful one', () => {
    expect(readme.indexOf('```ts')).toBeLessThan(50);
    expect(programs[0]?.split('\n').length).toBeLessThan(12);
    expect(programs.length).toBeGreaterThan(4);
  });

  test.for(programs.map((program, index) => [index + 1, program] as const))(
    'runs as written: number %i',
    ([, program]) => {
      writeFileSync(join(folder, 'program.mjs'), program);
      // A runner inside another one reports to that, unless it does not know of it.
      const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
      const output = execFileSync(process.execPath, ['program.mjs'], { cwd: folder, env, encoding: 'utf8' });
      if (program.includes('conformance({')) {
        expect(output).toMatch(/^(?:ℹ|#) fail 0$/m);
        expect(output).toMatch(/^(?:ℹ|#) pass [1-9]\d\d$/m);
      }
      if (program.includes('benchmarkTable(')) expect(output).toMatch(/^read large +1 /m);
      if (program.includes('broken promises')) expect(output).toBe('1000 runs or more, 0 broken promises\n');
    },
  );
});
