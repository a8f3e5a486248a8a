import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { documentOf, nothingDone } from '../test/support/document.ts';
import { type Pair, readTree, temporaryPair } from '../test/support/folders.ts';

test.each<[string, (pair: Pair) => readonly string[], string]>([
  ['a missing source', ({ folder, destination }) => [`${folder}/none`, destination], 'root-missing'],
  [
    'a file for a folder',
    ({ folder, destination }) => [`${folder}/source/file.txt`, destination],
    'root-not-a-directory',
  ],
  ['one folder twice', ({ source }) => [source, `${source}/.`], 'same-root'],
  ['a folder inside the other', ({ source }) => [source, `${source}/folder`], 'nested-roots'],
  ['a folder around the other', ({ source, folder }) => [source, folder], 'nested-roots'],
  ['an empty location', ({ source }) => [source, ''], 'invalid-options'],
  ['a setting that a storage does not have', ({ source }) => [source, 's3://bucket?no-such=1'], 'invalid-options'],
  ['the same in a flag', ({ source }) => [source, 's3://bucket', '--s3-no-such', '1'], 'invalid-options'],
  ['a secret in a flag', ({ source }) => [source, 's3://bucket', '--s3-secret-key=x'], 'invalid-options'],
  ['a flag of a storage without its value', ({ source }) => [source, 's3://bucket', '--s3-region'], 'invalid-options'],
  ['an unknown mode', (pair) => [...pair.args, '--mode', 'sideways'], 'invalid-options'],
  ['a flag that does not exist', (pair) => [...pair.args, '--no-such-flag'], 'invalid-options'],
  ['a flag without its value', (pair) => [...pair.args, '--mode'], 'invalid-options'],
  ['one location', ({ source }) => [source], 'invalid-options'],
  ['three locations', ({ source, destination, folder }) => [source, destination, folder], 'invalid-options'],
  ['to be quiet and verbose', (pair) => [...pair.args, '--quiet', '--verbose'], 'invalid-options'],
  ['a log format that does not exist', (pair) => [...pair.args, '--log-format', 'xml'], 'invalid-options'],
  ['a wrong number', (pair) => [...pair.args, '--transfers', '0'], 'invalid-options'],
  ['an empty state folder', ({ source, destination }) => [source, destination, '--state', ''], 'invalid-options'],
])('%s is bad usage: exit code 2', async (_, argsOf, errorCode) => {
  const pair = temporaryPair({ 'file.txt': '', 'folder/': '' });
  const before = readTree(pair.folder);
  const args = argsOf(pair);
  const text = await command(['sync', ...args]);
  expect(text).toMatchObject({ code: 2, stdout: '' });
  expect(text.stderr).toMatch(/^syncengine: \S/);
  for (const json of [
    await command(['sync', '--json', ...args]),
    await command(['sync', ...args.slice(0, 2), '--json', ...args.slice(2)]),
    await command(['plan', '--json', ...args]),
  ]) {
    expect(json.code).toBe(2);
    expect(documentOf(json)).toMatchObject({ ...nothingDone, status: 'failed', error: { code: errorCode } });
  }
  expect(readTree(pair.folder)).toEqual(before);
});

test('bad usage is told with the mode and whether it was a dry run', async () => {
  const json = await command(['plan', 'a', '--json', '--mode=std']);
  expect(documentOf(json)).toMatchObject({ mode: 'source-to-destination', dryRun: true });
  expect(documentOf(await command(['sync', 'a', '--json']))).toMatchObject({ mode: 'two-way', dryRun: false });
});

test('a malformed ignore file is a mistake of configuration', async () => {
  const pair = temporaryPair({ '.syncignore': 'x'.repeat(2_000_000) });
  const outcome = await command(['sync', ...pair.args, '--json']);
  expect(outcome.code).toBe(2);
  expect(documentOf(outcome)).toMatchObject({ status: 'failed', error: { code: 'invalid-ignore-file' } });
});
