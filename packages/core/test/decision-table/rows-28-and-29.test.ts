import { describe, expect, test } from 'vitest';
import { unknowable, unreadable } from '../support/faults.ts';
import { row } from '../support/row.ts';
import { prepared, scenario } from '../support/scenario.ts';
import { engineOf, type Scenario } from '../support/story.ts';
import { treeOf } from '../support/tree.ts';

describe('row 28: unknown | any', () => {
  const base = { 'u/a': 'a', 'u/b': 'b', 'v/c': 'c', x: 'x' };
  const wraps = { source: unreadable('u') };
  const problems = ['source u permission-denied'];
  const sidesOf = (elsewhere: Readonly<Record<string, string>>) => ({
    source: { 'u/a': 'hidden edit', 'u/b': 'b', 'u/hidden': 'new', 'v/c': 'c edited', x: 'x', ...elsewhere },
    destination: { 'u/a': 'a', 'u/visible': 'new', 'v/c': 'c edited', x: 'x', ...elsewhere },
  });
  const source = { 'u/a': 'hidden edit', 'u/hidden': 'new', 'v/c': 'c edited' };
  const destination = { 'u/b': undefined, 'u/visible': 'new' };
  const frozen = { status: 'problems', problems, known: ['u', 'u/a', 'u/b', 'v', 'v/c', 'x'] } as const;
  const onward = { says: 'nothing at and below the path is touched, the rest goes on', ...frozen, ...sidesOf({}) };
  const back = {
    ...onward,
    source: { ...sidesOf({}).source, 'v/c': 'c' },
    destination: { ...sidesOf({}).destination, 'v/c': 'c' },
  };
  row(
    'row 28, a folder that cannot be listed',
    { base, wraps, source, destination },
    {
      'two-way': onward,
      'source-to-destination': onward,
      'source-backup': onward,
      'destination-to-source': back,
      'destination-backup': back,
    },
  );

  const suspended = {
    status: 'problems',
    problems: ['source u permission-denied', 'source  deletions-suspended'],
    source: { 'u/a': 'a', 'u/b': 'b' },
    destination: { ...base },
    known: ['u', 'u/a', 'u/b', 'v', 'v/c', 'x'],
  } as const;
  const deleting = { base, wraps, source: { x: undefined, v: undefined } };
  row('row 28, deletions elsewhere', deleting, {
    'two-way': { says: 'are suspended while a folder cannot be listed', ...suspended },
    'source-to-destination': { says: 'are suspended while a folder cannot be listed', ...suspended },
    'source-backup': {
      says: 'the backup keeps what it has',
      ...suspended,
      problems,
      known: ['u', 'u/a', 'u/b'],
    },
    'destination-to-source': { says: 'what is missing is restored', ...frozen, both: base, source: base },
    'destination-backup': { says: 'what is missing is restored', ...frozen, both: base, source: base },
  });

  const hidden = { base: { x: 'x' }, wraps: { source: unknowable('x') } };
  const left = {
    says: 'is left as it is on both sides and in the base',
    status: 'problems',
    problems: ['source x unreadable'],
    source: { x: 'hidden edit' },
    destination: { x: 'edited' },
    known: ['x'],
    operations: [],
  } as const;
  row(
    'row 28, an entry that cannot be looked at',
    { ...hidden, source: { x: 'hidden edit' }, destination: { x: 'edited' } },
    {
      'two-way': left,
      'source-to-destination': left,
      'source-backup': left,
      'destination-to-source': left,
      'destination-backup': left,
    },
  );

  test('row 28: a listing that fails after some pages is as unknown as one that fails at once', async () => {
    await scenario({
      mode: 'two-way',
      clients: { source: { pageSize: 2 } },
      base: { 'u/1': '1', 'u/2': '2', 'u/3': '3', 'u/4': '4', 'u/5': '5', x: 'x' },
      wraps: { source: unreadable('u', 1) },
      source: { 'u/1': '1 edited', x: 'x edited' },
      expect: {
        status: 'problems',
        problems,
        source: { 'u/1': '1 edited', 'u/2': '2', 'u/3': '3', 'u/4': '4', 'u/5': '5', x: 'x edited' },
        destination: { 'u/1': '1', 'u/2': '2', 'u/3': '3', 'u/4': '4', 'u/5': '5', x: 'x edited' },
      },
    });
  });

  test('row 28: once the folder can be read again, the next run does what was left out', async () => {
    const promise: Scenario = {
      mode: 'two-way',
      base,
      wraps,
      source: { ...source, x: undefined },
      destination,
      expect: {},
    };
    const pair = await prepared(promise);
    expect((await engineOf(pair, promise).sync()).status).toBe('problems');
    pair.clock.advance();
    expect((await pair.engine().sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    expect(Object.keys(treeOf(pair.source))).toEqual(['anchor', 'u/', 'u/a', 'u/hidden', 'u/visible', 'v/', 'v/c']);
  });

  for (const mode of ['two-way', 'source-to-destination', 'destination-backup']) {
    test(`row 28, ${mode}: an unknown folder that the other side deleted stays with all that it holds`, async () => {
      await scenario({
        mode,
        base,
        wraps,
        destination: { u: undefined },
        expect: { status: 'problems', problems, source: base, destination: { 'v/c': 'c', x: 'x' } },
      });
    });
  }
});

describe('row 29: excluded | any', () => {
  const base = { 'a.log': 'a', 'd/b.log': 'b', 'logs/c': 'c', keep: 'k' };
  const now = { ignore: { patterns: ['*.log', 'logs/'] } };
  const excluded = {
    says: 'nothing is deleted, the base forgets the path, the run is clean',
    source: { 'a.log': 'a', 'd/b.log': 'b edited', 'logs/c': 'c', 'new.log': 'n', keep: 'k' },
    destination: { 'd/b.log': 'b', 'logs/c': 'c', 'logs/d': 'd', keep: 'k' },
    operations: [],
    known: ['d', 'keep'],
    trash: {},
  };
  const exempt = (path: string): boolean => path.endsWith('.log') || path.startsWith('logs/');
  row(
    'row 29, newly ignored',
    {
      base,
      now,
      exempt,
      source: { 'd/b.log': 'b edited', 'new.log': 'n' },
      destination: { 'a.log': undefined, 'logs/d': 'd' },
    },
    {
      'two-way': excluded,
      'source-to-destination': excluded,
      'source-backup': excluded,
      'destination-to-source': excluded,
      'destination-backup': excluded,
    },
  );

  test('row 29: what is excluded is counted as skipped', async () => {
    await scenario({
      mode: 'two-way',
      base,
      now,
      exempt,
      expect: { both: base, counts: { skipped: 6, unchanged: 3 }, operations: [] },
    });
  });

  test('row 29: re-included later, equal content is adopted and nothing is deleted', async () => {
    const promise: Scenario = { mode: 'two-way', base, now, source: { 'a.log': undefined }, expect: {} };
    const pair = await prepared(promise);
    await engineOf(pair, promise).sync();
    pair.clock.advance();
    const result = await pair.engine().sync();
    expect(result).toMatchObject({ status: 'clean', counts: { deleted: 0, created: 1, adopted: 3 } });
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    expect(pair.source.text('a.log')).toBe('a');
  });

  test('row 29: a file that was replaced by an excluded link is not a deletion', async () => {
    await scenario({
      mode: 'two-way',
      base: { x: 'x' },
      source: { x: '-> /etc/passwd' },
      exempt: (path) => path === 'x',
      expect: { source: { x: '-> /etc/passwd' }, destination: { x: 'x' }, operations: [], known: [] },
    });
  });

  test('row 29: nothing is moved out of a folder in whose place the other side has an excluded link', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a' },
      source: (side) => {
        side.rename('d/a', 'b');
        side.delete('d');
        side.putSymlink('d', '/elsewhere');
      },
      exempt: (path) => path.startsWith('d'),
      expect: { source: { b: 'a', d: '-> /elsewhere' }, destination: { b: 'a', 'd/a': 'a' } },
    });
  });

  test('row 29: nor is a folder inside moved along when the folder around was renamed', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/in/f': 'f', 'd/empty/': '' },
      source: (side) => {
        side.rename('d', 'e');
        side.putSymlink('d', '/elsewhere');
      },
      exempt: (path) => path === 'd' || path.startsWith('d/'),
      expect: {
        source: { 'e/in/f': 'f', 'e/empty/': '', d: '-> /elsewhere' },
        destination: { 'e/in/f': 'f', 'e/empty/': '', 'd/in/f': 'f', 'd/empty/': '' },
      },
    });
  });

  for (const mode of ['two-way', 'source-to-destination'] as const) {
    test(`row 29, ${mode}: nothing comes to an excluded path with the folder around it`, async () => {
      const isMirror = mode === 'source-to-destination';
      await scenario({
        mode,
        base: { 'd/a': 'a' },
        source: { 'd/y': '-> /etc/passwd' },
        destination: (side) => {
          side.rename('d', 'e');
          side.put('e/y', 'y');
        },
        exempt: (path) => path === 'd/y' || path === 'd/',
        expect: isMirror
          ? {
              source: { 'd/a': 'a', 'd/y': '-> /etc/passwd' },
              destination: { 'd/a': 'a' },
              trash: { destination: { 'e/y': 'y' } },
            }
          : { source: { 'e/a': 'a', 'e/y': 'y', 'd/y': '-> /etc/passwd' }, destination: { 'e/a': 'a', 'e/y': 'y' } },
      });
    });
  }

  test('row 29: a kind that is never synchronised is left where it is', async () => {
    await scenario({
      mode: 'source-to-destination',
      base: { x: 'x' },
      options: { symlinks: 'skip' },
      destination: { l: '-> x' },
      exempt: (path) => path === 'l',
      expect: { source: { x: 'x' }, destination: { x: 'x', l: '-> x' }, operations: [], counts: { skipped: 1 } },
    });
  });
});

describe('row 29: of two kinds at one path, one is excluded', () => {
  const folder = { 'd/x': 'x', 'd/e/y': 'y' };
  const exempt = (path: string): boolean => path === 'd' || path.startsWith('d/');
  const untouched = { operations: [], known: [], trash: {} };

  for (const mode of ['two-way', 'source-to-destination', 'source-backup']) {
    test(`${mode}: a directory that was replaced by an excluded link is not a deletion`, async () => {
      await scenario({
        mode,
        base: folder,
        source: { d: '-> /etc' },
        exempt,
        expect: { source: { d: '-> /etc' }, destination: folder, ...untouched },
      });
    });

    test(`${mode}: a file that was replaced by an ignored directory is not a deletion`, async () => {
      await scenario({
        mode,
        base: { d: 'file' },
        options: { ignore: { patterns: ['d/'] } },
        source: { d: undefined, ...folder },
        exempt,
        expect: { source: folder, destination: { d: 'file' }, ...untouched },
      });
    });

    test(`${mode}: an excluded link against a new directory, with names in between`, async () => {
      const between = { 'd!': '1', 'd-': '2', 'd.': '3' };
      await scenario({
        mode,
        base: between,
        source: { d: '-> /etc' },
        destination: folder,
        exempt,
        expect: {
          source: { d: '-> /etc', ...between },
          destination: { ...folder, ...between },
          operations: [],
          known: ['d!', 'd-', 'd.'],
        },
      });
    });

    test(`${mode}: a new file against an ignored directory`, async () => {
      await scenario({
        mode,
        base: {},
        options: { ignore: { patterns: ['d/'] } },
        source: { d: 'file' },
        destination: folder,
        exempt,
        expect: { source: { d: 'file' }, destination: folder, ...untouched },
      });
    });
  }
});
