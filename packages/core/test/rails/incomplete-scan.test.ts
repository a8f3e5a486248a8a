import { describe, expect, test } from 'vitest';
import { unreadable } from '../support/faults.ts';
import { make, treeOf } from '../support/tree.ts';
import { inSync, refusal, runLifting } from './rail.ts';

const tree = { 'locked/a': 'a', 'locked/deep/b': 'b', 'open/c': 'c', 'open/d': 'd', 'to-file/e': 'e', x: 'x' };
const other = { source: 'destination', destination: 'source' } as const;

describe.for(['source', 'destination'] as const)('a folder of the %s that cannot be read', (side) => {
  const wraps = { [side]: unreadable('locked') };

  test('suspends all deletions, and says how many', async () => {
    const pair = await inSync(tree);
    make(pair[side], { 'open/c': undefined, 'open/d': 'edited', new: 'new' });
    make(pair[other[side]], { x: undefined });
    const result = await pair.engine({}, wraps).sync();
    expect(result).toMatchObject({ status: 'problems', counts: { deleted: 0, created: 1, updated: 1 } });
    const problem = result.problems.find(({ code }) => code === 'deletions-suspended');
    expect(problem).toMatchObject({ side, path: '', message: expect.stringMatching(/^2 deletions/) });
    expect(treeOf(pair[other[side]])).toMatchObject({ 'open/c': 'c', 'locked/a': 'a', 'locked/deep/b': 'b' });
    expect(treeOf(pair[side])).toMatchObject({ x: 'x' });
  });

  test('lets deletions elsewhere go ahead where that is allowed, and never those inside', async () => {
    const pair = await inSync(tree, { trash: false });
    make(pair[side], { 'open/c': undefined });
    make(pair[other[side]], { x: undefined, 'locked/a': undefined });
    const result = await runLifting(pair, ['rail-incomplete-scan'], { trash: false }, wraps);
    expect(result).toMatchObject({ status: 'problems', counts: { deleted: 2 } });
    expect(result.problems.map(({ code }) => code)).not.toContain('deletions-suspended');
    expect(treeOf(pair[other[side]]), 'what would have been lost').not.toHaveProperty(['open/c']);
    expect(treeOf(pair[side])).toMatchObject({ 'locked/a': 'a', 'locked/deep/b': 'b' });
    expect(treeOf(pair[other[side]])).toMatchObject({ 'locked/deep/b': 'b' });
    // Readable again: what was left alone is caught up with.
    pair.clock.advance();
    expect((await pair.engine({ trash: false }).sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    expect(treeOf(pair.source)).not.toHaveProperty(['locked/a']);
  });

  test('is lifted for one run only', async () => {
    const pair = await inSync(tree);
    make(pair[side], { 'open/c': undefined });
    await runLifting(pair, ['rail-incomplete-scan'], {}, wraps);
    make(pair[side], { 'open/d': undefined });
    const result = await pair.engine({}, wraps).sync();
    expect(result.problems.map(({ code }) => code)).toContain('deletions-suspended');
    expect(treeOf(pair[other[side]])).toMatchObject({ 'open/d': 'd' });
  });

  test('what was moved into it is not deleted: nobody can tell that it still exists', async () => {
    const pair = await inSync(tree);
    pair[side].rename('x', 'locked/x');
    const result = await pair.engine({}, wraps).sync();
    expect(result.counts.deleted).toBe(0);
    expect(treeOf(pair[other[side]])).toMatchObject({ x: 'x' });
  });

  test('suspends conflicts that would be settled by a deletion', async () => {
    const options = { strict: true, conflict: side };
    const pair = await inSync(tree);
    make(pair[side], { x: undefined });
    make(pair[other[side]], { x: 'edited' });
    const result = await pair.engine({ ...options, trash: false }, wraps).sync();
    expect(result.counts.deleted).toBe(0);
    expect(treeOf(pair[other[side]])).toMatchObject({ x: 'edited' });
    expect(result.problems.map(({ code }) => code)).toContain('deletions-suspended');
    await runLifting(pair, ['rail-incomplete-scan'], { ...options, trash: false }, wraps);
    expect(treeOf(pair[other[side]]), 'what would have been lost').not.toHaveProperty('x');
  });

  test('keeps a folder from giving way to a file', async () => {
    const pair = await inSync(tree);
    make(pair[side], { 'to-file': 'a file now' });
    const result = await pair.engine({}, wraps).sync();
    expect(result.problems.map(({ code }) => code)).toContain('not-empty');
    expect(treeOf(pair[other[side]])).toMatchObject({ 'to-file/e': 'e' });
    await runLifting(pair, ['rail-incomplete-scan'], {}, wraps);
    expect(treeOf(pair[other[side]])).toMatchObject({ 'to-file': 'a file now' });
  });

  test('a listing that breaks off after its first page is an unreadable one', async () => {
    const pair = await inSync(tree, {}, { source: { pageSize: 1 }, destination: { pageSize: 1 } });
    const result = await runLifting(pair, ['rail-incomplete-scan'], {}, { [side]: unreadable('locked', 1) });
    expect(result.counts.deleted).toBe(0);
    expect(treeOf(pair[other[side]])).toMatchObject(tree);
  });

  test('the root itself: there is no run at all, lifted or not', async () => {
    const pair = await inSync(tree);
    for (const allow of [[], ['rail-incomplete-scan', 'rail-root-emptied', 'rail-deletions']] as const) {
      const run = runLifting(pair, allow, {}, { [side]: unreadable('') });
      expect(await refusal(run)).toMatchObject({ code: 'root-unreadable', side });
      expect(treeOf(pair[other[side]])).toMatchObject(tree);
    }
  });
});

test('a mirror deletes no extras while its leader cannot be read', async () => {
  const options = { mode: 'source-to-destination' };
  const wraps = { source: unreadable('locked') };
  const pair = await inSync(tree, options);
  make(pair.destination, { extra: 'extra', 'locked/extra': 'extra' });
  await pair.engine(options, wraps).sync();
  expect(treeOf(pair.destination)).toMatchObject({ extra: 'extra' });
  await runLifting(pair, ['rail-incomplete-scan'], options, wraps);
  expect(treeOf(pair.destination)).not.toHaveProperty('extra');
  expect(treeOf(pair.destination), 'what cannot be seen is left alone').toMatchObject({
    'locked/a': 'a',
    'locked/extra': 'extra',
  });
});
