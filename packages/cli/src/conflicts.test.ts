import { rmSync } from 'node:fs';
import { join } from 'node:path';
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
    { path: expect.stringMatching(/^1\.conflict-destination-.*\.txt$/), of: '1.txt', side: 'destination' },
    {
      path: expect.stringMatching(/^folder\/2\.conflict-destination-.*\.txt$/),
      of: 'folder/2.txt',
      side: 'destination',
    },
  ]);
});

test.each([
  [['--keep', 'source'], '--path, --all or --copies'],
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

/** Both kept, so a copy stands beside each of the two paths. */
async function pairWithCopies(): Promise<Configured & { copies: readonly string[] }> {
  const configured = await pairInConflict({});
  expect((await configured.run(['sync'])).code).toBe(0);
  const copies = Object.keys(configured.read('a')).filter((path) => path.includes('.conflict-'));
  expect(copies).toHaveLength(2);
  return Object.assign(configured, { copies });
}

const bothInSync = { '1.txt': 'source', 'folder/': '', 'folder/2.txt': 'source 2', 'new.txt': 'new' };

test.each(['--copies', '1.txt', 'copy'])('a kept copy goes when its path is to stay, chosen by %s', async (by) => {
  const configured = await pairWithCopies();
  const [copy = '', other = ''] = configured.copies;
  const flags = by === '--copies' ? [by] : ['--path', by === 'copy' ? copy : by];
  expect((await configured.run(['conflicts', '--keep', 'source', ...flags])).code).toBe(0);
  for (const side of ['a', 'b']) {
    expect(configured.read(side)).toEqual({
      ...bothInSync,
      ...(by === '--copies' ? {} : { [other]: 'destination 2' }),
    });
  }
  expect(await configured.json(['plan'])).toMatchObject({
    pairs: [{ operations: [], counts: { unchanged: by === '--copies' ? 4 : 5 } }],
  });
  const listing = await configured.json(['restore', 'one', '--list']);
  expect(listing.versions.map(({ path }: { path: string }) => path)).toContain(copy);
});

test('the content of kept copies takes their paths back, and what stood there goes to the trash', async () => {
  const configured = await pairWithCopies();
  expect((await configured.run(['conflicts', '--keep', 'destination', '--copies'])).code).toBe(0);
  for (const side of ['a', 'b']) {
    expect(configured.read(side)).toEqual({ ...bothInSync, '1.txt': 'destination', 'folder/2.txt': 'destination 2' });
    const listing = await configured.json([
      'restore',
      'one',
      '--side',
      side === 'a' ? 'source' : 'destination',
      '--list',
    ]);
    expect(listing.versions.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['1.txt', 'folder/2.txt', ...configured.copies]),
    );
  }
  expect(await configured.json(['plan'])).toMatchObject({ pairs: [{ operations: [], counts: { unchanged: 4 } }] });
  expect(await configured.json(['conflicts'])).toMatchObject({ code: 0, pairs: [{ conflicts: [], copies: [] }] });
});

test('a copy takes a path back that was deleted since', async () => {
  const configured = await pairWithCopies();
  const [copy = ''] = configured.copies;
  rmSync(join(configured.folder, 'a/1.txt'));
  await configured.run(['sync']);
  const refused = await configured.run(['conflicts', '--keep', 'source', '--path', copy]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is all that is left') });
  expect((await configured.run(['conflicts', '--keep', 'destination', '--path', copy])).code).toBe(0);
  for (const side of ['a', 'b']) expect(configured.read(side)).toMatchObject({ '1.txt': 'destination' });
  expect(await configured.json(['plan'])).toMatchObject({ pairs: [{ operations: [] }] });
});

test('keeping both of what is kept already does nothing and says so', async () => {
  const configured = await pairWithCopies();
  const before = configured.read('a');
  const { code, stdout } = await configured.run(['conflicts', '--keep', 'both', '--copies']);
  expect(code).toBe(0);
  expect(stdout).toContain('is kept already');
  expect(configured.read('a')).toEqual(before);
});

test('what has changed since is not settled before it is in sync', async () => {
  for (const place of ['a', 'b']) {
    for (const edited of ['path', 'copy']) {
      const configured = await pairWithCopies();
      const [copy = ''] = configured.copies;
      configured.write({ [`${place}/${edited === 'path' ? '1.txt' : copy}`]: 'edited once more' });
      const before = [configured.read('a'), configured.read('b')];
      for (const keep of edited === 'path' ? ['destination'] : ['source', 'destination']) {
        const { code, stderr } = await configured.run(['conflicts', '--keep', keep, '--path', copy]);
        expect(code).toBe(2);
        expect(stderr).toContain('run syncengine sync first');
      }
      expect([configured.read('a'), configured.read('b')]).toEqual(before);
    }
  }
});

test('two copies cannot both take one path back', async () => {
  const configured = await pairWithCopies();
  configured.write({ 'a/1.txt': 'source again', 'b/1.txt': 'destination again' });
  await configured.run(['sync']);
  const { code, stderr } = await configured.run(['conflicts', '--keep', 'destination', '--path', '1.txt']);
  expect(code).toBe(2);
  expect(stderr).toContain('name one of them with --path');
  const [copy = ''] = configured.copies;
  expect((await configured.run(['conflicts', '--keep', 'destination', '--path', copy])).code).toBe(0);
  expect(configured.read('b')).toMatchObject({ '1.txt': 'destination' });
});

test('where a side may not be changed, copies are left to be settled where they may', async () => {
  const configured = await pairWithCopies();
  configured.configure({ pairs: { one: { source: 'a', destination: 'b', mode: 'std' } } });
  const before = [configured.read('a'), configured.read('b')];
  const { code, stderr } = await configured.run(['conflicts', '--keep', 'source', '--copies']);
  expect(code).toBe(2);
  expect(stderr).toContain('the mode source-to-destination does not change both');
  expect([configured.read('a'), configured.read('b')]).toEqual(before);
});

test('a file does not take the place of a folder', async () => {
  const configured = onePair({}, { 'a/other.txt': '' });
  await configured.run(['sync']);
  configured.write({ 'a/new/inner.txt': 'folder', 'b/new': 'file' });
  expect((await configured.run(['sync'])).code).toBe(0);
  const before = configured.read('a');
  const { code, stderr } = await configured.run(['conflicts', '--keep', 'destination', '--copies']);
  expect(code).toBe(2);
  expect(stderr).toContain('A folder stands at "new"');
  expect(configured.read('a')).toEqual(before);
  expect((await configured.run(['conflicts', '--keep', 'source', '--copies'])).code).toBe(0);
  for (const side of ['a', 'b'])
    expect(configured.read(side)).toEqual({ 'new/': '', 'new/inner.txt': 'folder', 'other.txt': '' });
});
