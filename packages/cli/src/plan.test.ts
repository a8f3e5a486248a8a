import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command } from '../test/support/command.ts';
import { documentOf } from '../test/support/document.ts';
import { readTree, temporaryPair, writeTree } from '../test/support/folders.ts';
import { pairInConflict, pairWithManyDeletions, syncedPair } from '../test/support/pairs.ts';

test('a dry run tells everything and changes nothing', async () => {
  const pair = await syncedPair();
  writeTree(pair.source, { 'new.txt': 'x'.repeat(1500) });
  rmSync(join(pair.source, 'file-0.txt'));
  const before = [readTree(pair.source), readTree(pair.destination), readTree(pair.folder)];
  const text = await command(['sync', ...pair.args, '--dry-run']);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout.split('\n')).toEqual([
    'file-0.txt  delete  -> destination  (9 B; deleted on the source)',
    'new.txt     create  -> destination  (1.5 kB; new on the source)',
    'Total: 1 to create, 1 to delete; 1.5 kB to transfer.',
    '1 file would be deleted on the destination (kept in the trash for 30 days).',
    '',
  ]);
  expect(await command(['plan', ...pair.args])).toMatchObject({ code: 0, stdout: text.stdout });
  const json = await command(['plan', ...pair.args, '--json']);
  expect(json).toMatchObject({ code: 0, stderr: '' });
  expect(documentOf(json)).toMatchObject({
    status: 'clean',
    dryRun: true,
    counts: { created: 1, deleted: 1, unchanged: 2 },
    bytes: { transferred: 1500 },
  });
  expect([readTree(pair.source), readTree(pair.destination), readTree(pair.folder)]).toEqual(before);
});

test('what was planned is what is done', async () => {
  const pair = await pairInConflict();
  writeTree(pair.source, { 'new.txt': 'new', 'folder/': '' });
  const plan = documentOf(await command(['plan', ...pair.args, '--json']));
  const run = documentOf(await command(['sync', ...pair.args, '--json']));
  // Copies inside one side are planned as bytes, and cost none.
  expect(run).toEqual({ ...plan, dryRun: false, bytes: run.bytes });
});

test('the plan of a run that a rail would stop is told all the same', async () => {
  const pair = await syncedPair();
  pairWithManyDeletions(pair);
  const text = await command(['plan', ...pair.args, '--max-delete', '1']);
  expect(text.code).toBe(4);
  expect(text.stdout).toContain('Total: 2 to delete.');
  expect(text.stderr).toContain('--allow deletions');
  const json = await command(['plan', ...pair.args, '--max-delete', '1', '--json']);
  expect(json.code).toBe(4);
  expect(documentOf(json)).toMatchObject({
    status: 'stopped',
    dryRun: true,
    counts: { deleted: 2 },
    error: { code: 'rail-deletions' },
  });
  expect((await command(['plan', ...pair.args, '--max-delete', '1', '--allow', 'deletions'])).code).toBe(0);
});

test('file names cannot drive the terminal', async () => {
  const name = 'evil\x1b[2J\x07\n\u202egpj';
  const pair = temporaryPair({ [name]: 'a' });
  const plan = await command(['plan', ...pair.args]);
  expect(plan.stdout).toContain('evil\\x1b[2J\\x07\\n\\u202egpj');
  expect(plan.stdout.split('\n')).toHaveLength(3);
  const run = await command(['sync', ...pair.args, '--verbose']);
  const dump = await command(['state', 'dump', ...pair.args]);
  for (const text of [plan.stdout, run.stdout, run.stderr, dump.stdout]) {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  }
  expect(documentOf(await command(['plan', ...pair.args, '--force', '--json'])).operations).toMatchObject([
    { path: name },
  ]);
  expect(JSON.parse(dump.stdout)).toMatchObject({ key: name });
});

test('colours come when they are asked for or the terminal has them', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const plan = (env: Record<string, string>) => command(['plan', ...pair.args], { env });
  expect((await plan({})).stdout).not.toContain('\x1b');
  expect((await plan({ FORCE_COLOR: '1' })).stdout).toContain('\x1b[32mcreate');
  expect((await plan({ FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain('\x1b');
  expect((await plan({ FORCE_COLOR: '0' })).stdout).not.toContain('\x1b');
});

test('links are told as links, and one that leads out is skipped and counted', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  symlinkSync('a.txt', join(pair.source, 'link'));
  symlinkSync('../..', join(pair.source, 'outward'));
  const plan = await command(['plan', ...pair.args]);
  expect(plan.stdout).toContain('link   create  -> destination  (new on the source)\n');
  expect(plan.stdout).toContain('Total: 2 to create, 1 skipped; 1 B to transfer.\n');
  expect((await command(['sync', ...pair.args])).stdout).toMatch(/: 2 created, 1 skipped; 1 B transferred\.\n$/);
});

test('a plan keeps to 80 columns, or to those of the terminal, except for names', async () => {
  const long = 'a name that takes more than half of what a line has';
  const pair = await syncedPair();
  writeTree(pair.source, { 'folder/deeper/': '', [`folder/deeper/${long}.txt`]: 'x' });
  writeTree(pair.source, { 'file-1.txt': 'source' });
  writeTree(pair.destination, { 'file-1.txt': 'destination' });
  const { stdout } = await command(['plan', ...pair.args]);
  const copy = /^file-1\.conflict-destination-\S+\.txt/m.exec(stdout)?.[0] ?? '';
  const stamp = copy.replace(/^.*destination-/, '').replace('.txt', '');
  expect(stdout.replaceAll(stamp, '20261122T101500Z').split('\n')).toEqual([
    'file-1.conflict-destination-20261122T101500Z.txt',
    '            create  <- source       (11 B; from file-1.txt; conflict: the',
    '                                    content of the destination is kept beside',
    '                                    the path)',
    '            create  -> destination  (11 B; from file-1.txt; conflict: the',
    '                                    content of the destination is kept beside',
    '                                    the path)',
    'file-1.txt  conflict  (both-modified; copy:',
    '                      file-1.conflict-destination-20261122T101500Z.txt)',
    '            update  -> destination  (6 B; conflict: the source keeps the path)',
    'folder/     create  -> destination  (new on the source)',
    '  deeper/   create  -> destination  (new on the source)',
    `    ${long}.txt`,
    '            create  -> destination  (1 B; new on the source)',
    'Total: 5 to create, 1 to update, 1 conflict; 18 B to transfer.',
    '',
  ]);
  const wide = await command(['plan', ...pair.args], { columns: 200, env: { NO_COLOR: '1' } });
  expect(wide.stdout).toContain(
    'create  <- source       (11 B; from file-1.txt; conflict: the content of the destination is kept beside the path)',
  );
});
