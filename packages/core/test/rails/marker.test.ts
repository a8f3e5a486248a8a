import { describe, expect, test } from 'vitest';
import { make, treeOf } from '../support/tree.ts';
import { expectStopped, inSync, refusal, runLifting, without } from './rail.ts';

const marker = '.disk';
const tree = { [marker]: '', 'a.txt': 'a', 'folder/b.txt': 'b', 'folder/c.txt': 'c' };
const other = { source: 'destination', destination: 'source' } as const;

describe.for(['source', 'destination'] as const)('a marker that is missing on the %s', (side) => {
  test('stops the run before it looks at anything', async () => {
    const pair = await inSync(tree, { marker });
    // Another disk stands in its place, with something else on it.
    make(pair[side], { ...without(tree), folder: undefined, 'other.txt': 'other' });
    await expectStopped(pair, { code: 'rail-marker', side, options: { marker } });

    const result = await runLifting(pair, ['rail-marker'], { marker });
    expect(result.status).toBe('clean');
    expect(treeOf(pair[other[side]]), 'what would have been lost').toEqual({ 'other.txt': 'other' });
    await expectStopped(pair, { code: 'rail-marker', options: { marker } });
  });

  test('stops a stored plan when it is applied', async () => {
    const pair = await inSync(tree, { marker });
    make(pair[other[side]], { 'new.txt': 'new' });
    const plan = await pair.engine({ marker }).plan();
    make(pair[side], { [marker]: undefined });
    expect(await refusal(pair.engine({ marker }).apply(plan))).toMatchObject({ code: 'rail-marker', side });
    expect(treeOf(pair[side])).not.toHaveProperty(['new.txt']);
  });

  test('nothing of ours is tidied up on what may be another disk', async () => {
    const pair = await inSync(tree, { marker });
    make(pair[side], { [marker]: undefined });
    pair[side].put('.syncengine/moving/left', 'by a run that was killed');
    await expectStopped(pair, { code: 'rail-marker', side, options: { marker } });
  });
});

test('a folder or a link of that name is no marker', async () => {
  const pair = await inSync({ 'a.txt': 'a', 'folder/b.txt': 'b', link: '-> a.txt' });
  await expectStopped(pair, { code: 'rail-marker', options: { marker: 'folder' } });
  await expectStopped(pair, { code: 'rail-marker', options: { marker: 'link' } });
});

test('with the marker on both sides, a run begins', async () => {
  const pair = await inSync(tree);
  expect((await pair.engine({ marker }).sync()).status).toBe('clean');
});
