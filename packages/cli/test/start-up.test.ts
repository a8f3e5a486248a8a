import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from './support/folders.ts';
import { binary } from './support/process.ts';

/** The files that a process loaded, as Node itself tells them. */
function loadedBy(...argv: readonly string[]): readonly string[] {
  const folder = temporaryFolder();
  const env = { ...process.env, NODE_V8_COVERAGE: folder };
  expect(spawnSync(process.execPath, [binary, ...argv], { env, cwd: folder })).toMatchObject({ status: 0 });
  return readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return result.map(({ url }: { readonly url: string }) => url).filter((url: string) => url.startsWith('file:'));
  });
}

test.each(['--version', '-V'])('%s loads two small files and nothing else', (flag) => {
  expect(
    loadedBy(flag)
      .map((url) => url.replace(/^.*\//, ''))
      .sort(),
  ).toEqual(['bin.js', 'version.js']);
});

test('help is there without the core, the adapters and what only some commands need', () => {
  for (const argv of [['--help'], ['sync', '--help']]) {
    const foreign = loadedBy(...argv).filter((url) => !url.includes('/packages/cli/dist/'));
    expect(foreign.filter((url) => !url.includes('/commander/'))).toEqual([]);
  }
});

test('a run on folders loads no adapter, and nothing that reads a configuration', () => {
  const folder = temporaryFolder();
  const loaded = loadedBy('plan', folder, `${folder}-other`, '--state', join(folder, '.syncengine'));
  expect(loaded.filter((url) => /aws-sdk|ssh2|basic-ftp|googleapis|jsonc-parser/.test(url))).toEqual([]);
});
