import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CommandOutcome, command } from '../test/support/command.ts';
import { type Pair, readTree, temporaryPair, writeTree } from '../test/support/folders.ts';
import { FakeTerminal } from '../test/support/terminal.ts';

/** The one document on standard output. */
function documentOf({ stdout }: CommandOutcome) {
  expect(stdout.endsWith('\n')).toBe(true);
  expect(stdout.trimEnd()).not.toContain('\n');
  const document = JSON.parse(stdout);
  const { operations, conflicts, problems } = document;
  expect(document).toEqual({
    status: expect.stringMatching(/^(?:clean|conflicts|problems|stopped|cancelled|failed)$/),
    mode: expect.any(String),
    dryRun: expect.any(Boolean),
    counts: {
      created: expect.any(Number),
      updated: expect.any(Number),
      deleted: expect.any(Number),
      moved: expect.any(Number),
      adopted: expect.any(Number),
      unchanged: expect.any(Number),
      skipped: expect.any(Number),
      conflicts: expect.any(Number),
      problems: expect.any(Number),
    },
    bytes: { transferred: expect.any(Number) },
    operations: expect.any(Array),
    conflicts: expect.any(Array),
    problems: expect.any(Array),
    ...('error' in document ? { error: { code: expect.any(String), message: expect.any(String) } } : {}),
  });
  for (const operation of operations) {
    expect(operation).toMatchObject({
      side: expect.stringMatching(/^(?:source|destination)$/),
      path: expect.any(String),
    });
    expect(
      Object.keys(operation).filter((key) => !['kind', 'side', 'path', 'from', 'bytes', 'reason'].includes(key)),
    ).toEqual([]);
  }
  for (const conflict of conflicts)
    expect(conflict).toMatchObject({ path: expect.any(String), reason: expect.any(String) });
  for (const problem of problems) expect(Object.keys(problem).sort()).toEqual(['code', 'message', 'path', 'side']);
  return document;
}

const zeros = {
  created: 0,
  updated: 0,
  deleted: 0,
  moved: 0,
  adopted: 0,
  unchanged: 0,
  skipped: 0,
  conflicts: 0,
  problems: 0,
};
const nothingDone = { counts: zeros, bytes: { transferred: 0 }, operations: [], conflicts: [], problems: [] };

/** A pair that is in sync, with some files. */
async function syncedPair(files = 3): Promise<Pair> {
  const names = Array.from({ length: files }, (_, index) => [`file-${index}.txt`, `content ${index}`] as const);
  const pair = temporaryPair(Object.fromEntries(names));
  expect(await command(['sync', ...pair.args, '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  return pair;
}

/** A path that both sides changed since they were in sync. */
async function pairInConflict(): Promise<Pair> {
  const pair = await syncedPair(1);
  appendFileSync(join(pair.source, 'file-0.txt'), ' and the source');
  appendFileSync(join(pair.destination, 'file-0.txt'), ' and then the destination');
  return pair;
}

/** A name that is no valid UTF-8: reported, and everything else is done. */
function pairWithProblem(): Pair {
  const pair = temporaryPair({ 'good.txt': 'good' });
  writeFileSync(Buffer.concat([Buffer.from(`${pair.source}/bad-`), Buffer.from([0xff, 0xfe])]), 'bad');
  return pair;
}

function pairWithManyDeletions(pair: Pair): void {
  for (let index = 0; index < 2; index += 1) rmSync(join(pair.source, `file-${index}.txt`));
}

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

test('a dry run tells everything and changes nothing', async () => {
  const pair = await syncedPair();
  writeTree(pair.source, { 'new.txt': 'x'.repeat(1500) });
  rmSync(join(pair.source, 'file-0.txt'));
  const before = [readTree(pair.source), readTree(pair.destination), readTree(pair.folder)];
  const text = await command(['sync', ...pair.args, '--dry-run']);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout.split('\n')).toEqual([
    'create  destination  new.txt  (1.5 kB; new on the source)',
    'delete  destination  file-0.txt  (9 B; deleted on the source)',
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
  expect(plan.stdout).toMatch(/^conflict {2}file-0\.txt {2}\(both-modified; copy: file-0\.conflict-destination-/m);
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

test('damaged state fails with exit code 1 and is no first run', async () => {
  const pair = await syncedPair();
  const state = join(pair.folder, 'state');
  for (const name of readdirSync(state, { recursive: true, encoding: 'utf8' })) {
    if (!/snapshot|journal/.test(name)) continue;
    const file = join(state, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('file-0', 'file-9'));
  }
  rmSync(join(pair.source, 'file-0.txt'));
  const json = await command(['sync', ...pair.args, '--json']);
  expect(json.code).toBe(1);
  expect(documentOf(json)).toMatchObject({ ...nothingDone, status: 'failed', error: { code: 'state-corrupt' } });
  expect(json.stderr).toMatch(/^syncengine: /);
  expect((await command(['state', 'dump', ...pair.args])).code).toBe(1);
  expect((await command(['state', 'reset', ...pair.args])).code).toBe(0);
  expect((await command(['sync', ...pair.args])).code).toBe(0);
});

test('an interruption ends with exit code 130, and the next run does the rest', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(400_000), 'b.bin': 'b'.repeat(400_000) });
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '100k'], {
    onStderr: (text, signals) => {
      if (text.includes('Synchronising')) signals.emit('SIGINT');
    },
  });
  expect(outcome).toMatchObject({ code: 130, exits: [] });
  expect(outcome.stderr).toContain('Interrupted');
  expect(outcome.stdout).toMatch(/^Interrupted after .* Left for the next run: 2 operations and 800 kB\.\n$/);
  expect((await command(['sync', ...pair.args])).code).toBe(0);
  expect(readTree(pair.destination)).toEqual(readTree(pair.source));
});

test('JSON of an interrupted run', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(400_000) });
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '100k', '--json'], {
    stderr: new FakeTerminal(),
    onStderr: (text, signals) => {
      if (text.includes('0%')) signals.emit('SIGTERM');
    },
  });
  expect(outcome.code).toBe(130);
  expect(documentOf(outcome)).toMatchObject({ status: 'cancelled', dryRun: false });
});

test('who cannot wait interrupts twice: the process is ended at once, still with one document', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(400_000) });
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '100k', '--json'], {
    stderr: new FakeTerminal(),
    onStderr: (text, signals) => {
      if (!text.includes('0%')) return;
      signals.emit('SIGINT');
      signals.emit('SIGINT');
    },
  });
  expect(outcome).toMatchObject({ code: 130, exits: [130] });
  expect(documentOf(outcome)).toMatchObject({ status: 'cancelled' });
});

test('a terminal sees the progress while it lasts, and the summary stays', async () => {
  const pair = temporaryPair({ 'a.bin': 'a'.repeat(300_000) });
  const terminal = new FakeTerminal();
  const outcome = await command(['sync', ...pair.args, '--bandwidth', '200k'], { stderr: terminal });
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toMatch(/^Done in/);
  expect(terminal.written.join('')).toMatch(/%.*\[.*\].*0\/1 file/);
  expect(terminal.screen).toEqual([]);
  const quiet = new FakeTerminal();
  writeTree(pair.source, { 'b.bin': 'b' });
  await command(['sync', ...pair.args, '--quiet'], { stderr: quiet });
  expect(quiet.written).toEqual([]);
});

test('deletions are announced before they happen', async () => {
  const pair = await syncedPair();
  pairWithManyDeletions(pair);
  const kept = await command(['sync', ...pair.args]);
  expect(kept.stderr).toContain('Deleting 2 files on the destination (kept in the trash for 30 days).\n');
  rmSync(join(pair.destination, 'file-2.txt'));
  const gone = await command(['sync', ...pair.args, '--no-trash', '--allow', 'root-emptied']);
  expect(gone.stderr).toContain('Deleting 1 file on the source (not kept: --no-trash).\n');
});

test('--verbose tells each operation with its reason', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', 'folder/': '' });
  const { stderr } = await command(['sync', ...pair.args, '--verbose']);
  expect(stderr).toContain('create  destination  a.txt  (1 B; new on the source)\n');
  expect(stderr).toContain('create  destination  folder/  (new on the source)\n');
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

test('a dumb terminal gets plain lines', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const terminal = new FakeTerminal();
  await command(['sync', ...pair.args], { stderr: terminal, env: { TERM: 'dumb' } });
  expect(terminal.written).toEqual([expect.stringMatching(/^Synchronising .*: 1 operation, 1 B to transfer\.\n$/)]);
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

test('links are told as links, and one that leads out is skipped and counted', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  symlinkSync('a.txt', join(pair.source, 'link'));
  symlinkSync('../..', join(pair.source, 'outward'));
  const plan = await command(['plan', ...pair.args]);
  expect(plan.stdout).toContain('create  destination  link  (new on the source)\n');
  expect(plan.stdout).toContain('Total: 2 to create, 1 skipped; 1 B to transfer.\n');
  expect((await command(['sync', ...pair.args])).stdout).toMatch(/: 2 created, 1 skipped; 1 B transferred\.\n$/);
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

test('state is printed record by record, and forgotten on demand', async () => {
  const pair = await syncedPair(2);
  const dump = await command(['state', 'dump', ...pair.args]);
  expect(dump).toMatchObject({ code: 0, stderr: '' });
  const records = dump.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(records.map((record) => record.key)).toEqual(['file-0.txt', 'file-1.txt']);
  expect(records[0]).toMatchObject({
    kind: 'file',
    source: { path: 'file-0.txt' },
    destination: { path: 'file-0.txt' },
  });
  expect((await command(['state', 'reset', ...pair.args])).code).toBe(0);
  expect(await command(['state', 'dump', ...pair.args])).toMatchObject({ code: 0, stdout: '' });
  expect(documentOf(await command(['sync', ...pair.args, '--json']))).toMatchObject({
    counts: { ...zeros, adopted: 2 },
  });
});

test.each([['dump'], ['reset']])('bad usage of state %s', async (name) => {
  expect(await command(['state', name, 'a'])).toMatchObject({ code: 2, stdout: '' });
  expect(await command(['state', name, '', 'b'])).toMatchObject({ code: 2, stdout: '' });
  expect(await command(['state', name, 'a', 'b', '--state', ''])).toMatchObject({ code: 2, stdout: '' });
});

test('--version and --help', async () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(await command(['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  for (const name of [[], ['sync'], ['plan'], ['state'], ['state', 'dump'], ['state', 'reset']]) {
    const help = await command([...name, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: ${['syncengine', ...name].join(' ')}`);
    expect(help.stdout).toContain('Examples:\n  syncengine ');
  }
});

test.each([[[]], [['state']], [['sink']], [['--no-such-flag']]])('%j is bad usage', async (argv) => {
  const outcome = await command(argv);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).not.toBe('');
});
