import { describe, expect, test } from 'vitest';
import { scenario } from '../support/scenario.ts';

/** Rows 11 and 25 at once: a folder moves, and one inside it gives way to a file while something in there was edited. */
describe('row 11 inside a folder that moves, two-way: the edit comes to a copy in the new place', () => {
  const base = { 'd/sub/a': 'a', 'd/sub/b': 'b', 'd/c': 'c' };

  test('renamed and replaced inside | edited', async () => {
    await scenario({
      mode: 'two-way',
      base,
      source: (side) => {
        side.rename('d', 'e');
        side.delete('e/sub');
        side.put('e/sub', 'a file now');
      },
      destination: { 'd/sub/a': 'edited' },
      expect: {
        both: { 'e/c': 'c', 'e/sub': 'a file now', 'e/sub.conflict-destination-20260101T000300Z/a': 'edited' },
        conflicts: ['e/sub/a type-and-edit keep-both'],
      },
      mirror: { not: 'a conflict copy is named by the side that loses' },
    });
  });

  test('edited | renamed and replaced inside', async () => {
    await scenario({
      mode: 'two-way',
      base,
      source: { 'd/sub/a': 'edited' },
      destination: (side) => {
        side.rename('d', 'e');
        side.delete('e/sub');
        side.put('e/sub', 'a file now');
      },
      expect: {
        both: { 'e/c': 'c', 'e/sub': 'a file now', 'e/sub.conflict-source-20260101T000200Z/a': 'edited' },
        conflicts: ['e/sub/a type-and-edit keep-both'],
      },
      mirror: { not: 'a conflict copy is named by the side that loses' },
    });
  });

  test('renamed and edited inside | replaced inside', async () => {
    await scenario({
      mode: 'two-way',
      base,
      source: (side) => {
        side.rename('d', 'new/e');
        side.put('new/e/sub/a', 'edited');
      },
      destination: (side) => {
        side.delete('d/sub');
        side.put('d/sub', 'a file now');
      },
      expect: {
        both: {
          'new/e/c': 'c',
          'new/e/sub': 'a file now',
          'new/e/sub.conflict-source-20260101T000200Z/a': 'edited',
        },
        conflicts: ['new/e/sub/a type-and-edit keep-both'],
      },
      mirror: { not: 'a conflict copy is named by the side that loses' },
    });
  });
});

describe('the name of a conflict copy is free where the copy will be', () => {
  const copy = 'a.conflict-destination-20260101T000300Z';

  test('two-way: what has that name in a folder that moves comes along, and the copy gets another', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a' },
      source: (side) => {
        side.rename('d', 'e');
        side.put('e/a', 'edited');
      },
      destination: { 'd/a': 'edited too', [`d/${copy}`]: 'something else' },
      mirror: { not: 'the destination loses in either orientation' },
      expect: {
        both: { 'e/a': 'edited', [`e/${copy}`]: 'something else', [`e/${copy}-2`]: 'edited too' },
        conflicts: ['e/a both-modified keep-both'],
      },
    });
  });

  test('two-way: what moves away from that name with its folder does not stand for the copy', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a', [`e/${copy}`]: 'edited too' },
      source: (side) => {
        side.rename('e', 'f');
        side.rename('d', 'e');
        side.put('e/a', 'edited');
      },
      destination: { 'd/a': 'edited too' },
      mirror: { not: 'the destination loses in either orientation' },
      expect: {
        both: { 'e/a': 'edited', [`f/${copy}`]: 'edited too', [`e/${copy}`]: 'edited too' },
        conflicts: ['e/a both-modified keep-both'],
      },
    });
  });

  test('two-way: nor does what moves away from a copy of a folder that gives way', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/sub/a': 'a' },
      source: (side) => {
        side.rename('d', 'e');
        side.delete('e/sub');
        side.put('e/sub', 'a file now');
      },
      destination: { 'd/sub/a': 'edited', 'd/sub.conflict-destination-20260101T000300Z/a': 'something else' },
      mirror: { not: 'the destination loses in either orientation' },
      expect: {
        both: {
          'e/sub': 'a file now',
          'e/sub.conflict-destination-20260101T000300Z/a': 'something else',
          'e/sub.conflict-destination-20260101T000300Z-2/a': 'edited',
        },
        conflicts: ['e/sub/a type-and-edit keep-both'],
      },
    });
  });
});

test('row 25, two-way: a new folder in a folder that moves has its bits, even where the first in it comes by a move', async () => {
  const { pair } = await scenario({
    mode: 'two-way',
    base: { 'd/a': 'a', f: 'f' },
    source: (side) => {
      side.rename('d', 'e');
      side.putDirectory('e/new');
      side.touch('e/new', { permissions: 0o750 });
      side.rename('f', 'e/new/f');
    },
    expect: { both: { 'e/a': 'a', 'e/new/f': 'f' }, counts: { moved: 2, created: 1, updated: 0 } },
  });
  for (const side of [pair.source, pair.destination]) {
    expect(await side.stat('e/new')).toMatchObject({ kind: 'directory', permissions: 0o750 });
  }
});

test('row 25, two-way: what both sides made alike in a folder that moves is known there only once it has moved', async () => {
  const { result } = await scenario({
    mode: 'two-way',
    base: { 'd/a': 'a' },
    source: (side) => {
      side.rename('d', 'e');
      side.put('e/new', 'alike');
    },
    destination: { 'd/new': 'alike' },
    expect: { both: { 'e/a': 'a', 'e/new': 'alike' }, operations: ['move destination e'] },
  });
  const record = result.plan?.records.find(({ change }) => change.kind === 'record' && change.record.key === 'e/new');
  expect(record?.after).toBe(result.plan?.operations[0]?.id);
});

test('rows 25 and 27, two-way: into a folder that another side renamed, below one whose case changed', async () => {
  await scenario({
    mode: 'two-way',
    clients: { destination: { caseSensitive: false } },
    base: { 'a/A/x': 'x', 'c/y': 'y' },
    source: (side) => side.rename('a/A', 'a/b'),
    destination: (side) => {
      side.rename('a', 'A');
      side.rename('c', 'A/A/c');
    },
    expect: { both: { 'A/b/x': 'x', 'A/b/c/y': 'y' }, counts: { moved: 3, created: 0, deleted: 0 } },
  });
});

test('two-way: what a killed run moved aside is no rename: the name that the other side gave it stays', async () => {
  const aside = 'b.conflict-source-20260101T000200Z';
  await scenario({
    mode: 'two-way',
    base: { b: 'b' },
    source: (side) => {
      side.rename('b', aside);
      side.put(aside, 'edited');
    },
    destination: (side) => {
      side.rename('b', 'c');
      side.put('c', 'edited as well');
      side.put('b/new', 'new');
    },
    expect: { both: { c: 'edited as well', [aside]: 'edited', 'b/new': 'new' } },
  });
});
