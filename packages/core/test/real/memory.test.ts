import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

test('a million unchanged files on both sides are joined in a heap of 24 MB', () => {
  const entries = 1_000_000;
  const output = execFileSync(process.execPath, [
    '--max-old-space-size=24',
    file('./join-child.mjs'),
    file('../../dist/join/index.js'),
    file('../../dist/ignore/index.js'),
    String(entries),
  ]);
  expect(JSON.parse(output.toString())).toEqual({ rows: 0, unchanged: entries });
});
