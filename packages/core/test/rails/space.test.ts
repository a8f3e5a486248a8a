import { describe, expect, test } from 'vitest';
import { LocalStorageClient, type SyncEngineOptions } from '../../src/index.ts';
import { keptIn, make, type Tree, treeOf } from '../support/tree.ts';
import { Folders, fill } from './folders.ts';
import { expectStopped, inSync, runLifting } from './rail.ts';

/** A hundred bytes. */
const bytes = (letter: string): string => letter.repeat(100);

const known = (letter: string): Tree =>
  Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`known/${index}`, bytes(letter)]));

describe.for(['source', 'destination'] as const)('a %s with too little space', (side) => {
  const other = side === 'source' ? 'destination' : 'source';
  const clients = { [side]: { capacity: 1_150 } };

  test('stops the run before anything is half done', async () => {
    const pair = await inSync(known('a'), {}, clients);
    make(pair[other], { 'new/1': bytes('1'), 'new/2': bytes('2') });
    await expectStopped(pair, { code: 'rail-space', side, details: { freeBytes: 150, neededBytes: 200 } });

    const result = await runLifting(pair, ['rail-space']);
    expect(result.status, 'without the rail it ends half done').toBe('problems');
    expect(result.problems.map(({ code }) => code)).toEqual(['no-space']);
    expect(result.counts.created, 'a folder and one of two files').toBe(2);
    expect(treeOf(pair[side])).toMatchObject(known('a'));
  });

  test('new content takes its place beside the old, which the trash keeps', async () => {
    const pair = await inSync(known('a'), {}, clients);
    make(pair[other], known('b'));
    await expectStopped(pair, { code: 'rail-space', side, details: { freeBytes: 150, neededBytes: 1_000 } });
  });

  test('without a trash it needs no more than what is under way at once', async () => {
    const options: Partial<SyncEngineOptions> = { trash: false, limits: { transfers: 1 } };
    const pair = await inSync(known('a'), options, clients);
    make(pair[other], known('b'));
    const more = { ...options, limits: { transfers: 2 } };
    await expectStopped(pair, {
      code: 'rail-space',
      side,
      details: { freeBytes: 150, neededBytes: 200 },
      options: more,
    });
    expect((await pair.engine(options).sync()).status).toBe('clean');
    expect(treeOf(pair[side])).toMatchObject(known('b'));
  });

  test('without a trash what grows needs what it grows by', async () => {
    const options: Partial<SyncEngineOptions> = { trash: false, limits: { transfers: 1 } };
    const pair = await inSync(known('a'), options, clients);
    make(pair[other], { 'known/0': bytes('b') + bytes('b'), 'known/1': 'less' });
    await expectStopped(pair, { code: 'rail-space', side, details: { freeBytes: 150, neededBytes: 200 }, options });
  });

  test('deletions free nothing in time, and moves need nothing', async () => {
    const pair = await inSync(known('a'), { trash: false }, clients);
    make(pair[other], { 'known/1': undefined, 'known/2': undefined });
    pair[other].rename('known/0', 'moved');
    expect((await pair.engine({ trash: false }).plan()).stops).toEqual([]);
    make(pair[other], { 'new/1': bytes('1'), 'new/2': bytes('2') });
    const details = { freeBytes: 150, neededBytes: 200 };
    await expectStopped(pair, { code: 'rail-space', side, details, options: { trash: false } });
  });

  test('a first run is judged, too', async () => {
    const pair = await inSync({}, {}, { [side]: { capacity: 150 } });
    make(pair[other], { 'new/1': bytes('1'), 'new/2': bytes('2') });
    await expectStopped(pair, { code: 'rail-space', side, details: { freeBytes: 150, neededBytes: 200 } });
  });
});

test('a conflict copy takes space on the side whose content it keeps, too', async () => {
  const pair = await inSync(known('a'), {}, { destination: { capacity: 1_150 } });
  make(pair.source, { 'known/0': bytes('s') });
  pair.clock.advance();
  make(pair.destination, { 'known/0': bytes('d') });
  // The copy stays; what takes the path stands beside it until then.
  await expectStopped(pair, { code: 'rail-space', side: 'destination', details: { freeBytes: 150, neededBytes: 200 } });
});

test('a backup keeps what it overwrites: that takes space, with or without a trash', async () => {
  const options = { mode: 'source-backup', trash: false as const };
  const pair = await inSync(known('a'), options, { destination: { capacity: 1_150 } });
  make(pair.source, { 'known/0': bytes('b'), 'known/1': bytes('b') });
  const details = { freeBytes: 150, neededBytes: 200 };
  await expectStopped(pair, { code: 'rail-space', side: 'destination', details, options });
  make(pair.source, { 'known/1': bytes('a') });
  await pair.engine(options).sync();
  expect(keptIn(pair.destination, 'versions')).toEqual({ 'known/0': bytes('a') });
});

test('a destination that is yet to be made is judged by the disk that it will be on', async () => {
  const folders = new Folders();
  fill(folders.source, { a: 'a' });
  const { freeBytes = 0 } = (await new LocalStorageClient(folders.destination).usage()) ?? {};
  expect(freeBytes).toBeGreaterThan(0);
});
