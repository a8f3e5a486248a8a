import { describe, expect, test } from 'vitest';
import type { ScanFilter } from '../../src/index.ts';
import { prepared, scenario } from '../support/scenario.ts';
import { engineOf, type Scenario } from '../support/story.ts';
import { treeOf } from '../support/tree.ts';

describe('force', () => {
  test('files are transferred although they are equal; folders and links are left', async () => {
    const base = { f: 'f', 'd/g': 'g', l: '-> f' };
    await scenario({
      mode: 'source-to-destination',
      base,
      run: { force: true },
      expect: {
        both: base,
        operations: ['update destination anchor', 'update destination d/g', 'update destination f'],
        trash: {},
      },
    });
  });

  test('two-way: a change on the other side is not overruled', async () => {
    await scenario({
      mode: 'two-way',
      base: { f: 'f', g: 'g' },
      destination: { f: 'edited', g: undefined },
      run: { force: true },
      expect: { both: { f: 'edited' } },
    });
  });
});

describe('skip', () => {
  const story = {
    mode: 'two-way',
    base: { 'd/a': '1', b: '1', c: '1' },
    source: { 'd/a': '2', 'd/new': 'n', b: undefined, c: '2' },
    destination: { 'd/other': 'o' },
  } as const;

  test('skipped paths are left out of the run with all below them, on both sides and in the base', async () => {
    await scenario({
      ...story,
      run: { skip: ['d', 'b'] },
      exempt: (path) => path.startsWith('d/') || path === 'b',
      expect: {
        source: { 'd/a': '2', 'd/new': 'n', c: '2' },
        destination: { 'd/a': '1', 'd/other': 'o', b: '1', c: '2' },
        operations: ['update destination c'],
        known: ['b', 'c', 'd', 'd/a'],
      },
    });
  });

  test('the next run does what was skipped', async () => {
    const promise: Scenario = { ...story, run: { skip: ['d', 'b'] }, expect: {} };
    const pair = await prepared(promise);
    await engineOf(pair, promise).sync(promise.run);
    expect((await engineOf(pair, promise).sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    expect(treeOf(pair.source)).toEqual({
      anchor: 'anchor',
      'd/': '',
      'd/a': '2',
      'd/new': 'n',
      'd/other': 'o',
      c: '2',
    });
  });
});

describe('filters', () => {
  const onlyTexts: ScanFilter = (path, isDirectory) => {
    if (isDirectory) return 'pass';
    return path.endsWith('.txt') || path === 'anchor' ? 'include' : 'exclude';
  };
  const options = { filter: onlyTexts };

  test('folders that are only passed through are made where something inside needs them', async () => {
    await scenario({
      mode: 'two-way',
      base: {},
      options,
      source: { 'd/e/a.txt': 'a', 'd/b.bin': 'b', 'empty/': '', 'bin/c.bin': 'c' },
      exempt: (path) => !path.endsWith('.txt'),
      expect: {
        source: { 'd/e/a.txt': 'a', 'd/b.bin': 'b', 'empty/': '', 'bin/c.bin': 'c' },
        destination: { 'd/e/a.txt': 'a' },
      },
    });
  });

  for (const mode of ['two-way', 'source-to-destination']) {
    test(`${mode}: folders that are only passed through are never removed`, async () => {
      await scenario({
        mode,
        base: { 'd/e/a.txt': 'a' },
        options,
        source: { d: undefined },
        destination: { 'd/b.bin': 'b', 'extra/': '' },
        exempt: (path) => !path.endsWith('.txt'),
        expect: { source: {}, destination: { 'd/b.bin': 'b', 'd/e/': '', 'extra/': '' } },
      });
    });
  }

  test('what a filter leaves out is treated as ignored: nothing is deleted, the base forgets it', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'a.txt': 'a', 'b.bin': 'b' },
      now: options,
      source: { 'b.bin': undefined },
      exempt: (path) => path.endsWith('.bin'),
      expect: {
        source: { 'a.txt': 'a' },
        destination: { 'a.txt': 'a', 'b.bin': 'b' },
        operations: [],
        known: ['a.txt'],
      },
    });
  });
});

describe('ignore files', () => {
  const isTemporary = (path: string): boolean => path.endsWith('.tmp') && path !== 'kept.tmp';

  for (const mode of ['two-way', 'source-to-destination', 'source-backup']) {
    test(`${mode}: an ignore file of one side holds for both`, async () => {
      await scenario({
        mode,
        base: { 'd/a': 'a' },
        source: { 'd/.syncignore': '*.tmp\n', 'd/x.tmp': 'x' },
        destination: { 'd/y.tmp': 'y', 'd/e/z.tmp': 'z' },
        exempt: (path) => isTemporary(path) || path === 'd/e/',
        expect: {
          source: {
            'd/a': 'a',
            'd/.syncignore': '*.tmp\n',
            'd/x.tmp': 'x',
            ...(mode === 'two-way' ? { 'd/e/': '' } : {}),
          },
          destination: { 'd/a': 'a', 'd/.syncignore': '*.tmp\n', 'd/y.tmp': 'y', 'd/e/z.tmp': 'z' },
        },
      });
    });
  }

  test('two ignore files at one place: what either side ignores is left alone', async () => {
    await scenario({
      mode: 'two-way',
      base: {},
      source: { '.syncignore': '*.one\n', 'a.one': '1', 'a.two': '2' },
      destination: { '.syncignore': '*.two\n', 'b.one': '1', 'b.two': '2', c: 'c' },
      now: { conflict: 'manual' },
      expect: {
        status: 'conflicts',
        conflicts: ['.syncignore both-created manual'],
        source: { '.syncignore': '*.one\n', 'a.one': '1', 'a.two': '2', c: 'c' },
        destination: { '.syncignore': '*.two\n', 'b.one': '1', 'b.two': '2', c: 'c' },
      },
    });
  });

  test('a nested file takes back what the options ignore', async () => {
    await scenario({
      mode: 'two-way',
      base: {},
      options: { ignore: { patterns: ['*.tmp'] } },
      source: { '.syncignore': '!kept.tmp\n', 'kept.tmp': 'k', 'x.tmp': 'x' },
      exempt: isTemporary,
      expect: {
        source: { '.syncignore': '!kept.tmp\n', 'kept.tmp': 'k', 'x.tmp': 'x' },
        destination: { '.syncignore': '!kept.tmp\n', 'kept.tmp': 'k' },
      },
    });
  });

  test('dot files can be left out as a whole, but the ignore files', async () => {
    await scenario({
      mode: 'two-way',
      base: {},
      options: { ignore: { excludeDotFiles: true } },
      source: { '.hidden': 'h', '.git/config': 'c', '.syncignore': '*.tmp\n', seen: 's' },
      exempt: (path) => path === '.hidden' || path.startsWith('.git/'),
      expect: { destination: { '.syncignore': '*.tmp\n', seen: 's' } },
    });
  });

  test('our own folder is never synchronised, at any depth', async () => {
    await scenario({
      mode: 'two-way',
      base: { a: 'a' },
      source: { '.syncengine/x': 'x', 'd/.syncengine/y': 'y' },
      exempt: () => false,
      expect: { both: { a: 'a', 'd/': '' }, trash: {} },
    });
  });
});

describe('renames as an option', () => {
  test('paths have another name on the destination, with what they hold', async () => {
    await scenario({
      mode: 'two-way',
      options: { renames: { docs: 'Documents', 'a.txt': 'b.txt' } },
      base: {},
      source: { 'docs/x': 'x', 'a.txt': 'a' },
      destination: { 'Documents/y': 'y' },
      exempt: () => true,
      mirror: { not: 'renames name the destination’s paths' },
      expect: {
        source: { 'docs/x': 'x', 'docs/y': 'y', 'a.txt': 'a' },
        destination: { 'Documents/x': 'x', 'Documents/y': 'y', 'b.txt': 'a' },
      },
    });
  });
});
