import { describe, expect, test } from 'vitest';
import type { MemoryStorageOptions } from '../../src/index.ts';
import { scenario } from '../support/scenario.ts';

const store: MemoryStorageOptions = {
  directories: 'implied',
  permissions: false,
  stableIdentity: false,
  modifiedAt: 'never',
  listedHashes: ['md5'],
  requestedHashes: [],
  trash: 'native',
  move: false,
};

/** Folders, which only a disk can hold for their own sake. */
const folders = (path: string): boolean => path.endsWith('/');

describe('a disk and a store whose directories are only implied', () => {
  const clients = { destination: store };

  test('two-way: files and the folders around them come and go', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { 'd/a': 'a', 'e/b': 'b' },
      source: { 'new/c': 'c', 'd/a': undefined, d: undefined },
      destination: { 'new/too/d': 'd', 'e/b': 'b edited' },
      exempt: folders,
      expect: { both: { 'new/c': 'c', 'new/too/d': 'd', 'e/b': 'b edited' } },
    });
  });

  test('two-way: an empty folder stays where it is', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { a: 'a' },
      source: { 'empty/folder/': '' },
      exempt: folders,
      expect: { source: { a: 'a', 'empty/folder/': '' }, destination: { a: 'a' }, operations: [] },
    });
  });

  test('two-way: a folder that the run itself emptied is removed', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { 'd/e/a': 'a', 'f/b': 'b', 'f/c': 'c' },
      destination: { 'd/e/a': undefined, 'f/b': undefined },
      exempt: folders,
      expect: { both: { 'f/c': 'c' }, trash: { source: { 'd/e/a': 'a', 'f/b': 'b' } } },
    });
  });

  test('two-way: a folder with an empty folder or an ignored file inside is not emptied', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { 'd/a': 'a', 'e/a': 'a' },
      options: { ignore: { patterns: ['*.tmp'] } },
      source: { 'd/empty/': '', 'e/x.tmp': 'x' },
      destination: { 'd/a': undefined, 'e/a': undefined },
      exempt: (path) => folders(path) || path === 'e/x.tmp',
      expect: { source: { 'd/empty/': '', 'e/x.tmp': 'x' }, destination: {} },
    });
  });

  test('source-to-destination: a file takes the place of a folder, and a folder that of a file', async () => {
    await scenario({
      mode: 'source-to-destination',
      clients,
      base: { 'd/a': 'a', f: 'f' },
      source: { d: 'file', f: undefined, 'f/b': 'b', 'f/empty/': '' },
      exempt: folders,
      expect: { destination: { d: 'file', 'f/b': 'b' } },
    });
  });

  test('destination-to-source: an empty folder of the store goes with the one around it that gives way to a file', async () => {
    await scenario({
      mode: 'destination-to-source',
      clients: { source: store },
      base: { 'd/a': 'a' },
      source: { 'd/empty/': '' },
      destination: (side) => {
        side.delete('d');
        side.put('d', 'file');
      },
      exempt: folders,
      expect: { source: { d: 'file' } },
    });
  });

  test('two-way: a file that became an empty folder is gone from the store', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { f: 'f' },
      source: { f: undefined, 'f/': '' },
      exempt: folders,
      expect: { source: { 'f/': '' }, destination: {}, known: [] },
    });
  });

  test('two-way, strict: an empty folder is nothing to be in conflict about', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: { f: 'f' },
      source: { f: undefined, 'f/': '' },
      destination: { f: undefined },
      now: { strict: true },
      exempt: folders,
      expect: { source: { 'f/': '' }, destination: {}, known: [] },
    });
  });

  for (const conflict of ['keep-both', 'manual'] as const) {
    test(`two-way, ${conflict}: what was renamed is known by its hash, though the store cannot keep its time`, async () => {
      await scenario({
        mode: 'two-way',
        clients,
        base: { a: 'a', 'd/b': 'b' },
        source: (side) => {
          side.rename('a', 'new');
          side.rename('d', 'e');
        },
        now: { conflict },
        exempt: folders,
        expect: { both: { new: 'a', 'e/b': 'b' } },
      });
    });
  }

  test('two-way: what moved aside for a folder is known by its hash, though the store cannot keep its time', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      base: {},
      source: { 'x.y/f': 'f' },
      destination: { 'x.y': 'file' },
      exempt: folders,
      expect: {
        both: { 'x.y/f': 'f', 'x.conflict-destination-20260101T000300Z.y': 'file' },
        conflicts: ['x.y file-and-directory keep-both'],
      },
    });
  });

  for (const [what, changes] of Object.entries({
    'on one side': { source: { b: undefined }, destination: { b: undefined, 'b/c': 'c' } },
    'on both sides': { source: { b: undefined, 'b/c': 'c' }, destination: { b: undefined, 'b/c': 'c' } },
  })) {
    test(`two-way: a file that became a folder ${what} is known no longer`, async () => {
      await scenario({
        mode: 'two-way',
        clients,
        base: { b: 'b' },
        ...changes,
        exempt: folders,
        expect: { both: { 'b/c': 'c' }, known: ['b/c'] },
      });
    });
  }

  test('row 27: the folder that came of a file whose name changed in case alone is not renamed afterwards', async () => {
    await scenario({
      mode: 'two-way',
      clients: { destination: { ...store, caseSensitive: false } },
      base: { B: 'B' },
      source: { B: undefined },
      destination: (side) => {
        side.delete('B');
        side.put('b/c', 'c');
      },
      exempt: (path) => folders(path) || path.toLowerCase() === 'b/c',
      expect: { source: { 'B/c': 'c' }, destination: { 'b/c': 'c' }, known: ['b/c'] },
    });
  });

  test('the base of such a pair holds no directories', async () => {
    const { known } = await scenario({
      mode: 'two-way',
      clients,
      base: { 'd/e/a': 'a' },
      expect: { known: ['d/e/a'] },
    });
    expect(known).toEqual(['anchor', 'd/e/a']);
  });
});
