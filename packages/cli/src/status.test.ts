import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onePair } from '../test/support/configured.ts';

test('a new pair was never in sync, and all of it is pending', async () => {
  const configured = onePair({}, { 'a/1.txt': '1', 'a/2.txt': '22' });
  const { code, stdout } = await configured.run(['status']);
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    expect.stringMatching(/^one: .*\/a and .*\/b \(two-way\)$/),
    'last run   never',
    'pending    2 to create; 3 B',
    '',
  ]);
  expect(configured.read('b')).toEqual({});
});

test('the last run, what is pending, conflicts and problems are told', async () => {
  const configured = onePair({ conflict: 'manual' }, { 'a/1.txt': '1', 'a/2.txt': '22' });
  expect((await configured.run(['sync'])).code).toBe(0);
  expect(await configured.json(['status'])).toMatchObject({
    code: 0,
    pairs: [
      {
        name: 'one',
        status: 'clean',
        mode: 'two-way',
        lastRun: { status: 'clean', counts: { created: 2 }, bytes: { transferred: 3 } },
        pending: { counts: { created: 0, unchanged: 2 }, bytes: 0 },
        conflicts: [],
        problems: [],
      },
    ],
  });
  configured.write({ 'a/3.txt': '333' });
  expect(await configured.json(['status'])).toMatchObject({
    code: 0,
    pairs: [{ status: 'pending', pending: { bytes: 3 } }],
  });
  configured.write({ 'a/1.txt': 'edited here', 'b/1.txt': 'edited there too' });
  writeFileSync(Buffer.concat([Buffer.from(join(configured.folder, 'a/bad-')), Buffer.from([0xff])]), '');
  expect((await configured.run(['sync'])).code).toBe(3);
  const { code, stdout } = await configured.run(['status']);
  expect(code).toBe(3);
  expect(stdout).toMatch(
    /last run {3}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, problems: 1 created; 3 B transferred; 1 in conflict; 1 with problems/,
  );
  expect(stdout).toMatch(/conflicts {2}1: 1\.txt/);
  expect(stdout).toMatch(/problems {3}1: /);
});

test('what a rail would stop is told, with exit code 4, and the next run is remembered as stopped', async () => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`a/${index}`, 'x']));
  const configured = onePair({ maximumDeletions: 1 }, files);
  await configured.run(['sync']);
  const { rmSync } = await import('node:fs');
  for (let index = 0; index < 3; index += 1) rmSync(join(configured.folder, 'a', String(index)));
  expect(await configured.json(['status'])).toMatchObject({
    code: 4,
    pairs: [{ status: 'stopped', error: { code: 'rail-deletions' } }],
  });
  expect((await configured.run(['sync'])).code).toBe(4);
  expect(await configured.json(['status', '--no-scan'])).toMatchObject({
    code: 0,
    pairs: [{ status: 'stopped', pending: null, lastRun: { status: 'stopped', error: { code: 'rail-deletions' } } }],
  });
});

test('a note of the last run that is damaged is none, and reset forgets it', async () => {
  const configured = onePair({}, { 'a/1.txt': '1' });
  await configured.run(['sync']);
  const { readdirSync } = await import('node:fs');
  const [note = ''] = readdirSync(join(configured.folder, 'state')).filter((name) => name.startsWith('last-run-'));
  writeFileSync(join(configured.folder, 'state', note), '{"format":');
  expect(await configured.json(['status'])).toMatchObject({ code: 0, pairs: [{ status: 'clean', lastRun: null }] });
  await configured.run(['sync']);
  expect(await configured.json(['status'])).toMatchObject({ pairs: [{ lastRun: { status: 'clean' } }] });
  await configured.run(['state', 'reset', 'one']);
  expect(await configured.json(['status'])).toMatchObject({ pairs: [{ lastRun: null }] });
});
