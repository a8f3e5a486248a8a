import { describe, expect, test } from 'vitest';
import type { DeletionLimit } from '../../src/index.ts';
import { Pair } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';
import { expectStopped, inSync, manyFiles, runLifting, without } from './rail.ts';

const tree = { ...manyFiles(40), stays: 'stays' };

describe('more deletions than allowed', () => {
  const limits: ReadonlyArray<readonly [string, DeletionLimit | undefined, number, number]> = [
    ['more than half of the known files, by default', undefined, 21, 20],
    ['more than a share', { share: 0.3 }, 13, 12],
    ['more than a number', { files: 5 }, 6, 5],
    ['any at all', { files: 0 }, 1, 0],
  ];
  test.for(limits)('%s', async ([, maximumDeletions, deletions, limit]) => {
    const options = { maximumDeletions, trash: false as const };
    const pair = await inSync(tree, options);
    make(pair.source, without(manyFiles(deletions)));
    await expectStopped(pair, { code: 'rail-deletions', details: { deletions, knownFiles: 41, limit }, options });

    const result = await runLifting(pair, ['rail-deletions'], options);
    expect(result).toMatchObject({ status: 'clean', counts: { deleted: deletions } });
    for (const path of Object.keys(manyFiles(deletions))) {
      expect(treeOf(pair.destination), 'what would have been lost').not.toHaveProperty([path]);
    }
  });

  test.for(limits)('not %s: as many as allowed', async ([, maximumDeletions, , limit]) => {
    const pair = await inSync(tree, { maximumDeletions });
    make(pair.source, without(manyFiles(limit)));
    expect((await pair.engine({ maximumDeletions }).sync()).counts.deleted).toBe(limit);
  });

  test('is lifted for one run only', async () => {
    const pair = await inSync({ ...tree, ...manyFiles(100, 'more') });
    make(pair.source, without(manyFiles(100, 'more')));
    await runLifting(pair, ['rail-deletions']);
    make(pair.source, without(manyFiles(30)));
    await expectStopped(pair, { code: 'rail-deletions', details: { deletions: 30, knownFiles: 41, limit: 20 } });
  });

  test('counts both sides together', async () => {
    const pair = await inSync(tree);
    make(pair.source, without(manyFiles(11)));
    const others = Object.entries(tree).slice(11, 21);
    make(pair.destination, without(Object.fromEntries(others)));
    await expectStopped(pair, { code: 'rail-deletions', details: { deletions: 21, knownFiles: 41, limit: 20 } });
  });

  test('ten are never too many for a share, eleven may be', async () => {
    const pair = await inSync({ ...manyFiles(11), stays: '' });
    make(pair.source, without(manyFiles(11)));
    await expectStopped(pair, { code: 'rail-deletions', details: { deletions: 11, knownFiles: 12, limit: 6 } });
    make(pair.source, { 'folder/10': 'folder 10' });
    expect((await pair.engine().sync()).counts.deleted).toBe(10);
  });

  test('are not those of files that nobody has any more', async () => {
    const pair = await inSync(tree);
    for (const side of [pair.source, pair.destination]) make(side, without(manyFiles(40)));
    expect((await pair.engine().sync()).status).toBe('clean');
  });
});

describe('renames count nothing', () => {
  const proofs = { 'by id': {}, 'by content': { stableIdentity: false, move: false } } as const;
  test.for(Object.entries(proofs))('a folder of 1,000 files, known %s', async ([, nature]) => {
    const options = { maximumDeletions: { files: 0 } };
    const pair = await inSync(manyFiles(1_000), options, { source: nature, destination: nature });
    pair.source.rename('folder', 'renamed');
    expect((await pair.engine(options).plan()).stops).toEqual([]);
    const result = await pair.engine(options).sync();
    expect(result).toMatchObject({ status: 'clean', bytes: { transferred: 0 } });
    expect(treeOf(pair.destination)).toMatchObject(renamed());
  });

  function renamed(): Readonly<Record<string, string>> {
    const files = Object.entries(manyFiles(1_000));
    return Object.fromEntries(files.map(([path, text]) => [path.replace('folder', 'renamed'), text]));
  }

  test('what is gone from the renamed folder does count', async () => {
    const options = { maximumDeletions: { files: 2 } };
    const pair = await inSync(manyFiles(100), options);
    pair.source.rename('folder', 'renamed');
    make(pair.source, without(manyFiles(3, 'renamed')));
    await expectStopped(pair, {
      code: 'rail-deletions',
      details: { deletions: 3, knownFiles: 100, limit: 2 },
      options,
    });
  });
});

describe('per mode', () => {
  test('a mirror is stopped by what was deleted on its leader', async () => {
    const options = { mode: 'source-to-destination' };
    const pair = await inSync(tree, options);
    make(pair.source, without(manyFiles(30)));
    await expectStopped(pair, {
      code: 'rail-deletions',
      details: { deletions: 30, knownFiles: 41, limit: 20 },
      options,
    });
    await runLifting(pair, ['rail-deletions'], options);
    expect(treeOf(pair.destination)).toEqual(treeOf(pair.source));
  });

  test('a mirror brings back what was deleted on its follower: nothing to stop', async () => {
    const options = { mode: 'source-to-destination' };
    const pair = await inSync(tree, options);
    make(pair.destination, without(manyFiles(40)));
    expect((await pair.engine(options).sync()).counts).toMatchObject({ created: 40, deleted: 0 });
  });

  test('a mirror is stopped by what only its follower has, on a first run too', async () => {
    const options = { mode: 'source-to-destination' };
    const pair = new Pair();
    make(pair.source, { a: 'a' });
    make(pair.destination, manyFiles(20));
    pair.clock.advance();
    await expectStopped(pair, { code: 'rail-deletions', details: { deletions: 20, knownFiles: 0, limit: 0 }, options });
    await runLifting(pair, ['rail-deletions'], options);
    expect(treeOf(pair.destination)).toEqual({ a: 'a' });
  });

  test('a first two-way run deletes nothing, whatever differs', async () => {
    const pair = new Pair();
    make(pair.source, manyFiles(30, 'here'));
    make(pair.destination, manyFiles(30, 'there'));
    const options = { maximumDeletions: { files: 0 } };
    expect((await pair.engine(options).plan()).stops).toEqual([]);
    expect((await pair.engine(options).sync()).counts).toMatchObject({ created: 62, deleted: 0 });
  });

  test('a backup deletes nothing', async () => {
    const options = { mode: 'source-backup', maximumDeletions: { files: 0 } };
    const pair = await inSync(tree, options);
    make(pair.source, without(manyFiles(40)));
    expect((await pair.engine(options).sync()).counts.deleted).toBe(0);
    expect(treeOf(pair.destination)).toMatchObject(tree);
  });
});

test('a stored plan that was stopped is stopped when it is applied, too', async () => {
  const pair = await inSync(tree);
  make(pair.source, without(manyFiles(30)));
  const plan = await pair.engine().plan();
  await expect(pair.engine().apply(plan)).rejects.toMatchObject({ code: 'rail-deletions' });
  expect(treeOf(pair.destination)).toMatchObject(tree);
  expect((await pair.engine().apply(plan, { allow: ['rail-deletions'] })).counts.deleted).toBe(30);
});
