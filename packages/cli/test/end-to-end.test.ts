import { spawnSync } from 'node:child_process';
import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Pair, readTree, temporaryFolder, temporaryPair, writeTree } from './support/folders.ts';
import { binary, CommandProcess, run } from './support/process.ts';

/** Too much for the bandwidth that goes with it to be over before the test has done what it wants to do. */
const slow = ['--bandwidth', '200k'];
const content = 'x'.repeat(4_000_000);

function expectEqual(pair: Pair): void {
  expect(readTree(pair.destination)).toEqual(readTree(pair.source));
}

test('two folders are brought in sync, stay in sync, and follow changes on both sides', async () => {
  const pair = temporaryPair(
    { 'both.txt': 'same', 'only source.txt': '1', 'deep/er/file.bin': '\0\x01\x02', 'empty/': '' },
    { 'both.txt': 'same', 'ünïcödé/日本.txt': '2' },
  );
  expect((await run(['sync', ...pair.args])).code).toBe(0);
  expectEqual(pair);
  expect(await run(['sync', ...pair.args])).toEqual({
    code: 0,
    signal: undefined,
    stdout: 'Already in sync: 8 entries unchanged.\n',
    stderr: '',
  });
  appendFileSync(join(pair.source, 'both.txt'), ' and more');
  rmSync(join(pair.destination, 'deep'), { recursive: true });
  renameSync(join(pair.source, 'only source.txt'), join(pair.source, 'renamed.txt'));
  writeTree(pair.destination, { 'new/from destination.txt': '3' });
  const third = await run(['sync', ...pair.args, '--allow', 'deletions']);
  expect(third.code).toBe(0);
  expectEqual(pair);
  expect(Object.keys(readTree(pair.source)).sort()).toEqual(
    ['both.txt', 'empty/', 'new/', 'new/from destination.txt', 'renamed.txt', 'ünïcödé/', 'ünïcödé/日本.txt'].sort(),
  );
  expect((await run(['sync', ...pair.args])).stdout).toMatch(/^Already in sync/);
});

test('a dry run leaves no trace', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const outcome = await run(['sync', ...pair.args, '--dry-run']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  expect(outcome.stdout).toContain('a.txt  create  -> destination');
  expect(readTree(pair.folder)).toEqual({ 'source/': '', 'source/a.txt': 'a', 'destination/': '' });
});

test('a missing destination is made, and only by a run', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  rmSync(pair.destination, { recursive: true });
  expect((await run(['plan', ...pair.args])).code).toBe(0);
  expect(Object.keys(readTree(pair.folder))).not.toContain('destination/');
  expect((await run(['sync', ...pair.args])).code).toBe(0);
  expectEqual(pair);
});

test('more deletions than allowed stop the run before it changes anything', async () => {
  const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.txt`, `${index}`]));
  const pair = temporaryPair(files);
  await run(['sync', ...pair.args]);
  for (let index = 0; index < 15; index += 1) rmSync(join(pair.source, `${index}.txt`));
  const before = readTree(pair.destination);
  for (const flags of [[], ['--max-delete', '14'], ['--max-delete', '70%']]) {
    const stopped = await run(['sync', ...pair.args, ...flags]);
    expect(stopped).toMatchObject({ code: 4, stdout: '' });
    expect(stopped.stderr).toContain('15');
  }
  expect(readTree(pair.destination)).toEqual(before);
  expect((await run(['sync', ...pair.args, '--max-delete', '15'])).code).toBe(0);
  expectEqual(pair);
});

test('without its marker a run does not begin', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', '.disk': '' });
  const stopped = await run(['sync', ...pair.args, '--marker', '.disk', '--json']);
  expect(stopped.code).toBe(4);
  expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'stopped', error: { code: 'rail-marker' } });
  expect(readTree(pair.destination)).toEqual({});
  writeTree(pair.destination, { '.disk': '' });
  expect((await run(['sync', ...pair.args, '--marker', '.disk'])).code).toBe(0);
});

test('a second run of a pair does not begin while one is going', async () => {
  const pair = temporaryPair({ 'a.bin': content });
  const first = new CommandProcess(['sync', ...pair.args, ...slow]);
  await first.saysOnStderr('Synchronising');
  const second = await run(['sync', ...pair.args]);
  expect(second).toMatchObject({ code: 4, stdout: '' });
  expect(second.stderr).toContain(String(first.child.pid));
  expect((await run(['state', 'reset', ...pair.args])).code).toBe(4);
  first.child.kill('SIGINT');
  expect((await first.end()).code).toBe(130);
  expect((await run(['sync', ...pair.args])).code).toBe(0);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a run in order, and the next one does the rest', async (signal) => {
  const pair = temporaryPair({ 'a.bin': content, 'b.bin': content });
  const first = new CommandProcess(['sync', ...pair.args, ...slow]);
  await first.saysOnStderr('Synchronising');
  first.child.kill(signal);
  const interrupted = await first.end();
  expect(interrupted).toMatchObject({ code: 130, signal: undefined });
  expect(interrupted.stdout).toMatch(/^Interrupted after .* Left for the next run: 2 operations and 8\.0 MB\.\n$/);
  expect(readTree(pair.destination)).toEqual({});
  const second = await run(['sync', ...pair.args]);
  expect(second.code).toBe(0);
  expectEqual(pair);
});

test('an interrupted run still prints one document', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', 'b.bin': content });
  const process = new CommandProcess(['sync', ...pair.args, ...slow, '--json', '--verbose']);
  await process.saysOnStderr('a.txt');
  process.child.kill('SIGINT');
  const { code, stdout } = await process.end();
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'cancelled',
    counts: { created: 1 },
    operations: [{ kind: 'create', path: 'a.txt' }],
  });
});

test('a killed run is finished by the next one', async () => {
  const pair = temporaryPair({ 'a.bin': content });
  const process = new CommandProcess(['sync', ...pair.args, ...slow]);
  await process.saysOnStderr('Synchronising');
  process.child.kill('SIGKILL');
  expect(await process.end()).toMatchObject({ code: undefined, signal: 'SIGKILL' });
  expect((await run(['sync', ...pair.args])).code).toBe(0);
  expectEqual(pair);
});

test('bad usage', async () => {
  const folder = temporaryFolder();
  for (const argv of [
    ['sync'],
    ['sync', '.'],
    ['sync', 'none', 'other'],
    ['sync', '.', '.'],
    ['sync', '.', 'inside'],
    ['nonsense'],
  ]) {
    const outcome = await run(argv, { cwd: folder });
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
    expect(outcome.stderr).not.toBe('');
    const json = await run([...argv, '--json'], { cwd: folder });
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: 'failed' });
  }
});

test('state is kept where the platform keeps it, unless a folder is named', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const env = { HOME: join(pair.folder, 'home'), XDG_STATE_HOME: join(pair.folder, 'xdg') };
  await run(['sync', pair.source, pair.destination], { env });
  const names = Object.keys(readTree(pair.folder)).filter((name) => !/^(?:source|destination)/.test(name));
  expect(names.length).toBeGreaterThan(0);
  const place = process.platform === 'linux' ? 'xdg/syncengine/' : 'home/';
  for (const name of names) expect(name.startsWith(place) || place.startsWith(name)).toBe(true);
});

test('who reads along may leave', () => {
  const files = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`file number ${index}.txt`, '']));
  const pair = temporaryPair(files);
  const command = `"$0" "$@" | head -n 1; test "\${PIPESTATUS[0]}" = 0`;
  const outcome = spawnSync('bash', ['-c', command, process.execPath, binary, 'plan', ...pair.args], {
    encoding: 'utf8',
  });
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  expect(outcome.stdout).toMatch(/^file number 0\.txt +create .*\n$/);
});

test('a result that cannot be written is a failure', () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const command = '"$0" "$@" > /dev/full';
  const outcome = spawnSync('bash', ['-c', command, process.execPath, binary, 'plan', ...pair.args], {
    encoding: 'utf8',
  });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toContain('could not be written');
});

test('names that no terminal should see are synchronised and escaped', async () => {
  const names = ['new\nline', 'esc\x1b[31m', 'tab\t', ' spaces ', '-n', '--json', '*', '\\', 'x'.repeat(255), '😀'];
  const pair = temporaryPair(Object.fromEntries(names.map((name) => [name, name])));
  const outcome = await run(['sync', ...pair.args, '--verbose']);
  expect(outcome.code).toBe(0);
  expect(outcome.stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(outcome.stderr).toContain('new\\nline');
  expectEqual(pair);
});
