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
