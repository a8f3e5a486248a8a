import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onePair } from '../test/support/configured.ts';
import { readTree } from '../test/support/folders.ts';

test('a path is told with its base, both sides and the decision; nothing is changed', async () => {
  const configured = onePair(
    { conflict: 'manual', ignore: ['*.tmp'] },
    {
      'a/same.txt': 's',
      'a/edit.txt': 'e',
      'a/gone.txt': 'g',
      'a/both.txt': 'b',
      'a/x/.syncignore': '# mine\n*.log\n',
      'a/x/y.log': 'l',
    },
  );
  await configured.run(['sync']);
  configured.write({
    'a/edit.txt': 'edited',
    'a/both.txt': 'one',
    'b/both.txt': 'other',
    'a/new.txt': 'n',
    'a/z.tmp': 'z',
  });
  rmSync(join(configured.folder, 'b/gone.txt'));
  const before = readTree(configured.folder);
  const decisionOf = async (path: string) => {
    const { code, explanations } = await configured.json(['sync', '--explain', path]);
    expect(code).toBe(0);
    const [{ base, source, destination, decision }] = explanations;
    return [base?.kind ?? null, source.change, destination.change, decision];
  };
  expect(await decisionOf('same.txt')).toEqual([
    'file',
    'unchanged',
    'unchanged',
    'nothing is done: both sides have the same',
  ]);
  expect(await decisionOf('./edit.txt')).toEqual([
    'file',
    'changed',
    'unchanged',
    'update on the destination: changed on the source',
  ]);
  expect(await decisionOf('gone.txt')).toEqual([
    'file',
    'unchanged',
    'deleted',
    'delete on the source: deleted on the destination',
  ]);
  expect(await decisionOf('both.txt')).toEqual([
    'file',
    'changed',
    'changed',
    'conflict (both-modified): left as it is',
  ]);
  expect(await decisionOf('new.txt')).toEqual([null, 'new', 'absent', 'create on the destination: new on the source']);
  expect(await decisionOf('z.tmp')).toEqual([
    null,
    'new',
    'absent',
    'nothing is done: the pattern "*.tmp" ignores it (the patterns of the pair, line 1)',
  ]);
  expect(await decisionOf('x/y.log')).toEqual([
    null,
    'new',
    'absent',
    'nothing is done: the pattern "*.log" ignores it (x/.syncignore, line 2)',
  ]);
  expect(await decisionOf('none')).toEqual([null, 'absent', 'absent', 'nothing is done: it stands on neither side']);
  expect(await decisionOf('.syncengine/trash')).toEqual([
    null,
    'absent',
    'absent',
    'nothing is done: the folder .syncengine is never synchronised',
  ]);
  expect(readTree(configured.folder)).toEqual(before);
});

test('for people it is a few lines', async () => {
  const configured = onePair({ excludeDotFiles: true }, { 'a/1.txt': '1', 'a/.hidden/x': 'x' });
  const { code, stdout } = await configured.run([
    'plan',
    '--explain',
    '1.txt',
    '--explain',
    '.hidden/x',
    '--skip',
    'later',
  ]);
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual([
    'one: 1.txt',
    '  base         never in sync',
    expect.stringMatching(/^ {2}source {7}new: file, 1 B, of \d{4}-/),
    '  destination  absent',
    '  decision     create on the destination: new on the source',
    '',
    'one: .hidden/x',
    '  base         never in sync',
    expect.stringMatching(/^ {2}source {7}new: file, 1 B, of \d{4}-/),
    '  destination  absent',
    '  decision     nothing is done: the folder ".hidden" is left out: its name begins with a dot (--exclude-dot-files)',
    '',
  ]);
});

test('a path that leads out is refused', async () => {
  expect((await onePair().run(['plan', '--explain', '../x'])).code).toBe(2);
});
