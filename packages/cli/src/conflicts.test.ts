import { expect, test } from 'vitest';
import { type Configured, onePair } from '../test/support/configured.ts';

/** Two conflicts, and something else that a run would do. */
async function pairInConflict(fields: object = { conflict: 'manual' }): Promise<Configured> {
  const configured = onePair(fields, { 'a/1.txt': '1', 'a/folder/2.txt': '2' });
  await configured.run(['sync']);
  configured.write({
    'a/1.txt': 'source',
    'b/1.txt': 'destination',
    'a/folder/2.txt': 'source 2',
    'b/folder/2.txt': 'destination 2',
    'a/new.txt': 'new',
  });
  return configured;
}

test('conflicts are listed with both contents, and wait with exit code 3', async () => {
  const configured = await pairInConflict();
  const { code, stdout } = await configured.run(['conflicts']);
  expect(code).toBe(3);
  expect(stdout).toMatch(
    /^one: conflict {2}1\.txt {2}\(both-modified\)\n {2}source {7}file, 6 B, of .*Z.*\n {2}destination {2}file, 11 B, of /,
  );
  expect(stdout).toContain('2 conflicts wait: --keep source, destination or both settles it.');
  expect(await configured.json(['conflicts', 'one'])).toMatchObject({
    code: 3,
    pairs: [
      {
        name: 'one',
        conflicts: [
          { path: '1.txt', reason: 'both-modified', source: { kind: 'file', size: 6 }, destination: { size: 11 } },
          { path: 'folder/2.txt' },
        ],
        copies: [],
      },
    ],
  });
});

test('a side is chosen for one path: nothing else is done', async () => {
  const configured = await pairInConflict();
  expect((await configured.run(['conflicts', '--keep', 'destination', '--path', 'folder/2.txt'])).code).toBe(3);
  expect(configured.read('a')).toMatchObject({ '1.txt': 'source', 'folder/2.txt': 'destination 2', 'new.txt': 'new' });
  expect(configured.read('b')).toEqual({ '1.txt': 'destination', 'folder/': '', 'folder/2.txt': 'destination 2' });
  expect((await configured.run(['conflicts', '--keep', 'source', '--path', '1.txt'])).code).toBe(0);
  expect(configured.read('b')).toMatchObject({ '1.txt': 'source' });
  expect(await configured.run(['conflicts'])).toMatchObject({ code: 0, stdout: 'one: No conflict waits.\n' });
  expect(await configured.json(['plan'])).toMatchObject({
    pairs: [{ counts: { created: 1, updated: 0, conflicts: 0 } }],
  });
});

test('both can be kept, whatever the strategy of the pair is', async () => {
  const configured = await pairInConflict({ conflict: 'source' });
  expect((await configured.run(['conflicts', '--keep', 'both', '--all'])).code).toBe(0);
  for (const side of ['a', 'b']) {
    const contents = Object.values(configured.read(side));
    expect(contents).toEqual(expect.arrayContaining(['source', 'destination', 'source 2', 'destination 2']));
  }
  expect(configured.read('b')).not.toHaveProperty(['new.txt']);
  const document = await configured.json(['conflicts']);
  expect(document.pairs[0].copies).toEqual([
    { path: expect.stringMatching(/^1\.conflict-destination-.*\.txt$/), of: '1.txt' },
    { path: expect.stringMatching(/^folder\/2\.conflict-destination-.*\.txt$/), of: 'folder/2.txt' },
  ]);
});

test.each([
  [['--keep', 'source'], '--path, or --all'],
  [['--all'], '--keep source, destination or both'],
  [['--keep', 'newest', '--all'], 'choose source, destination or both'],
  [['--keep', 'source', '--path', '../x'], '--path takes a path inside'],
  [['--keep', 'source', '--path', 'none.txt'], 'No conflict waits at "none.txt"'],
])('conflicts %j is refused', async (flags, words) => {
  const configured = await pairInConflict();
  const { code, stderr } = await configured.run(['conflicts', ...flags]);
  expect(code).toBe(2);
  expect(stderr).toContain(words);
  expect(configured.read('a')).toMatchObject({ '1.txt': 'source' });
});
