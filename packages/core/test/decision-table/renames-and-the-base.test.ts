import { describe, expect, test } from 'vitest';
import type { MemoryStorageClient } from '../../src/index.ts';
import { unreadable } from '../support/faults.ts';
import { Pair } from '../support/pair.ts';
import { scenario } from '../support/scenario.ts';

const unread = ['source u permission-denied'];
const suspended = [...unread, 'source  deletions-suspended'];

describe('renames and the base', () => {
  test('row 21, two-way: a directory whose old name is a new directory on the way to its new place stays known', async () => {
    const { known } = await scenario({
      mode: 'two-way',
      base: { 'a/': '', 'a/f': 'f' },
      source: (side) => {
        side.rename('a', 't');
        side.putDirectory('a/b');
        side.rename('t', 'a/b/c');
      },
      destination: (side) => side.rename('a', 'e'),
      mirror: { not: "between two names the source's wins" },
      expect: { both: { 'a/b/c/f': 'f' } },
    });
    expect(known).toEqual(['a', 'a/b', 'a/b/c', 'a/b/c/f', 'anchor']);
  });

  test('row 21, two-way: what came to the old name on both sides meanwhile stays known', async () => {
    const same = { modifiedAt: 1_700_000_000_000 };
    const { known } = await scenario({
      mode: 'two-way',
      base: { p: 'p' },
      source: (side) => {
        side.rename('p', 'q');
        side.put('p', 'new', same);
      },
      destination: (side) => {
        side.rename('p', 'r');
        side.put('p', 'new', same);
      },
      mirror: { not: "between two names the source's wins" },
      expect: { both: { p: 'new', q: 'p' } },
    });
    expect(known).toEqual(['anchor', 'p', 'q']);
  });

  for (const kind of ['file', 'directory'] as const) {
    const rename = (side: MemoryStorageClient): void => {
      side.putDirectory('x.y');
      side.rename(kind === 'file' ? 'd/f' : 'd', 'x.y/n');
    };
    const renamed = kind === 'file' ? { 'x.y/n': 'f' } : { 'x.y/n/f': 'f' };

    test(`two-way, manual: a ${kind} is not carried into a path that is in conflict`, async () => {
      await scenario({
        mode: 'two-way',
        base: { 'd/f': 'f', 'd/g/': '' },
        source: rename,
        destination: { 'x.y': 'file' },
        now: { conflict: 'manual' },
        expect: { status: 'conflicts', conflicts: ['x.y file-and-directory manual'] },
      });
    });

    test(`two-way: a ${kind} is not carried into a directory that gives way to a file`, async () => {
      const { source, result } = await scenario({
        mode: 'two-way',
        base: { 'x.y/g': 'g', 'd/f': 'f' },
        source: rename,
        destination: { 'x.y': 'file' },
        expect: { conflicts: [`${Object.keys(renamed)[0]} type-and-edit keep-both`] },
      });
      expect(source['x.y']).toBe('file');
      expect(result.conflicts[0]?.copy).toMatch(/^x\.conflict-source-\d+T\d+Z\.y\/n/);
      expect(Object.values(source)).toContain('f');
    });

    test(`two-way: a ${kind} comes to its new name in a folder that takes the place of a file`, async () => {
      await scenario({
        mode: 'two-way',
        base: { 'x.y': 'file', 'd/f': 'f' },
        source: (side) => {
          side.delete('x.y');
          rename(side);
        },
        expect: { both: kind === 'file' ? { ...renamed, 'd/': '' } : renamed },
      });
    });
  }

  for (const mode of ['two-way', 'source-to-destination']) {
    test(`${mode}: a new folder, empty or not, takes the old name of a file that was renamed`, async () => {
      await scenario({
        mode,
        base: { p: 'p', q: 'q' },
        source: (side) => {
          side.rename('p', 'moved-p');
          side.put('p/new', 'n');
          side.rename('q', 'moved-q');
          side.putDirectory('q/empty');
        },
        expect: { both: { 'moved-p': 'p', 'p/new': 'n', 'moved-q': 'q', 'q/empty/': '' } },
      });
    });

    test(`${mode}: a new folder takes the old name of a folder that was renamed`, async () => {
      await scenario({
        mode,
        base: { 'd/a': 'a', 'e/b': 'b' },
        source: (side) => {
          side.rename('d', 'moved-d');
          side.putDirectory('d/empty');
          side.rename('e', 'moved-e');
          side.put('e/new', 'n');
        },
        expect: { both: { 'moved-d/a': 'a', 'd/empty/': '', 'moved-e/b': 'b', 'e/new': 'n' } },
      });
    });

    test(`${mode}: a file moves into a folder of its own old name`, async () => {
      await scenario({
        mode,
        base: { p: 'p' },
        source: (side) => {
          side.rename('p', 't');
          side.putDirectory('p');
          side.rename('t', 'p/p');
        },
        expect: { both: { 'p/p': 'p' } },
      });
    });

    test(`${mode}: a file takes the old name of a folder that was renamed`, async () => {
      await scenario({
        mode,
        base: { 'd/a': 'a' },
        source: (side) => {
          side.rename('d', 'e');
          side.put('d', 'file');
        },
        expect: { both: { 'e/a': 'a', d: 'file' } },
      });
    });
  }

  for (const mode of ['two-way', 'source-to-destination', 'source-backup']) {
    test(`row 28, ${mode}: what was renamed on both sides stays in a folder whose counterpart cannot be seen`, async () => {
      const { destination } = await scenario({
        mode,
        base: { 'c/f': '1', 'u/f/y': 'y' },
        wraps: { source: unreadable('u') },
        source: (side) => side.rename('c/f', 'c/g'),
        destination: (side) => {
          side.delete('u/f');
          side.rename('c/f', 'u/f');
          side.put('u/f', 'edited');
        },
        expect: { status: 'problems', problems: unread },
      });
      expect(destination).toMatchObject({ 'u/f': 'edited', 'c/g': '1' });
    });

    test(`row 28, ${mode}: nothing is renamed out of a folder whose counterpart cannot be seen`, async () => {
      const unseen = { 'u/x': 'x', 'u/f': 'edited' };
      const { destination, result } = await scenario({
        mode,
        base: { 'c/f': '1', 'u/x': 'x' },
        wraps: { source: unreadable('u') },
        destination: (side) => {
          side.rename('c/f', 'u/f');
          side.put('u/f', 'edited');
        },
        expect: { status: 'problems', problems: mode === 'two-way' ? suspended : unread },
      });
      expect(destination).toMatchObject(unseen);
      expect(result.problems[0]).toMatchObject({ path: 'u', side: 'source', code: 'permission-denied' });
    });

    test(`skip, ${mode}: nothing is renamed out of a folder that is left out`, async () => {
      const { destination } = await scenario({
        mode,
        base: { 'c/f': '1', 'u/x': 'x' },
        run: { skip: ['u'] },
        destination: (side) => {
          side.rename('c/f', 'u/f');
          side.put('u/f', 'edited');
        },
        exempt: () => true,
        expect: {},
      });
      expect(destination).toMatchObject({ 'u/x': 'x', 'u/f': 'edited' });
    });
  }

  test('two-way: a folder that somebody made anew on one side is remembered as it is now', async () => {
    const pair = new Pair();
    for (const path of ['anchor', 'd/f']) pair.source.put(path, path);
    pair.clock.advance();
    await pair.engine({ mode: 'two-way' }).sync();
    pair.destination.rename('d', 't');
    pair.destination.putDirectory('d');
    pair.destination.rename('t/f', 'd/f');
    pair.destination.delete('t');
    pair.clock.advance();
    expect((await pair.engine({ mode: 'two-way' }).sync()).operations).toEqual([]);
    pair.destination.rename('d', 'e');
    pair.source.put('d/new', 'new');
    pair.clock.advance();
    const { operations } = await pair.engine({ mode: 'two-way' }).sync();
    expect(operations.map(({ kind, side, path }) => `${kind} ${side} ${path}`)).toEqual([
      'move source e',
      'create destination e/new',
    ]);
  });
});
