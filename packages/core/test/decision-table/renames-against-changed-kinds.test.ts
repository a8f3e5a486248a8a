import { describe, test } from 'vitest';
import { scenario } from '../support/scenario.ts';

describe('renamed | type changed at the old name: no rename is carried over, both survive', () => {
  const kinds = {
    'a directory': { 'p/x': 'x' },
    'a link': { p: '-> q' },
  };
  for (const [kind, changed] of Object.entries(kinds)) {
    test(`two-way: ${kind}`, async () => {
      await scenario({
        mode: 'two-way',
        base: { p: 'p' },
        source: (side) => side.rename('p', 'q'),
        destination: { p: undefined, ...changed },
        expect: { both: { q: 'p', ...changed } },
      });
    });

    test(`source-to-destination: ${kind}`, async () => {
      await scenario({
        mode: 'source-to-destination',
        base: { p: 'p' },
        source: (side) => side.rename('p', 'q'),
        destination: { p: undefined, ...changed },
        expect: { both: { q: 'p' } },
      });
    });
  }

  test('source-to-destination: a directory on both sides now', async () => {
    await scenario({
      mode: 'source-to-destination',
      base: { a: 'a' },
      source: (side) => {
        side.rename('a', 'q');
        side.put('a/b', 'same', { modifiedAt: 1_700_000_000_000 });
      },
      destination: (side) => {
        side.delete('a');
        side.put('a/b', 'same', { modifiedAt: 1_700_000_000_000 });
      },
      expect: { both: { q: 'a', 'a/b': 'same' } },
    });
  });

  test('two-way: renamed into a new folder that takes the place of a file | edited: the edit comes along', async () => {
    await scenario({
      mode: 'two-way',
      base: { a: 'a', b: 'b' },
      source: { b: 'edited' },
      destination: (side) => {
        side.delete('a');
        side.rename('b', 'a/b');
      },
      expect: {
        both: { 'a/b': 'edited' },
        operations: ['delete source a', 'make-directory source a', 'move source a/b', 'update destination a/b'],
      },
    });
  });

  // Where conflicts are left to people, an edited file would not give way. That it was not edited only its content tells.
  for (const [what, content, both] of [
    ['touched: the rename is followed', 'a', { 'a/b': 'edited' }],
    ['edited: it stays, and so does the old name', 'else', undefined],
  ] as const) {
    test(`two-way, manual: renamed into a new folder that takes the place of a file | that file ${what}`, async () => {
      await scenario({
        mode: 'two-way',
        options: { conflict: 'manual' },
        base: { a: 'a', b: 'b' },
        source: (side) => {
          side.put('a', content, { modifiedAt: 1_800_000_000_000 });
          side.put('b', 'edited');
        },
        destination: (side) => {
          side.delete('a');
          side.rename('b', 'a/b');
        },
        expect:
          both === undefined
            ? {
                status: 'conflicts',
                source: { a: content, b: 'edited' },
                destination: { 'a/b': 'b', b: 'edited' },
                conflicts: ['a type-and-edit manual'],
              }
            : { both },
      });
    });
  }

  test('two-way: renamed into a new folder in the place of a file whose own new name is taken | edited: the edit comes along', async () => {
    await scenario({
      mode: 'two-way',
      base: { a: 'a', b: 'b' },
      source: { b: 'edited', q: 'other' },
      destination: (side) => {
        side.rename('a', 'q');
        side.rename('b', 'a/b');
      },
      expect: {
        conflicts: ['q both-created keep-both'],
        counts: { moved: 1 },
      },
    });
  });

  test('two-way: renamed into a new folder in the place of a file that was renamed into another such one', async () => {
    await scenario({
      mode: 'two-way',
      base: { a: 'a', b: 'b' },
      source: (side) => {
        side.rename('a', 't');
        side.rename('b', 'a/b');
        side.rename('t', 'b/a');
      },
      expect: { both: { 'a/b': 'b', 'b/a': 'a' }, counts: { moved: 2, deleted: 0 } },
    });
  });

  test('two-way: renamed into a folder that became a file on the other side: the file keeps the path', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/x': 'x', b: 'b' },
      source: (side) => side.rename('b', 'd/b'),
      destination: { d: 'file' },
      expect: { conflicts: ['d/b type-and-edit keep-both'] },
    });
  });

  test('two-way: a directory renamed, a file in its old place', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a' },
      source: (side) => side.rename('d', 'e'),
      destination: { d: 'file' },
      expect: { both: { 'e/a': 'a', d: 'file' } },
    });
  });
});
