import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { onePair } from '../test/support/configured.ts';
import { documentOf, nothingDone, zeros } from '../test/support/document.ts';
import { temporaryPair } from '../test/support/folders.ts';
import { syncedPair } from '../test/support/pairs.ts';

test('damaged state fails with exit code 1 and is no first run', async () => {
  const pair = await syncedPair();
  const state = join(pair.folder, 'state');
  for (const name of readdirSync(state, { recursive: true, encoding: 'utf8' })) {
    if (!/snapshot|journal/.test(name)) continue;
    const file = join(state, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('file-0', 'file-9'));
  }
  rmSync(join(pair.source, 'file-0.txt'));
  const json = await command(['sync', ...pair.args, '--json']);
  expect(json.code).toBe(1);
  expect(documentOf(json)).toMatchObject({ ...nothingDone, status: 'failed', error: { code: 'state-corrupt' } });
  expect(json.stderr).toMatch(/^syncengine: /);
  expect((await command(['state', 'dump', ...pair.args])).code).toBe(1);
  expect((await command(['state', 'reset', ...pair.args])).code).toBe(0);
  expect((await command(['sync', ...pair.args])).code).toBe(0);
});

test('state is printed record by record, and forgotten on demand', async () => {
  const pair = await syncedPair(2);
  const dump = await command(['state', 'dump', ...pair.args]);
  expect(dump).toMatchObject({ code: 0, stderr: '' });
  const records = dump.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records.map((record) => record.key)).toEqual(['file-0.txt', 'file-1.txt']);
  expect(records[0]).toMatchObject({
    kind: 'file',
    source: { path: 'file-0.txt' },
    destination: { path: 'file-0.txt' },
  });
  expect((await command(['state', 'reset', ...pair.args])).code).toBe(0);
  expect(await command(['state', 'dump', ...pair.args])).toMatchObject({ code: 0, stdout: '' });
  expect(documentOf(await command(['sync', ...pair.args, '--json']))).toMatchObject({
    counts: { ...zeros, adopted: 2 },
  });
});

test('what was never remembered is not forgotten', async () => {
  const pair = await syncedPair(1);
  expect((await command(['state', 'reset', ...pair.args])).stdout).toMatch(/^Forgotten\. /);
  expect((await command(['state', 'reset', ...pair.args])).stdout).toMatch(/^Nothing is remembered of this pair\. /);
});

test.each([['dump'], ['reset']])('bad usage of state %s', async (name) => {
  expect(await command(['state', name, 'a'])).toMatchObject({ code: 2, stdout: '' });
  expect(await command(['state', name, '', 'b'])).toMatchObject({ code: 2, stdout: '' });
  expect(await command(['state', name, 'a', 'b', '--state', ''])).toMatchObject({ code: 2, stdout: '' });
});

test('the memory of a pair with renames is reached by the same flags', async () => {
  const pair = temporaryPair({ 'letters/1.txt': '1' });
  const renames = ['--rename', 'letters=post'];
  await command(['sync', ...pair.args, ...renames]);
  expect(await command(['state', 'dump', ...pair.args])).toMatchObject({ code: 0, stdout: '' });
  const dump = await command(['state', 'dump', ...pair.args, ...renames]);
  expect(dump.stdout).toContain('"key":"letters/1.txt"');
  await command(['state', 'reset', ...pair.args]);
  expect((await command(['state', 'dump', ...pair.args, ...renames])).stdout).toBe(dump.stdout);
  expect((await command(['state', 'reset', ...pair.args, ...renames])).code).toBe(0);
  expect((await command(['state', 'dump', ...pair.args, ...renames])).stdout).toBe('');
});

test('the memory of a pair with a name is reached by the name', async () => {
  const configured = onePair({ renames: { letters: 'post' } }, { 'a/letters/1.txt': '1' });
  await configured.run(['sync']);
  expect((await configured.run(['state', 'dump', 'one'])).stdout).toContain('"key":"letters/1.txt"');
  expect((await configured.run(['state', 'reset', 'one'])).code).toBe(0);
  expect(await configured.run(['state', 'dump', 'one'])).toMatchObject({ code: 0, stdout: '' });
});
