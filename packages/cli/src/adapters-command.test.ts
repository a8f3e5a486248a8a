import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { Configured } from '../test/support/configured.ts';
import { temporaryFolder } from '../test/support/folders.ts';

/** An adapter of somebody else: folders under another name. */
const adapter = (schemes: string): string => `
import { LocalStorageClient } from '${import.meta.resolve?.('@syncengine/core') ?? '@syncengine/core'}';
export const schemes = ${schemes};
export function createStorageClient(url, { env }) {
  return new LocalStorageClient(env.ROOT + url.pathname);
}
`;

test('the packages of this project are listed with their schemes', async () => {
  const { code, stdout } = await command(['adapters'], { cwd: temporaryFolder() });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^s3:\/\/ {11}@syncengine\/s3 +installed, \d/);
  expect(stdout).toMatch(/^ftp:\/\/ ftps:\/\/ {2}@syncengine\/ftp +/m);
});

test('an adapter of somebody else is found by its scheme', async () => {
  const configured = new Configured(
    { adapters: ['./mine.mjs'], pairs: { one: { source: 'a', destination: 'mine://host/b' } } },
    { 'a/1.txt': '1', 'b/': '', 'mine.mjs': adapter("['mine', 'ours']") },
  );
  const env = { ROOT: configured.folder };
  expect(await configured.run(['sync', '--quiet'], { env })).toMatchObject({ code: 0, stderr: '' });
  expect(configured.read('b')).toEqual({ '1.txt': '1' });
  const { code, adapters } = await configured.json(['adapters'], { env });
  expect(code).toBe(0);
  expect(adapters.at(-1)).toEqual({ package: './mine.mjs', schemes: ['mine', 'ours'], version: null, install: null });
});

test('one that is not installed is listed with the line that installs it', async () => {
  const configured = new Configured(
    { adapters: ['syncengine-nowhere'], pairs: { one: { source: 'a', destination: 'nowhere://x' } } },
    { 'a/': '' },
  );
  const { code, stdout } = await configured.run(['adapters']);
  expect(code).toBe(2);
  expect(stdout).toContain('npm install syncengine-nowhere');
  const run = await configured.run(['sync']);
  expect(run.code).toBe(2);
  expect(run.stderr).toContain('Install it with: npm install syncengine-nowhere');
});

test('one that does not say what it handles is of no use', async () => {
  const configured = new Configured(
    { adapters: ['./mine.mjs'], pairs: { one: { source: 'a', destination: 'mine://x' } } },
    { 'a/': '', 'mine.mjs': adapter("'mine'") },
  );
  const { code, stderr } = await configured.run(['sync']);
  expect(code).toBe(2);
  expect(stderr).toContain('does not export schemes');
});
