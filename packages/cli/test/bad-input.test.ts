import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from './support/command.ts';
import { type Pair, readTree, temporaryPair, writeTree } from './support/folders.ts';
import { CommandProcess, run } from './support/process.ts';
import { runUnprivileged } from './support/unprivileged.ts';

interface Report {
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly operations: readonly { readonly path: string }[];
  readonly problems: readonly { readonly path: string; readonly side: string; readonly code: string }[];
  readonly error?: { readonly code: string; readonly message: string };
}

async function sync(pair: Pair, ...flags: readonly string[]): Promise<Report> {
  return JSON.parse((await command(['sync', ...pair.args, '--json', ...flags])).stdout);
}

function syncUnprivileged(pair: Pair, ...flags: readonly string[]): Report {
  return JSON.parse(runUnprivileged(['sync', ...pair.args, '--json', ...flags]).stdout);
}

function problemsOf(report: Report): readonly string[] {
  return report.problems.map(({ side, path, code }) => `${side} ${path} ${code}`).sort();
}

async function expectInSync(pair: Pair): Promise<void> {
  expect(await sync(pair)).toMatchObject({ status: 'clean', operations: [], problems: [] });
  expect(readTree(pair.destination)).toEqual(readTree(pair.source));
}

/** Nothing half-done: no staged content, and nothing at all in the engine's folder where there is no trash. */
function expectNothingStaged(pair: Pair): void {
  for (const side of [pair.source, pair.destination]) expect(existsSync(join(side, '.syncengine/staging'))).toBe(false);
}

describe('permission denied', () => {
  test('on a file and a folder of one side: the rest is done, and nothing is deleted', async () => {
    const pair = temporaryPair({ 'a.txt': 'a', 'b.txt': 'b', 'dir/c.txt': 'c', 'gone.txt': 'x' });
    expect((await sync(pair)).status).toBe('clean');
    appendFileSync(join(pair.source, 'a.txt'), '2');
    appendFileSync(join(pair.source, 'b.txt'), '2');
    rmSync(join(pair.source, 'gone.txt'));
    chmodSync(join(pair.source, 'b.txt'), 0);
    chmodSync(join(pair.source, 'dir'), 0);
    const report = syncUnprivileged(pair);
    chmodSync(join(pair.source, 'dir'), 0o755);
    chmodSync(join(pair.source, 'b.txt'), 0o644);
    expect(report.status).toBe('problems');
    expect(problemsOf(report)).toEqual(
      expect.arrayContaining(['source b.txt permission-denied', 'source dir permission-denied']),
    );
    expect(readTree(pair.destination)).toEqual({
      'a.txt': 'a2',
      'b.txt': 'b',
      'dir/': '',
      'dir/c.txt': 'c',
      'gone.txt': 'x',
    });
    expectNothingStaged(pair);
    expect((await sync(pair)).status).toBe('clean');
    await expectInSync(pair);
  });

  test('to write into a folder: what stands there stays as it is, and no second name of it is left in the trash', async () => {
    const pair = temporaryPair({ 'dir/edited.txt': '1', 'dir/deleted.txt': '2', 'other.txt': '3' });
    expect((await sync(pair)).status).toBe('clean');
    writeTree(pair.source, { 'dir/edited.txt': '1 and more', 'dir/new.txt': 'new', 'other.txt': '3 and more' });
    rmSync(join(pair.source, 'dir/deleted.txt'));
    const folder = join(pair.destination, 'dir');
    chmodSync(folder, 0o555);
    const report = syncUnprivileged(pair);
    chmodSync(folder, 0o755);
    expect(problemsOf(report)).toEqual([
      'destination dir/deleted.txt permission-denied',
      'destination dir/edited.txt permission-denied',
      'destination dir/new.txt permission-denied',
    ]);
    expect(readTree(pair.destination)).toEqual({
      'dir/': '',
      'dir/deleted.txt': '2',
      'dir/edited.txt': '1',
      'other.txt': '3 and more',
    });
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).nlink).toBe(1);
    expectNothingStaged(pair);
    expect((await sync(pair)).status).toBe('clean');
    await expectInSync(pair);
  });
});

describe('ignore files', () => {
  test('one that is malformed at the top ends the run, before anything is changed', async () => {
    const pair = temporaryPair({ '.syncignore': 'a\0b\n*.tmp\n', 'a.txt': 'a' });
    const report = await sync(pair);
    expect(report).toMatchObject({ status: 'failed', operations: [], error: { code: 'invalid-ignore-file' } });
    expect(report.error?.message).toMatch(/\.syncignore, line 1: .* source file:/);
    expect(readdirSync(pair.destination)).toEqual([]);
  });

  test('one that is malformed, too large or unreadable further down leaves only its folder alone', async () => {
    const pair = temporaryPair({
      'malformed/.syncignore': '\0',
      'malformed/a.txt': 'a',
      'large/.syncignore': 'x'.repeat(1_100_000),
      'large/a.txt': 'a',
      'unreadable/.syncignore': 'a.txt',
      'unreadable/a.txt': 'a',
      'fine/.syncignore/looks like one.txt': 'is a folder',
      'fine/a.txt': 'a',
    });
    const unreadable = join(pair.source, 'unreadable/.syncignore');
    chmodSync(unreadable, 0);
    const report = syncUnprivileged(pair);
    chmodSync(unreadable, 0o644);
    expect(problemsOf(report)).toEqual([
      'source large invalid-ignore-file',
      'source malformed invalid-ignore-file',
      'source unreadable permission-denied',
    ]);
    expect(Object.keys(readTree(pair.destination)).sort()).toEqual([
      'fine/',
      'fine/.syncignore/',
      'fine/.syncignore/looks like one.txt',
      'fine/a.txt',
    ]);
  });
});

describe('state', () => {
  const stateFiles = (pair: Pair): readonly string[] =>
    readdirSync(join(pair.folder, 'state'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));

  test.each([
    ['overwritten by something else', (file: string) => writeFileSync(file, 'hello\nworld\n')],
    [
      'damaged in the middle',
      (file: string) => writeFileSync(file, readFileSync(file, 'latin1').replace('a.txt', 'A.txt')),
    ],
  ])('%s: a clear error with the way out, which works', async (_, damage) => {
    const pair = temporaryPair({ 'a.txt': 'a', 'b.txt': 'b' });
    expect((await sync(pair)).status).toBe('clean');
    rmSync(join(pair.source, 'b.txt'));
    for (const file of stateFiles(pair)) damage(file);
    const outcome = await command(['sync', ...pair.args]);
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain('syncengine state reset');
    expect(outcome.stderr).toContain(`--state ${JSON.stringify(join(pair.folder, 'state'))}`);
    expect(readTree(pair.destination)).toEqual({ 'a.txt': 'a', 'b.txt': 'b' });
    expect((await command(['state', 'reset', ...pair.args])).code).toBe(0);
    expect((await sync(pair)).status).toBe('clean');
    await expectInSync(pair);
  });

  test('that cannot be written ends the run, and the next one takes up what was done', async () => {
    const pair = temporaryPair({ 'a.txt': 'a' });
    mkdirSync(join(pair.folder, 'state'), { mode: 0o555 });
    const report = syncUnprivileged(pair);
    expect(report).toMatchObject({ status: 'failed', error: { code: 'state-unavailable' } });
    expect(readdirSync(pair.destination)).toEqual([]);
    chmodSync(join(pair.folder, 'state'), 0o755);
    expect(syncUnprivileged(pair).status).toBe('clean');
    await expectInSync(pair);
  });

  test('in the home folder that is synchronised is left out of it', async () => {
    const pair = temporaryPair({ 'a.txt': 'a' });
    const env = { HOME: pair.source, XDG_STATE_HOME: '' };
    const outcomes = [];
    for (let round = 0; round < 3; round += 1)
      outcomes.push(await run(['sync', pair.source, pair.destination], { env }));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(outcomes.slice(1).map(({ stdout }) => stdout)).toEqual([
      expect.stringContaining('Already in sync'),
      expect.stringContaining('Already in sync'),
    ]);
    expect(readTree(pair.destination)).not.toHaveProperty(['.local/state/syncengine/']);
  });
});

test('names that are hard to handle: what can be synchronised is, the rest is reported', async () => {
  const fine = {
    'new\nline': '1',
    '\u001b[31mred': '2',
    '\u0001\u007f': '3',
    [`${'é'.repeat(127)}x`]: '4',
    '-rf': '5',
    '--': '6',
    __proto__x: '7',
    'constructor/__proto__/toString': '8',
    'back\\slash': '9',
    ' ': '10',
    '*': '11',
    'C:': '12',
    $HOME: '13',
    '\ufffd': '14',
    '\u202e evil': '15',
    'Case and case': '16',
    'case and case': '17',
  };
  const pair = temporaryPair(fine);
  writeFileSync(join(pair.source, '__proto__'), 'own');
  for (const ending of [0xfe, 0xff]) {
    const name = Buffer.concat([Buffer.from(`${pair.source}/invalid `), Buffer.from([ending])]);
    writeFileSync(name, 'x');
  }
  mkdirSync(Buffer.concat([Buffer.from(`${pair.source}/folder `), Buffer.from([0xc3])]));
  writeTree(pair.source, { 'caf\u00e9': 'composed', 'cafe\u0301': 'decomposed' });
  const outcome = await command(['sync', ...pair.args]);
  expect(outcome.code).toBe(3);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: None of them may reach the terminal.
  expect(outcome.stdout + outcome.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
  const copied = readTree(pair.destination);
  for (const [name, content] of Object.entries(fine)) expect(copied[name], JSON.stringify(name)).toBe(content);
  expect(readFileSync(join(pair.destination, '__proto__'), 'utf8')).toBe('own');
  const again = await sync(pair);
  expect(again).toMatchObject({ status: 'problems', operations: [] });
  expect(again.problems.map(({ code }) => code).sort()).toEqual([
    'invalid-name',
    'invalid-name',
    'invalid-name',
    'name-collision',
  ]);
});

test('times far away, touches and permissions: all are kept, and none is work twice', async () => {
  const days = { zero: 0, before: Date.UTC(1960, 0, 1), late: Date.UTC(2400, 0, 1), tomorrow: Date.now() + 86_400_000 };
  const pair = temporaryPair(Object.fromEntries(Object.keys(days).map((name) => [name, name])));
  // As dates and not as numbers: Node takes a negative number for now.
  for (const [name, time] of Object.entries(days)) utimesSync(join(pair.source, name), new Date(time), new Date(time));
  expect((await sync(pair)).status).toBe('clean');
  await expectInSync(pair);
  for (const name of Object.keys(days)) {
    expect(statSync(join(pair.destination, name)).mtimeMs).toBe(statSync(join(pair.source, name)).mtimeMs);
  }
  utimesSync(join(pair.source, 'zero'), 1_600_000_000, 1_600_000_000);
  chmodSync(join(pair.destination, 'before'), 0o600);
  chmodSync(join(pair.source, 'late'), 0o4755);
  const touched = await sync(pair);
  expect(touched).toMatchObject({ status: 'clean', bytes: { transferred: 0 }, counts: { conflicts: 0 } });
  expect(statSync(join(pair.destination, 'zero')).mtimeMs).toBe(1_600_000_000_000);
  expect(statSync(join(pair.source, 'before')).mode & 0o777).toBe(0o600);
  expect(statSync(join(pair.destination, 'late')).mode & 0o7777).toBe(0o755);
  await expectInSync(pair);
});

describe('special files and links', () => {
  test.each(['safe', 'preserve', 'follow', 'skip'])(
    '--symlinks %s: nothing outside is touched, no loop is entered',
    async (policy) => {
      const pair = temporaryPair({ 'dir/a.txt': 'a', 'one name': 'same file' });
      writeTree(pair.folder, { 'outside/secret.txt': 'secret' });
      const links = {
        loop: 'loop',
        self: '.',
        out: '../outside',
        absolute: '/etc',
        nowhere: 'missing',
        inside: 'dir/a.txt',
        'dir/up': '../dir',
      };
      for (const [name, target] of Object.entries(links)) {
        symlinkSync(target, join(pair.source, name));
        lutimesSync(join(pair.source, name), 1_000_000_000, 1_000_000_000);
      }
      linkSync(join(pair.source, 'one name'), join(pair.source, 'other name'));
      execFileSync('mkfifo', [join(pair.source, 'pipe')]);
      expect((await sync(pair, '--symlinks', policy)).status).toBe('clean');
      expect(await sync(pair, '--symlinks', policy)).toMatchObject({ status: 'clean', operations: [] });
      expect(existsSync(join(pair.destination, 'pipe'))).toBe(false);
      expect(readFileSync(join(pair.destination, 'other name'), 'utf8')).toBe('same file');
      expect(readTree(join(pair.folder, 'outside'))).toEqual({ 'secret.txt': 'secret' });
      const kept = readdirSync(pair.destination, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isSymbolicLink(),
      );
      const expected = { safe: 5, preserve: 7, follow: 0, skip: 0 };
      expect(kept).toHaveLength(expected[policy as keyof typeof expected]); // test.each widens what it is given
    },
  );
});

test('files that grow, shrink, are replaced or go away while they are copied are left for the next run', async () => {
  const content = 'x'.repeat(400_000);
  const pair = temporaryPair({
    'dir/gone.bin': content,
    'grows.bin': content,
    'replaced.bin': content,
    'shrinks.bin': content,
    'z.txt': 'z',
  });
  const going = new CommandProcess(['sync', ...pair.args, '--json', '--verbose', '--bandwidth', '500k']);
  // The folder is made before the first transfer begins.
  await going.saysOnStderr('dir/');
  appendFileSync(join(pair.source, 'grows.bin'), 'more');
  truncateSync(join(pair.source, 'shrinks.bin'), 10);
  writeFileSync(join(pair.folder, 'other'), content.toUpperCase());
  renameSync(join(pair.folder, 'other'), join(pair.source, 'replaced.bin'));
  rmSync(join(pair.source, 'dir'), { recursive: true });
  const report: Report = JSON.parse((await going.end()).stdout);
  expect(report.problems.filter(({ side }) => side !== 'source')).toEqual([]);
  const copied = readTree(pair.destination);
  for (const [name, text] of Object.entries(copied)) {
    if (name.endsWith('.bin'))
      expect([content, content.toUpperCase(), `${content}more`, content.slice(0, 10)]).toContain(text);
  }
  expectNothingStaged(pair);
  expect((await sync(pair)).status).toBe('clean');
  await expectInSync(pair);
});

test('two runs on pairs that share a folder, at once: nothing is lost, and it settles', async () => {
  const pair = temporaryPair();
  const folders = ['one', 'two', 'three'].map((name) => join(pair.folder, name));
  const [one = '', two = '', three = ''] = folders;
  for (const folder of folders) mkdirSync(folder);
  for (let index = 0; index < 10; index += 1) {
    writeTree(one, { [`from one ${index}`]: 'x'.repeat(20_000 + index), [`both ${index}`]: 'one' });
    writeTree(three, { [`from three ${index}`]: 'y'.repeat(20_000 + index), [`both ${index}`]: 'three' });
  }
  const state = ['--state', join(pair.folder, 'state')];
  await Promise.all([
    run(['sync', one, two, ...state, '--bandwidth', '500k']),
    run(['sync', two, three, ...state, '--bandwidth', '500k']),
  ]);
  for (let round = 0; round < 3; round += 1) {
    for (const ends of [
      [one, two],
      [two, three],
    ])
      await command(['sync', ...ends, ...state]);
  }
  for (const ends of [
    [one, two],
    [two, three],
  ]) {
    expect((await command(['sync', ...ends, ...state])).stdout).toContain('Already in sync');
  }
  const everywhere = readTree(one);
  expect(readTree(two)).toEqual(everywhere);
  expect(readTree(three)).toEqual(everywhere);
  for (let index = 0; index < 10; index += 1) {
    expect(everywhere).toHaveProperty([`from one ${index}`]);
    expect(everywhere).toHaveProperty([`from three ${index}`]);
    const both = Object.keys(everywhere).filter((name) => name.startsWith(`both ${index}`));
    expect(both.map((name) => everywhere[name]).sort()).toEqual(['one', 'three']);
  }
});
