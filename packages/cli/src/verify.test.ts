import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onePair } from '../test/support/configured.ts';
import { readTree } from '../test/support/folders.ts';

test('sides that are equal are clean', async () => {
  const configured = onePair({}, { 'a/1.txt': '1', 'a/folder/2.txt': '22', 'a/empty/': '' });
  await configured.run(['sync']);
  expect(await configured.run(['verify'])).toMatchObject({
    code: 0,
    stdout: 'one: 4 entries are equal.\n',
    stderr: '',
  });
  expect(await configured.run(['verify', '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await configured.json(['verify', '--read'])).toMatchObject({
    code: 0,
    pairs: [{ name: 'one', status: 'clean', equal: 4, differences: [], problems: [] }],
  });
});

test.each([[[]], [['--read']]])(
  'differences are found whatever size and time say, and nothing is changed (%j)',
  async (flags) => {
    const configured = onePair({}, { 'a/1.txt': '1', 'a/folder/2.txt': '22', 'a/rot.bin': 'good' });
    await configured.run(['sync']);
    configured.write({ 'b/rot.bin': 'baad', 'a/new.txt': 'new', 'b/folder/other.txt': 'other' });
    for (const side of ['a', 'b']) utimesSync(join(configured.folder, side, 'rot.bin'), 1e9, 1e9);
    const before = readTree(configured.folder);
    const { code, stdout } = await configured.run(['verify', ...flags]);
    expect(code).toBe(3);
    expect(stdout.split('\n')).toEqual([
      'one: only-on-destination  folder/other.txt',
      'one: only-on-source  new.txt',
      'one: different  rot.bin',
      'one: 3 entries are equal, 3 differences.',
      '',
    ]);
    expect(readTree(configured.folder)).toEqual(before);
  },
);

test('what a backup keeps is no difference, and what is ignored is not looked at', async () => {
  const configured = onePair(
    { mode: 'source-backup', ignore: ['*.tmp'] },
    { 'a/1.txt': '1', 'a/x.tmp': 'x', 'b/older.txt': 'older' },
  );
  await configured.run(['sync']);
  expect(await configured.run(['verify'])).toMatchObject({ code: 0 });
  configured.write({ 'b/1.txt': '2' });
  expect(await configured.json(['verify'])).toMatchObject({
    code: 3,
    pairs: [{ status: 'different', differences: [{ kind: 'different', path: '1.txt' }] }],
  });
});

test('names that are another on the destination are followed', async () => {
  const configured = onePair({ renames: { letters: 'post' } }, { 'a/letters/1.txt': '1' });
  await configured.run(['sync']);
  expect(configured.read('b')).toHaveProperty(['post/1.txt']);
  expect(await configured.run(['verify'])).toMatchObject({ code: 0, stdout: 'one: 2 entries are equal.\n' });
});
