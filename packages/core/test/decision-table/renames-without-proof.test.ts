import { describe, test } from 'vitest';
import type { MemoryStorageClient } from '../../src/index.ts';
import { row } from '../support/row.ts';
import { scenario } from '../support/scenario.ts';

/** Sides that tell neither ids nor digests: nothing proves a rename there. */
const unproven = { stableIdentity: false, requestedHashes: [] } as const;
/** They can at least tell contents of one size and time apart. */
const hashing = { source: { stableIdentity: false }, destination: { stableIdentity: false } } as const;
const clients = { source: unproven, destination: unproven };

/** Without proof that a path was renamed, it was created there and deleted here: safe, and nothing is lost. */
const rename =
  (...steps: readonly (readonly [string, string])[]) =>
  (side: MemoryStorageClient): void => {
    for (const [from, to] of steps) side.rename(from, to);
  };

describe('row 17 without proof: renamed | unchanged', () => {
  row(
    'row 17',
    { clients, base: { p: 'p' }, source: rename(['p', 'q']) },
    {
      'two-way': { says: 'the other side has the new name', both: { q: 'p' }, known: ['q'] },
      'source-to-destination': { says: 'the follower has the new name', both: { q: 'p' }, known: ['q'] },
      'source-backup': {
        says: 'the backup has both',
        source: { q: 'p' },
        destination: { p: 'p', q: 'p' },
        known: ['q'],
      },
      'destination-to-source': { says: 'named back', both: { p: 'p' }, known: ['p'] },
      'destination-backup': { says: 'the backup has both', source: { p: 'p', q: 'p' }, destination: { p: 'p' } },
    },
  );
});

describe('row 18 without proof: renamed | modified', () => {
  const edited = { p: 'edited' };
  row(
    'row 18',
    { clients, base: { p: 'p' }, source: rename(['p', 'q']), destination: edited },
    {
      'two-way': { says: 'new name and edit both survive', both: { p: 'edited', q: 'p' } },
      'source-to-destination': { says: 'the leader wins', both: { q: 'p' }, trash: { destination: edited } },
      'source-backup': { says: 'the backup keeps all', source: { q: 'p' }, destination: { p: 'edited', q: 'p' } },
      'destination-to-source': { says: 'the leader wins', both: edited },
      'destination-backup': { says: 'the backup keeps all', source: { p: 'edited', q: 'p' }, destination: edited },
    },
  );
});

describe('rows 19 to 27 without proof, two-way: every content survives the run', () => {
  const twoWay = { mode: 'two-way', clients } as const;

  test('row 19, two-way: renamed and edited | unchanged', async () => {
    const source = (side: MemoryStorageClient): void => {
      side.rename('p', 'q');
      side.put('q', 'edited');
    };
    await scenario({ ...twoWay, base: { p: 'p' }, source, expect: { both: { q: 'edited' } } });
  });

  test('row 19, two-way: renamed and edited | modified', async () => {
    const source = (side: MemoryStorageClient): void => {
      side.rename('p', 'q');
      side.put('q', 'edited');
    };
    const destination = { p: 'edited too' };
    await scenario({
      ...twoWay,
      base: { p: 'p' },
      source,
      destination,
      expect: { both: { p: 'edited too', q: 'edited' } },
    });
  });

  test('row 20, two-way: renamed | deleted: the new name survives', async () => {
    await scenario({
      ...twoWay,
      base: { p: 'p' },
      source: rename(['p', 'q']),
      destination: { p: undefined },
      expect: { both: { q: 'p' } },
    });
  });

  test('row 21, two-way: renamed | renamed otherwise', async () => {
    await scenario({
      ...twoWay,
      base: { p: 'p' },
      source: rename(['p', 'q']),
      destination: rename(['p', 'r']),
      expect: { both: { q: 'p', r: 'p' } },
    });
  });

  test('row 22, two-way: renamed to q | something created at q', async () => {
    await scenario({
      ...twoWay,
      base: { p: 'p' },
      source: rename(['p', 'q']),
      destination: { q: 'new' },
      expect: {
        both: { q: 'p', 'q.conflict-destination-20260101T000300Z': 'new' },
        conflicts: ['q both-created keep-both'],
      },
    });
  });

  test('row 23, two-way: p renamed to x | q renamed to x', async () => {
    const contents = (modifiedAt: number) => (side: MemoryStorageClient) => {
      side.put('p', 'p', { modifiedAt });
      side.put('q', 'q', { modifiedAt });
    };
    await scenario({
      ...twoWay,
      clients: hashing,
      base: { p: 'p', q: 'q' },
      source: (side) => {
        contents(1_000_000)(side);
        side.rename('p', 'x');
      },
      destination: (side) => {
        contents(1_000_000)(side);
        side.rename('q', 'x');
      },
      expect: {
        both: { x: 'p', 'x.conflict-destination-19700101T001640Z': 'q' },
        conflicts: ['x both-created keep-both'],
      },
    });
  });

  test('row 24, two-way: two names exchanged | unchanged', async () => {
    const swap = rename(['p', 't'], ['q', 'p'], ['t', 'q']);
    await scenario({
      ...twoWay,
      clients: hashing,
      base: { p: 'p', q: 'q' },
      source: swap,
      expect: { both: { p: 'q', q: 'p' } },
    });
  });

  for (const [why, follower] of Object.entries({
    'knows no ids': { stableIdentity: false },
    'cannot move': { move: false },
  } as const)) {
    test(`row 24, two-way: two names exchanged | a side that ${why}: the contents are exchanged`, async () => {
      await scenario({
        mode: 'two-way',
        clients: { destination: follower },
        base: { p: 'p', q: 'q' },
        source: rename(['p', 't'], ['q', 'p'], ['t', 'q']),
        expect: {
          both: { p: 'q', q: 'p' },
          operations: ['update destination p', 'update destination q'],
          known: ['p', 'q'],
        },
      });
    });
  }

  test('row 25, two-way: directory renamed | changes inside under the old name', async () => {
    await scenario({
      ...twoWay,
      base: { 'd/a': 'a', 'd/b': 'b' },
      source: rename(['d', 'e']),
      destination: { 'd/a': 'edited', 'd/c': 'c' },
      expect: { both: { 'd/a': 'edited', 'd/c': 'c', 'e/a': 'a', 'e/b': 'b' } },
    });
  });

  test('row 26, two-way: d into e | e into d', async () => {
    await scenario({
      ...twoWay,
      base: { 'd/a': 'a', 'e/b': 'b' },
      source: rename(['d', 'e/d']),
      destination: rename(['e', 'd/e']),
      expect: { both: { 'd/e/b': 'b', 'e/d/a': 'a' } },
    });
  });

  test('row 27, two-way: only the case of a name changed | unchanged, where both sides tell cases apart', async () => {
    await scenario({ ...twoWay, base: { p: 'p' }, source: rename(['p', 'P']), expect: { both: { P: 'p' } } });
  });
});

test('row 19, two-way: an edit that the other side finds under the new name, where the old one is gone, was renamed too', async () => {
  // As a run leaves it that was killed between the move and its commit.
  await scenario({
    mode: 'two-way',
    clients: { source: unproven, destination: {} },
    base: { p: 'p' },
    source: { p: undefined, q: 'edited' },
    destination: rename(['p', 'q']),
    expect: { both: { q: 'edited' }, trash: { destination: { q: 'p' } }, conflicts: [], known: ['q'] },
  });
});
