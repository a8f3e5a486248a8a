import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { documentOf, zeros } from '../test/support/document.ts';
import { readTree, temporaryPair, writeTree } from '../test/support/folders.ts';
import { pairInConflict, pairWithProblem, syncedPair } from '../test/support/pairs.ts';

test('a first run copies, a second one has nothing to do and says so in one line', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', 'folder/b.txt': 'bb' }, { 'c.txt': 'c' });
  const first = await command(['sync', ...pair.args]);
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^Done in [\d.]+ s: 4 created; 4 B transferred\.\n$/);
  expect(readTree(pair.destination)).toEqual(readTree(pair.source));
  expect(await command(['sync', ...pair.args])).toMatchObject({
    code: 0,
    stdout: 'Already in sync: 4 entries unchanged.\n',
    stderr: '',
  });
  expect(await command(['sync', ...pair.args, '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('JSON of a clean run', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', 'folder/b.txt': 'bb' });
  const outcome = await command(['sync', ...pair.args, '--json']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const document = documentOf(outcome);
  expect(document).toMatchObject({
    status: 'clean',
    mode: 'two-way',
    dryRun: false,
    counts: { ...zeros, created: 3 },
    bytes: { transferred: 3 },
    conflicts: [],
    problems: [],
  });
  expect(document.operations).toContainEqual({
    kind: 'make-directory',
    side: 'destination',
    path: 'folder',
    reason: expect.any(String),
  });
  expect(document.operations).toContainEqual({
    kind: 'create',
    side: 'destination',
    path: 'folder/b.txt',
    bytes: 2,
    reason: expect.any(String),
  });
  expect(document).not.toHaveProperty('error');
});

test('an alias of a mode is told by its full name', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  expect(documentOf(await command(['sync', ...pair.args, '--json', '--mode', 'STD']))).toMatchObject({
    mode: 'source-to-destination',
  });
});

test('a conflict that keeps both is listed with its copy, and leaves the run clean', async () => {
  const pair = await pairInConflict();
  const outcome = await command(['sync', ...pair.args, '--json']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const document = documentOf(outcome);
  expect(document).toMatchObject({ status: 'clean', counts: { conflicts: 1 } });
  const [conflict] = document.conflicts;
  expect(conflict).toMatchObject({ path: 'file-0.txt', reason: 'both-modified' });
  expect(Object.keys(readTree(pair.source)).sort()).toEqual([conflict.copy, 'file-0.txt'].sort());
  expect(document.operations).toContainEqual(
    expect.objectContaining({ kind: 'create', path: conflict.copy, from: 'file-0.txt' }),
  );
});

test('a conflict that is settled is told in the plain output, and not to the quiet', async () => {
  const pair = await pairInConflict();
  const plan = await command(['plan', ...pair.args]);
  expect(plan).toMatchObject({ code: 0, stderr: '' });
  expect(plan.stdout).toMatch(/^file-0\.txt +conflict {2}\(both-modified; copy:\s+file-0\.conflict-destination-/m);
  const quiet = await command(['plan', ...pair.args, '--quiet']);
  expect(quiet).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const run = await command(['sync', ...pair.args]);
  expect(run.stderr).toMatch(/^conflict {2}file-0\.txt/m);
  expect(run.stdout).toContain('1 conflict was settled.');
});

test('a conflict that is left ends with exit code 3', async () => {
  const pair = await pairInConflict();
  for (const name of ['sync', 'plan']) {
    const json = await command([name, ...pair.args, '--conflict', 'manual', '--json']);
    expect(json.code).toBe(3);
    expect(documentOf(json)).toMatchObject({
      status: 'conflicts',
      conflicts: [{ path: 'file-0.txt', reason: 'both-modified' }],
    });
    const quiet = await command([name, ...pair.args, '--conflict', 'manual', '--quiet']);
    expect(quiet).toMatchObject({ code: 3, stdout: '' });
    expect(quiet.stderr).toContain('file-0.txt');
  }
  expect(readTree(pair.source)).not.toEqual(readTree(pair.destination));
});

test('a path that cannot be handled ends with exit code 3, and the rest is done', async () => {
  const pair = pairWithProblem();
  const outcome = await command(['sync', ...pair.args, '--json']);
  expect(outcome.code).toBe(3);
  const document = documentOf(outcome);
  expect(document).toMatchObject({ status: 'problems', counts: { created: 1, problems: 1 } });
  expect(document.problems).toEqual([expect.objectContaining({ side: 'source', code: 'invalid-name' })]);
  expect(readTree(pair.destination)).toEqual({ 'good.txt': 'good' });
  for (const flags of [[], ['--quiet'], ['--dry-run'], ['--dry-run', '--quiet']]) {
    const text = await command(['sync', ...pair.args, ...flags]);
    expect(text.code).toBe(3);
    expect(text.stderr.match(/^problem/gm)).toHaveLength(1);
  }
});

test('filters, ignore rules and choices of a run reach the core', async () => {
  const pair = temporaryPair({
    'keep.md': '',
    'drop.tmp': '',
    'drop.log': '',
    '.dot': '',
    'docs/in.md': '',
    'docs/out.md': '',
    'other/x.txt': '',
    'later/a.md': '',
    '.rules': '*.log\n',
  });
  const flags = [
    '--include',
    '*.md',
    '--include',
    'drop.*',
    '--exclude',
    'out.*',
    '--ignore',
    '*.tmp',
    '--ignore-file',
    '.rules',
  ];
  await command(['sync', ...pair.args, ...flags, '--exclude-dot-files', '--skip', 'later', '--rename', 'docs=papers']);
  expect(Object.keys(readTree(pair.destination)).sort()).toEqual(['keep.md', 'papers/', 'papers/in.md']);
});

test('--force transfers what is equal', async () => {
  const pair = await syncedPair();
  const document = documentOf(await command(['sync', ...pair.args, '--force', '--json']));
  expect(document).toMatchObject({ counts: { updated: 3 } });
});

test('--compare and --initial reach the core', async () => {
  const pair = temporaryPair({ a: 'one' }, { a: 'two' });
  for (const folder of [pair.source, pair.destination]) utimesSync(join(folder, 'a'), 1e9, 1e9);
  const equal = documentOf(await command(['plan', ...pair.args, '--json', '--compare', 'size-only']));
  expect(equal).toMatchObject({ counts: { ...zeros, adopted: 1 }, operations: [] });
  await command(['sync', ...pair.args, '--initial', 'destination']);
  expect(readTree(pair.source)).toEqual({ a: 'two' });
});

test('the summary of a run keeps to the width of a terminal, and is one line elsewhere', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const narrow = await command(['sync', ...pair.args], { columns: 20 });
  expect(narrow.stdout).toMatch(/^Done in \S+ s: 1\ncreated; 1 B\ntransferred\.\n$/);
  writeTree(pair.source, { 'a.txt': 'other' });
  expect((await command(['sync', ...pair.args])).stdout).toMatch(/^Done in .*transferred\.\n$/);
});
