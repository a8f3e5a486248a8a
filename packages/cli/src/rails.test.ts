import { mkdirSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { documentOf, nothingDone } from '../test/support/document.ts';
import { type Pair, readTree, temporaryPair, writeTree } from '../test/support/folders.ts';
import { pairWithManyDeletions, syncedPair } from '../test/support/pairs.ts';

test('a rail stops the run with exit code 4, names the way around it, and changes nothing', async () => {
  const pair = await syncedPair();
  pairWithManyDeletions(pair);
  const before = readTree(pair.destination);
  const text = await command(['sync', ...pair.args, '--max-delete', '1']);
  expect(text).toMatchObject({ code: 4, stdout: '' });
  expect(text.stderr).toMatch(/^syncengine: .*2 .* --allow deletions\n$/);
  const json = await command(['sync', ...pair.args, '--max-delete', '1', '--json']);
  expect(json.code).toBe(4);
  expect(documentOf(json)).toMatchObject({
    ...nothingDone,
    status: 'stopped',
    dryRun: false,
    error: { code: 'rail-deletions' },
  });
  expect(readTree(pair.destination)).toEqual(before);
  const allowed = await command(['sync', ...pair.args, '--max-delete', '1', '--allow', 'deletions']);
  expect(allowed.code).toBe(0);
  expect(Object.keys(readTree(pair.destination))).toEqual(['file-2.txt']);
});

test.each([
  ['marker', ['--marker', '.disk-is-here'], (_pair: Pair) => undefined],
  ['root-missing', [], (pair: Pair) => rmSync(pair.destination, { recursive: true })],
  ['root-emptied', [], (pair: Pair) => writeTree(remade(pair.source), {})],
])('the rail %s ends with exit code 4', async (rail, flags, prepare) => {
  const pair = await syncedPair();
  prepare(pair);
  const before = readTree(pair.source);
  const outcome = await command(['sync', ...pair.args, ...flags, '--json']);
  expect(outcome.code).toBe(4);
  expect(documentOf(outcome)).toMatchObject({ ...nothingDone, status: 'stopped', error: { code: `rail-${rail}` } });
  expect(outcome.stderr).toContain(`--allow ${rail}`);
  expect(readTree(pair.source)).toEqual(before);
});

function remade(folder: string): string {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  return folder;
}

test('a marker that stands on both sides lets the run pass', async () => {
  const pair = temporaryPair({ '.here': '', a: 'a' }, { '.here': '' });
  expect((await command(['sync', ...pair.args, '--marker', '.here'])).code).toBe(0);
});
