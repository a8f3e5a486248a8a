import { existsSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Pair, readTree, type Tree, temporaryPair, writeTree } from './support/folders.ts';
import { type ProcessOutcome, run } from './support/process.ts';

const files: Tree = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}.txt`, `content ${index}`]));

async function inSync(tree: Tree = files): Promise<Pair> {
  const pair = temporaryPair(tree);
  expect((await run(['sync', ...pair.args])).code).toBe(0);
  return pair;
}

async function sync(pair: Pair, ...flags: readonly string[]): Promise<ProcessOutcome> {
  return await run(['sync', ...pair.args, ...flags]);
}

/** All that there is, but for the note of how the last run went. */
function placesOf(pair: Pair): Tree {
  const entries = Object.entries(readTree(pair.folder));
  return Object.fromEntries(entries.filter(([path]) => !/^state\/(?:last-run|$)/.test(path)));
}

/** The run ends with exit code 4, names the rail and the flag that lifts it, and changes nothing; so does a dry run. */
async function expectStopped(
  pair: Pair,
  rail: string,
  numbers: readonly string[],
  ...flags: readonly string[]
): Promise<void> {
  const before = placesOf(pair);
  const text = await sync(pair, ...flags);
  expect(text).toMatchObject({ code: 4, stdout: '' });
  expect(text.stderr).toContain(`--allow ${rail}`);
  for (const number of numbers) expect(text.stderr).toContain(number);
  const json = await sync(pair, ...flags, '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 'stopped', error: { code: `rail-${rail}` } });
  if (rail !== 'lock') expect((await run(['plan', ...pair.args, ...flags])).code).toBe(4);
  expect(placesOf(pair), 'nothing was changed').toEqual(before);
}

describe('each rail stops a run, and --allow lifts it for one', () => {
  test('deletions', async () => {
    const pair = await inSync();
    for (let index = 0; index < 15; index += 1) rmSync(join(pair.source, `${index}.txt`));
    await expectStopped(pair, 'deletions', ['15', '10', '20']);
    expect((await sync(pair, '--allow', 'deletions')).code).toBe(0);
    expect(Object.keys(readTree(pair.destination)), 'what would have been lost').toHaveLength(5);
  });

  test('root-emptied', async () => {
    const pair = await inSync();
    for (const name of readdirSync(pair.source)) rmSync(join(pair.source, name), { recursive: true });
    await expectStopped(pair, 'root-emptied', ['20 files']);
    expect((await sync(pair, '--allow', 'root-emptied', '--allow', 'deletions')).code).toBe(0);
    expect(readTree(pair.destination), 'what would have been lost').toEqual({});
  });

  test('root-missing', async () => {
    const pair = await inSync();
    rmSync(pair.source, { recursive: true });
    await expectStopped(pair, 'root-missing', []);
    expect(existsSync(pair.source)).toBe(false);
    await expectStopped(pair, 'root-emptied', ['20 files'], '--allow', 'root-missing');
    const rails = ['root-missing', 'root-emptied', 'deletions'].flatMap((rail) => ['--allow', rail]);
    expect((await sync(pair, ...rails)).code).toBe(0);
    expect(readTree(pair.destination), 'what would have been lost').toEqual({});
  });

  test('marker', async () => {
    const pair = await inSync({ ...files, '.disk': '' });
    rmSync(join(pair.source, '.disk'));
    for (let index = 0; index < 5; index += 1) rmSync(join(pair.source, `${index}.txt`));
    await expectStopped(pair, 'marker', ['.disk'], '--marker', '.disk');
    expect((await sync(pair, '--marker', '.disk', '--allow', 'marker')).code).toBe(0);
    expect(Object.keys(readTree(pair.destination)), 'what would have been lost').toHaveLength(15);
  });

  test('lock', async () => {
    const pair = await inSync();
    writeTree(pair.source, { 'new.txt': 'new' });
    const state = join(pair.folder, 'state');
    const [key = ''] = readdirSync(state);
    writeFileSync(
      join(state, key, 'run.lock'),
      JSON.stringify({
        token: 'someone',
        pid: 1,
        host: 'elsewhere',
        user: 'somebody',
        startedAt: Date.now() - 3_600_000,
      }),
    );
    await expectStopped(pair, 'lock', ['process 1', 'elsewhere', '60 min']);
    expect((await run(['plan', ...pair.args])).code, 'looking takes no lock').toBe(0);
    expect((await sync(pair, '--allow', 'lock')).code).toBe(0);
    expect(readTree(pair.destination)).toHaveProperty(['new.txt']);
  });

  test('space', async () => {
    const pair = await inSync();
    const { bavail, bsize } = statfsSync(pair.folder);
    // A file of holes: it takes no space here, and would take all and more there.
    const size = bavail * bsize + 2 ** 36;
    writeTree(pair.source, { 'huge.bin': '' });
    truncateSync(join(pair.source, 'huge.bin'), size);
    const stopped = await sync(pair, '--json');
    expect(stopped.code).toBe(4);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ status: 'stopped', error: { code: 'rail-space' } });
    expect(stopped.stderr).toContain('--allow space');
    expect(stopped.stderr).toContain(`needs ${size} bytes`);
    expect(readTree(pair.destination)).toEqual(files);
    expect((await run(['plan', ...pair.args])).code).toBe(4);
    // To see what it would do without the rail, nobody needs to let it fill the disk.
    const plan = await run(['plan', ...pair.args, '--allow', 'space']);
    expect(plan.code).toBe(0);
    expect(plan.stdout).toContain('huge.bin');
  });

  test('incomplete-scan', async () => {
    const pair = await inSync({ ...files, 'locked/inside.txt': 'inside' });
    rmSync(join(pair.source, '0.txt'));
    // Even for root: nobody knows what is ignored in there.
    writeTree(pair.source, { 'locked/.syncignore': '\0' });
    const suspended = await sync(pair, '--json');
    expect(suspended.code).toBe(3);
    const report = JSON.parse(suspended.stdout);
    expect(report.counts.deleted).toBe(0);
    expect(report.problems).toContainEqual(expect.objectContaining({ code: 'deletions-suspended' }));
    expect(suspended.stderr).toContain('allow incomplete-scan');
    expect(readTree(pair.destination)).toHaveProperty(['0.txt']);

    const lifted = await sync(pair, '--allow', 'incomplete-scan', '--json');
    expect(lifted.code, 'the folder is still a problem').toBe(3);
    expect(JSON.parse(lifted.stdout).counts.deleted).toBe(1);
    expect(readTree(pair.destination), 'what would have been lost').not.toHaveProperty(['0.txt']);
    expect(readTree(pair.destination), 'what cannot be seen is left alone').toHaveProperty(['locked/inside.txt']);
  });
});

test('a name that is no rail is told what there is', async () => {
  const pair = temporaryPair();
  const outcome = await sync(pair, '--allow', 'everything');
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toMatch(/lock, root-missing, root-emptied, deletions, marker, space, incomplete-scan/);
});
