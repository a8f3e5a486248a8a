import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CommandOutcome, command } from '../test/support/command.ts';
import { onePair } from '../test/support/configured.ts';
import { type Pair, readTree, temporaryPair, writeTree } from '../test/support/folders.ts';

const versions = ['--mode', 'std', '--versions', 'all'];

/** A backup with a file that changed, one that was deleted and one that stayed. */
async function backup(): Promise<Pair> {
  const pair = temporaryPair({
    'letters/anna.txt': 'dear anna',
    'letters/otto.txt': 'dear otto',
    'notes.txt': 'notes',
  });
  await command(['sync', ...pair.args, ...versions]);
  makeOlder(pair.destination);
  writeTree(pair.source, { 'letters/anna.txt': 'dearest anna' });
  rmSync(join(pair.source, 'letters/otto.txt'));
  expect(await command(['sync', ...pair.args, ...versions])).toMatchObject({ code: 0 });
  return pair;
}

/** Two runs of one second would be one moment: what was done so far was done long ago. */
function makeOlder(folder: string): void {
  const history = join(folder, '.syncengine/history');
  for (const name of readdirSync(history))
    renameSync(join(history, name), join(history, '20200101T000000Z-0000.jsonl'));
}

function parsed({ stdout }: CommandOutcome): Record<string, unknown> {
  return JSON.parse(stdout);
}

test('restore --list tells what is kept, newest first', async () => {
  const pair = await backup();
  const outcome = await command(['restore', pair.destination, '--list']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const lines = outcome.stdout.trimEnd().split('\n');
  expect(lines.slice(0, 2).sort()).toEqual([
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}9 B {2}letters\/anna\.txt$/),
    expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}9 B {2}letters\/otto\.txt$/),
  ]);
  expect(lines.slice(2)).toEqual(['', '2 versions of 2 files.']);
  const json = await command(['restore', pair.destination, 'letters/anna.txt', '-l', '--json']);
  expect(parsed(json)).toEqual({
    status: 'clean',
    versions: [
      {
        path: 'letters/anna.txt',
        presentPath: 'letters/anna.txt',
        gaveWayAt: expect.stringMatching(/Z$/),
        modifiedAt: expect.stringMatching(/Z$/),
        kind: 'file',
        size: 9,
        store: 'versions',
      },
    ],
    problems: [],
  });
  expect(await command(['restore', pair.destination, 'notes.txt', '--list'])).toMatchObject({
    code: 0,
    stdout: 'Nothing of it is kept.\n',
  });
});

test('restore brings back what was deleted, and a file that is named itself', async () => {
  const pair = await backup();
  const folder = await command(['restore', pair.destination, 'letters/']);
  expect(folder).toMatchObject({ code: 0, stdout: '1 file came back (9 B).\n', stderr: '' });
  expect(readTree(pair.destination)).toMatchObject({
    'letters/anna.txt': 'dearest anna',
    'letters/otto.txt': 'dear otto',
  });
  const file = await command(['restore', pair.destination, './letters/anna.txt', '--json']);
  expect(parsed(file)).toEqual({
    status: 'clean',
    dryRun: false,
    steps: [{ kind: 'bring', path: 'letters/anna.txt', bytes: 9, replaces: true }],
    unchanged: 0,
    bytes: 9,
    problems: [],
    notices: [],
  });
  expect(readTree(pair.destination)).toMatchObject({ 'letters/anna.txt': 'dear anna' });
});

test('restore --at a moment that the list told, to another folder, is planned first', async () => {
  const pair = await backup();
  const list = await command(['restore', pair.destination, '--list']);
  const moment = list.stdout.slice(0, 19);
  const to = join(pair.folder, 'as-it-was');
  const args = ['restore', pair.destination, '.', '--at', moment, '--to', to];
  const plan = await command([...args, '--dry-run']);
  expect(plan.code).toBe(0);
  expect(plan.stdout).toContain('  letters/anna.txt comes back (9 B)\n');
  expect(plan.stdout).toContain('3 files would come back (23 B).\n');
  expect(existsSync(to)).toBe(false);
  expect(await command(args)).toMatchObject({ code: 0, stdout: '3 files came back (23 B).\n' });
  expect(readTree(to)).toEqual({
    'letters/': '',
    'letters/anna.txt': 'dear anna',
    'letters/otto.txt': 'dear otto',
    'notes.txt': 'notes',
  });
  expect(await command(args)).toMatchObject({
    code: 0,
    stdout: '0 files came back (0 B), 4 paths as they were already.\n',
  });
});

test('restore --exact takes away what was not there, and keeps it', async () => {
  const pair = await backup();
  writeTree(pair.source, { 'new.txt': 'new' });
  await command(['sync', ...pair.args, ...versions]);
  const [moment] = (await command(['restore', pair.destination, '--list'])).stdout.split('  ');
  expect(await command(['restore', pair.destination, '--at', moment ?? '', '--exact'])).toMatchObject({
    code: 0,
    stdout: '2 files came back (18 B), 1 file made way, 2 paths as they were already.\n',
  });
  expect(readTree(pair.destination)).not.toHaveProperty('new.txt');
  expect((await command(['restore', pair.destination, 'new.txt'])).code).toBe(0);
  expect(readTree(pair.destination)).toHaveProperty('new.txt');
});

test('a pair is named, its destination is meant unless the other side is said', async () => {
  const pair = await backup();
  const { source, destination } = pair;
  const pairs = {
    papers: { source, destination },
    photos: { source, destination: { usb: destination, cloud: pair.folder } },
  };
  writeTree(pair.folder, { 'syncengine.json': JSON.stringify({ pairs }) });
  const at = (...args: string[]): Promise<CommandOutcome> => command(['restore', ...args], { cwd: pair.folder });
  expect((await at('papers', '--list')).stdout).toContain('letters/otto.txt');
  expect((await at('photos/usb', '--list')).stdout).toContain('letters/otto.txt');
  expect((await at('papers', '--list', '--side', 'source')).stdout).toBe('Nothing of it is kept.\n');
  expect(await at('photos', '--list')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('photos/usb, photos/cloud'),
  });
  expect(await at('papers', '--list', '--side', 'left')).toMatchObject({ code: 2 });
  expect(await at('papers', '--list', '--config', 'none.json')).toMatchObject({ code: 2 });
  mkdirSync(join(pair.folder, 'unknown'));
  expect(await at('unknown', '--list')).toMatchObject({ code: 0, stdout: 'Nothing of it is kept.\n' });
});

test('only what is chosen by globs', async () => {
  const pair = await backup();
  const outcome = await command(['restore', pair.destination, '--list', '--include', 'anna.*']);
  expect(outcome.stdout).toContain('1 version of 1 file.');
  const other = await command(['restore', pair.destination, '.', '--exclude', 'letters/otto.txt', '--json']);
  expect(parsed(other)).toMatchObject({ steps: [] });
});

test('what cannot come back is told, with exit code 3', async () => {
  const pair = await backup();
  const outcome = await command(['restore', pair.destination, 'letters', 'none.txt']);
  expect(outcome).toMatchObject({
    code: 3,
    stdout: '1 file came back (9 B), 1 problem.\n',
    stderr: 'problem: Nothing is kept of "none.txt".\n',
  });
});

test('what has no meaning is refused with exit code 2, and nothing is done', async () => {
  const pair = await backup();
  const before = readTree(pair.destination);
  for (const args of [
    [],
    ['..'],
    ['/etc'],
    ['a//b'],
    ['.', '--at', 'yesterday'],
    ['.', '--exact'],
    ['--at', '1h', '--exact', '--to', pair.folder],
    ['.', '--to', ''],
  ]) {
    expect({ args, ...(await command(['restore', pair.destination, ...args])) }).toMatchObject({ args, code: 2 });
  }
  const missing = await command(['restore', join(pair.folder, 'missing'), '--list', '--json']);
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('is the disk mounted?') });
  expect(parsed(missing)).toMatchObject({ status: 'failed', error: { code: 'root-missing' } });
  expect(readTree(pair.destination)).toEqual(before);
});

test('a file that is in the way of nothing is not touched by a restoration of the rest', async () => {
  const pair = await backup();
  writeFileSync(join(pair.destination, 'mine.txt'), 'mine');
  await command(['restore', pair.destination, '.']);
  expect(readTree(pair.destination)).toMatchObject({ 'mine.txt': 'mine', 'letters/otto.txt': 'dear otto' });
});

test('a word that is neither a folder nor a pair gets to know the pairs', async () => {
  const configured = onePair();
  const { code, stderr } = await configured.run(['restore', 'uno', '--list']);
  expect(code).toBe(2);
  expect(stderr).toContain('It is no pair of the configuration either; there are one.');
});
