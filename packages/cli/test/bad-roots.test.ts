import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command } from './support/command.ts';
import { type Pair, readTree, temporaryPair, writeTree } from './support/folders.ts';
import { binary } from './support/process.ts';
import { runUnprivileged } from './support/unprivileged.ts';

const modes = ['two-way', 'source-to-destination'] as const;
const sides = ['source', 'destination'] as const;
const cases = modes.flatMap((mode) => sides.map((side) => ({ mode, side })));

async function sync(pair: Pair, ...flags: readonly string[]): ReturnType<typeof command> {
  return await command(['sync', ...pair.args, ...flags]);
}

/** A folder that may not be used in some way, until the test is over. */
function forbid(folder: string, permissions: number): () => void {
  const allow = (): void => {
    if (existsSync(folder)) chmodSync(folder, 0o755);
  };
  chmodSync(folder, permissions);
  onTestFinished(allow);
  return allow;
}

async function expectInSync(pair: Pair, ...flags: readonly string[]): Promise<void> {
  const again = await sync(pair, ...flags, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ status: 'clean', operations: [], problems: [] });
  expect(readTree(pair.destination)).toEqual(readTree(pair.source));
}

describe.each(cases)('$mode, the $side', ({ mode, side }) => {
  test('missing: later a rail, and nothing is changed', async () => {
    const pair = temporaryPair({ 'a.txt': 'a' });
    await sync(pair, '--mode', mode);
    renameSync(pair[side], `${pair[side]}-away`);
    const outcome = await sync(pair, '--mode', mode);
    expect(outcome).toMatchObject({ code: 4, stdout: '' });
    expect(outcome.stderr).toContain(`The ${side} file://${pair[side]} is missing`);
    expect(existsSync(pair[side])).toBe(false);
    renameSync(`${pair[side]}-away`, pair[side]);
    await expectInSync(pair, '--mode', mode);
  });

  test('emptied, as by a disk that is not mounted: a rail, and nothing is changed', async () => {
    const pair = temporaryPair({ 'a.txt': 'a', 'b/c.txt': 'c' });
    await sync(pair, '--mode', mode);
    renameSync(pair[side], `${pair[side]}-away`);
    mkdirSync(pair[side]);
    const outcome = await sync(pair, '--mode', mode);
    expect(outcome.code).toBe(4);
    expect(outcome.stderr).toContain('--allow root-emptied');
    expect(readdirSync(pair[side])).toEqual([]);
    rmSync(pair[side], { recursive: true });
    renameSync(`${pair[side]}-away`, pair[side]);
    await expectInSync(pair, '--mode', mode);
  });

  test('a file, on the first run and later', async () => {
    const pair = temporaryPair({ 'a.txt': 'a' });
    const asFile = async (): Promise<void> => {
      renameSync(pair[side], `${pair[side]}-away`);
      writeFileSync(pair[side], 'a file');
      const outcome = await sync(pair, '--mode', mode);
      expect(outcome.code).toBe(2);
      expect(outcome.stderr).toContain(`The ${side} file://${pair[side]} is no folder but a file.`);
      rmSync(pair[side]);
      renameSync(`${pair[side]}-away`, pair[side]);
    };
    await asFile();
    expect((await sync(pair, '--mode', mode)).code).toBe(0);
    await asFile();
    await expectInSync(pair, '--mode', mode);
  });

  test.each(mode === 'two-way' ? [0o000, 0o111, 0o444] : [0o000])(
    'unreadable (%i), on the first run and later',
    async (permissions) => {
      const pair = temporaryPair({ 'a.txt': 'a', 'b/c.txt': 'c' });
      const unreadable = (): void => {
        const allow = forbid(pair[side], permissions);
        const { code, stdout, stderr } = runUnprivileged(['sync', ...pair.args, '--mode', mode]);
        allow();
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toMatch(
          new RegExp(`^syncengine: The ${side} file://${pair[side]} cannot be (read|listed): .*\\n$`),
        );
      };
      unreadable();
      expect((await sync(pair, '--mode', mode)).code).toBe(0);
      unreadable();
      await expectInSync(pair, '--mode', mode);
    },
  );
});

test('a missing source of a first run is bad usage, and no destination is made', async () => {
  const pair = temporaryPair();
  rmSync(pair.source, { recursive: true });
  rmSync(pair.destination, { recursive: true });
  const outcome = await sync(pair);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain(`The source file://${pair.source} does not exist`);
  expect(existsSync(pair.destination)).toBe(false);
});

test('a destination that cannot be made says why', async () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  writeFileSync(join(pair.folder, 'file'), '');
  const below = await command([
    'sync',
    pair.source,
    join(pair.folder, 'file/below'),
    '--state',
    join(pair.folder, 'st'),
  ]);
  expect(below.code).toBe(2);
  expect(below.stderr).toContain('cannot be made: a file stands where a folder above it should be');
  const allow = forbid(pair.destination, 0o555);
  const inside = join(pair.destination, 'inside');
  const outcome = runUnprivileged(['sync', pair.source, inside, '--state', join(pair.folder, 'st')]);
  expect(outcome.code).toBe(1);
  expect(outcome.stderr).toContain(
    `The destination file://${inside} cannot be made: The root could not be made: permission`,
  );
  allow();
  expect(runUnprivileged(['sync', pair.source, inside, '--state', join(pair.folder, 'st')]).code).toBe(0);
});

test('roots that are the same or contain each other are refused, however they are spelled', async () => {
  const pair = temporaryPair({ 'inner/a.txt': 'a' });
  const { source, folder } = pair;
  symlinkSync(source, join(folder, 'link'));
  symlinkSync(join(source, 'inner'), join(folder, 'inner link'));
  const before = readTree(folder);
  const near = relative(process.cwd(), source);
  const spellings = [
    [source, source],
    [`${source}/`, source],
    [near, `${source}/./inner/..`],
    [source, join(folder, 'link')],
    [join(folder, 'link/'), near],
    [source, join(source, 'inner')],
    [join(source, 'inner'), source],
    [source, join(folder, 'inner link')],
    [join(folder, 'link/inner'), source],
    [source, join(folder, 'link/new/and deep')],
  ] as const;
  for (const [one, other] of spellings) {
    const outcome = await command(['sync', one, other, '--state', join(folder, 'state'), '--json']);
    expect(outcome.code).toBe(2);
    expect(JSON.parse(outcome.stdout).error.code).toMatch(/^(same-root|nested-roots)$/);
  }
  expect(readTree(folder)).toEqual(before);
  const apart = await command(['sync', source, `${source}-2`, '--state', join(folder, 'state')]);
  expect(apart.code).toBe(0);
});

test('a working directory that is gone is told in a line', () => {
  const pair = temporaryPair({ 'a.txt': 'a' });
  const script = `cd "$1" && rmdir "$1" && shift && exec "$@"`;
  const line = ['-c', script, 'sh', pair.destination, process.execPath, binary, 'sync', pair.source, 'elsewhere'];
  const { status, stderr } = spawnSync('sh', line, { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'syncengine: the folder that this shell is in is gone; go to another one first.\n',
  });
});

test('a source that may only be read is a source all the same', async () => {
  const pair = temporaryPair({ 'a.txt': 'a', 'b/c.txt': 'c' });
  writeTree(pair.source, { '.syncengine/staging/left': '' });
  for (const folder of ['.syncengine/staging', '.syncengine', 'b', '']) forbid(join(pair.source, folder), 0o555);
  for (const [summary, flags] of [
    ['3 created', []],
    ['Already in sync', []],
    ['Already in sync', ['--mode', 'std']],
  ] as const) {
    const outcome = runUnprivileged(['sync', ...pair.args, ...flags]);
    expect(outcome).toMatchObject({ code: 0, stderr: expect.not.stringContaining('problem') });
    expect(outcome.stdout).toContain(summary);
  }
  expect(readTree(pair.destination)).toEqual({ 'a.txt': 'a', 'b/': '', 'b/c.txt': 'c' });
});
