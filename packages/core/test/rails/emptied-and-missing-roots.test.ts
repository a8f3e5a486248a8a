import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Pair } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';
import { Folders, filesIn, fill } from './folders.ts';
import { expectStopped, inSync, refusal, runLifting, without } from './rail.ts';

const tree = { 'a.txt': 'a', 'folder/b.txt': 'b' };
const sides = ['source', 'destination'] as const;
const other = { source: 'destination', destination: 'source' } as const;
const lifted = ['rail-root-emptied', 'rail-deletions'] as const;

describe('an emptied root', () => {
  test.for(sides)('stops a two-way run: the %s', async (side) => {
    const pair = await inSync(tree, { trash: false });
    make(pair[side], { ...without(tree), folder: undefined });
    const details = { knownFiles: 2, deletions: 2 };
    await expectStopped(pair, { code: 'rail-root-emptied', side, details, options: { trash: false } });
    expect((await runLifting(pair, lifted, { trash: false })).status).toBe('clean');
    expect(treeOf(pair[other[side]]), 'what would have been lost: all of it').toEqual({});
  });

  // A leader empties its mirror; a follower may be a disk that is not mounted, and is not filled anew unasked.
  const modes = [
    ['source-to-destination', 'source', 'would empty the other side'],
    ['source-to-destination', 'destination', 'would be filled anew'],
    ['destination-to-source', 'destination', 'would empty the other side'],
    ['destination-to-source', 'source', 'would be filled anew'],
    ['source-backup', 'source', 'changes nothing'],
    ['source-backup', 'destination', 'would be filled anew'],
    ['destination-backup', 'destination', 'changes nothing'],
    ['destination-backup', 'source', 'would be filled anew'],
  ] as const;
  test.for(modes)('in the mode %s: the %s %s', async ([mode, side, meaning]) => {
    const pair = await inSync(tree, { mode });
    make(pair[side], { ...without(tree), folder: undefined });
    if (meaning === 'changes nothing') {
      expect((await pair.engine({ mode }).sync()).status).toBe('clean');
      expect(treeOf(pair[other[side]])).toMatchObject(tree);
      return;
    }
    const deletions = meaning === 'would empty the other side' ? 2 : 0;
    const details = { knownFiles: 2, deletions };
    await expectStopped(pair, { code: 'rail-root-emptied', side, details, options: { mode } });
    await runLifting(pair, lifted, { mode });
    if (deletions > 0) expect(treeOf(pair[other[side]]), 'what would have been lost').toEqual({});
    else expect(treeOf(pair[side])).toMatchObject(tree);
  });

  test('is one that holds nothing but what is ignored, too', async () => {
    const options = { ignore: { patterns: ['lost+found'] } };
    const pair = await inSync(tree, options);
    make(pair.source, { ...without(tree), folder: undefined, 'lost+found/': '' });
    await expectStopped(pair, { code: 'rail-root-emptied', side: 'source', options });
  });

  test('is none where the other side has nothing left to delete', async () => {
    const pair = await inSync(tree);
    for (const side of sides) make(pair[side], { ...without(tree), folder: undefined });
    expect((await pair.engine().sync()).status).toBe('clean');
  });

  test('is none on a first run: there nothing is deleted', async () => {
    const pair = new Pair();
    make(pair.destination, tree);
    expect((await pair.engine().sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toMatchObject(tree);
  });
});

describe('a missing root', () => {
  async function syncedFolders(mode: string): Promise<Folders> {
    const folders = new Folders();
    fill(folders.source, tree);
    expect((await folders.engine({ mode }).sync()).status).toBe('clean');
    return folders;
  }

  test.for(
    sides.flatMap((side) => ['two-way', 'source-to-destination', 'source-backup'].map((mode) => [side, mode] as const)),
  )('stops a run: the %s in the mode %s', async ([side, mode]) => {
    const folders = await syncedFolders(mode);
    rmSync(folders[side], { recursive: true });
    const engine = folders.engine({ mode });
    const told = { code: 'rail-root-missing', side, path: '' };
    expect(await refusal(engine.sync())).toMatchObject(told);
    expect(await refusal(engine.plan())).toMatchObject(told);
    expect(filesIn(folders[side]), 'it is not made').toBeUndefined();
    expect(filesIn(folders[other[side]])).toEqual(tree);
  });

  test('that is meant to be gone: lifted, it is an emptied one, and stops the run as that', async () => {
    const folders = await syncedFolders('two-way');
    rmSync(folders.source, { recursive: true });
    const engine = folders.engine();
    expect(await refusal(engine.sync({ allow: ['rail-root-missing'] }))).toMatchObject({
      code: 'rail-root-emptied',
      details: { knownFiles: 2, deletions: 2 },
    });
    expect(filesIn(folders.destination)).toEqual(tree);
    await engine.sync({ allow: ['rail-root-missing', ...lifted] });
    expect(filesIn(folders.destination), 'what would have been lost').toEqual({});
  });

  test('of a follower is filled again when the rail is lifted', async () => {
    const folders = await syncedFolders('source-to-destination');
    rmSync(folders.destination, { recursive: true });
    const result = await folders.engine({ mode: 'source-to-destination' }).sync({ allow: ['rail-root-missing'] });
    expect(result.status).toBe('clean');
    expect(filesIn(folders.destination)).toEqual(tree);
  });

  test('stops a stored plan as well', async () => {
    const folders = await syncedFolders('two-way');
    writeFileSync(join(folders.source, 'new.txt'), 'new');
    const plan = await folders.engine().plan();
    rmSync(folders.destination, { recursive: true });
    expect(await refusal(folders.engine().apply(plan))).toMatchObject({
      code: 'rail-root-missing',
      side: 'destination',
    });
    expect(filesIn(folders.destination)).toBeUndefined();
  });

  test('on a first run: the destination is made, a source is asked for', async () => {
    const folders = new Folders();
    expect(await refusal(folders.engine().sync())).toMatchObject({ code: 'root-missing', side: 'source' });
    fill(folders.source, tree);
    expect((await folders.engine().sync()).status).toBe('clean');
    expect(filesIn(folders.destination)).toEqual(tree);
  });

  test('a disk that is not mounted is an empty folder: stopped, and nothing is tidied up in it', async () => {
    const folders = await syncedFolders('two-way');
    rmSync(folders.destination, { recursive: true });
    mkdirSync(folders.destination);
    expect(await refusal(folders.engine().sync())).toMatchObject({ code: 'rail-root-emptied', side: 'destination' });
    expect(filesIn(folders.source)).toEqual(tree);
  });
});
