import { describe, expect, test } from 'vitest';
import type { MemoryStorageClient, MemoryStorageOptions } from '../../src/index.ts';
import { row } from '../support/row.ts';
import { scenario } from '../support/scenario.ts';
import type { Outcome, Scenario } from '../support/story.ts';

const rename =
  (...steps: readonly (readonly [string, string])[]) =>
  (side: MemoryStorageClient): void => {
    for (const [from, to] of steps) side.rename(from, to);
  };

/** A side that knows no ids: there a unique match of size and content is the proof. */
const nameless = { stableIdentity: false } as const;
const proofs = { 'by id': {}, 'by content': { source: nameless, destination: nameless } };

describe('row 17: renamed | unchanged', () => {
  for (const [proof, clients] of Object.entries(proofs)) {
    row(
      `row 17 ${proof}`,
      { clients, base: { p: 'the content' }, source: rename(['p', 'q']) },
      {
        'two-way': {
          says: 'moved on the other side, nothing transferred',
          both: { q: 'the content' },
          known: ['q'],
          counts: { moved: 1, created: 0, deleted: 0 },
        },
        'source-to-destination': {
          says: 'moved on the follower',
          both: { q: 'the content' },
          known: ['q'],
          counts: { moved: 1, created: 0, deleted: 0 },
        },
        'source-backup': {
          says: 'a backup loses no name: it has both',
          source: { q: 'the content' },
          destination: { p: 'the content', q: 'the content' },
        },
        'destination-to-source': {
          says: 'moved back',
          both: { p: 'the content' },
          known: ['p'],
          counts: { moved: 1, created: 0, deleted: 0 },
        },
        'destination-backup': {
          says: 'a backup loses no name: it has both',
          source: { p: 'the content', q: 'the content' },
          destination: { p: 'the content' },
        },
      },
    );
  }
});

describe('row 18: renamed | modified at the old name', () => {
  const edited = { p: 'edited' };
  row(
    'row 18',
    { base: { p: 'the content' }, source: rename(['p', 'q']), destination: edited },
    {
      'two-way': { says: 'moved, then the edit is brought: one file', both: { q: 'edited' }, known: ['q'] },
      'source-to-destination': {
        says: 'moved, then the leader wins',
        both: { q: 'the content' },
        trash: { destination: { q: 'edited' } },
      },
      'source-backup': {
        says: 'the backup keeps all',
        source: { q: 'the content' },
        destination: { p: 'edited', q: 'the content' },
      },
      'destination-to-source': { says: 'moved back, then the leader wins', both: edited },
      'destination-backup': {
        says: 'the backup keeps all',
        source: { p: 'edited', q: 'the content' },
        destination: edited,
      },
    },
  );
});

describe('rows 19 to 27, two-way', () => {
  const run = (story: Omit<Scenario, 'mode'>): Promise<Outcome> => scenario({ mode: 'two-way', ...story });
  const renamedAndEdited = (side: MemoryStorageClient): void => {
    side.rename('p', 'q');
    side.put('q', 'edited');
  };

  test('row 19: renamed and edited | unchanged: moved, then transferred', async () => {
    const { result } = await run({ base: { p: 'p' }, source: renamedAndEdited, expect: { both: { q: 'edited' } } });
    expect(result.counts).toMatchObject({ moved: 1, updated: 1, created: 0, deleted: 0 });
  });

  test('row 19: renamed and edited | modified at the old name: a conflict at the new one', async () => {
    await run({
      base: { p: 'p' },
      source: renamedAndEdited,
      destination: { p: 'edited too' },
      mirror: { not: 'the destination loses in either orientation, so another content gets the copy' },
      expect: {
        both: { q: 'edited', 'q.conflict-destination-20260101T000300Z': 'edited too' },
        conflicts: ['q both-modified keep-both'],
      },
    });
  });

  test('rows 20 and 24: two names exchanged | one deleted: both survive, even where a deletion against an edit is a conflict', async () => {
    // As a run leaves it that was killed half-way round the circle.
    await scenario({
      mode: 'two-way',
      base: { p: 'p', q: 'the other' },
      source: (side) => {
        side.rename('p', 'aside');
        side.rename('q', 'p');
        side.rename('aside', 'q');
      },
      destination: (side) => {
        side.delete('p');
        side.rename('q', 'p');
      },
      now: { strict: true, conflict: 'destination' },
      mirror: { not: 'the conflict is settled for the other side there' },
      expect: { both: { p: 'the other', q: 'p' }, conflicts: [] },
    });
  });

  test('row 20: renamed | deleted: the new name survives', async () => {
    const destination = { p: undefined };
    await run({ base: { p: 'p' }, source: rename(['p', 'q']), destination, expect: { both: { q: 'p' } } });
  });

  test("row 21: renamed | renamed otherwise: the source's name wins and that is told", async () => {
    const { result } = await run({
      base: { p: 'p' },
      source: rename(['p', 'q']),
      destination: rename(['p', 'r']),
      mirror: { not: 'the name of the source wins in either orientation' },
      expect: { both: { q: 'p' }, counts: { moved: 1 } },
    });
    expect(result.notices.map(({ path }) => path)).toEqual(['q']);
  });

  test('row 21, strict: both names stay', async () => {
    await run({
      base: { p: 'p' },
      now: { strict: true },
      source: rename(['p', 'q']),
      destination: rename(['p', 'r']),
      expect: { both: { q: 'p', r: 'p' } },
    });
  });

  test('row 21: renamed alike on both sides: remembered under the new name', async () => {
    const both = rename(['p', 'q']);
    await run({ base: { p: 'p' }, source: both, destination: both, expect: { both: { q: 'p' }, known: ['q'] } });
  });

  test('row 22: renamed to q | something created at q: that becomes a conflict copy', async () => {
    await run({
      base: { p: 'p' },
      source: rename(['p', 'q']),
      destination: { q: 'new' },
      mirror: { not: 'the destination loses in either orientation' },
      expect: {
        both: { q: 'p', 'q.conflict-destination-20260101T000300Z': 'new' },
        conflicts: ['q both-created keep-both'],
      },
    });
  });

  test('row 23: p renamed to x | q renamed to x: a conflict at x, and the old names are gone', async () => {
    await run({
      base: { p: 'first', q: 'second' },
      source: rename(['p', 'x']),
      destination: rename(['q', 'x']),
      mirror: { not: 'the destination loses in either orientation' },
      expect: {
        both: { x: 'first', 'x.conflict-destination-20260101T000000Z': 'second' },
        conflicts: ['x both-created keep-both'],
      },
    });
  });

  const cycles = {
    'two names exchanged': [
      ['p', 't'],
      ['q', 'p'],
      ['t', 'q'],
    ],
    'three names in a circle': [
      ['p', 't'],
      ['q', 'p'],
      ['r', 'q'],
      ['t', 'r'],
    ],
    'a chain of names': [
      ['r', 's'],
      ['q', 'r'],
      ['p', 'q'],
    ],
  } as const;
  for (const [name, steps] of Object.entries(cycles)) {
    test(`row 24: ${name} | unchanged: a permutation, nothing transferred`, async () => {
      const { source, result } = await run({
        base: { p: 'first', q: 'second one', r: 'the third' },
        source: rename(...steps),
        expect: {},
      });
      expect(result.bytes.transferred).toBe(0);
      expect(result.counts).toMatchObject({ created: 0, updated: 0, deleted: 0 });
      expect(Object.values(source)).toEqual(expect.arrayContaining(['first', 'second one', 'the third']));
    });
  }

  test('row 25: directory renamed | unchanged: one move that counts against no limit', async () => {
    const base = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`d/sub/${index}`, `content ${index}`]));
    const both = Object.fromEntries(Object.entries(base).map(([path, content]) => [path.replace('d/', 'e/'), content]));
    const { result } = await run({
      base,
      now: { maximumDeletions: { files: 0 } },
      source: rename(['d', 'e']),
      expect: { both, operations: ['move destination e'] },
    });
    expect(result.bytes.transferred).toBe(0);
  });

  test('row 25: directory renamed | changes under the old name: they are carried along', async () => {
    await run({
      base: { 'd/a': 'a', 'd/b': 'b', 'd/gone': 'x' },
      source: rename(['d', 'e']),
      destination: { 'd/a': 'edited', 'd/c': 'c', 'd/gone': undefined },
      expect: { both: { 'e/a': 'edited', 'e/b': 'b', 'e/c': 'c' }, counts: { moved: 1 } },
    });
  });

  test('row 25: directory renamed, and more done inside | unchanged', async () => {
    const source = (side: MemoryStorageClient): void => {
      side.rename('d', 'e');
      side.rename('e/a', 'e/new/a');
      side.put('e/b', 'edited');
      side.delete('e/gone');
    };
    await run({
      base: { 'd/a': 'a', 'd/b': 'b', 'd/gone': 'x' },
      source,
      expect: { both: { 'e/new/a': 'a', 'e/b': 'edited' }, counts: { moved: 2, updated: 1, deleted: 1 } },
    });
  });

  test('row 25: a directory and one inside it renamed, each for itself | unchanged', async () => {
    await run({
      base: { 'd/a': 'a', 'd/sub/b': 'b' },
      source: rename(['d', 'e'], ['e/sub', 'f']),
      expect: { both: { 'e/a': 'a', 'f/b': 'b' }, counts: { moved: 2, created: 0, deleted: 0 } },
    });
  });

  test('row 25: directory renamed | renamed alike, with something inside deleted: the deletion holds', async () => {
    // As a run leaves it that was killed after the move.
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a', 'd/b': 'b', 'd/e/c': 'c' },
      source: (side) => side.rename('d', 'n'),
      destination: (side) => {
        side.rename('d', 'n');
        side.delete('n/a');
        side.delete('n/e');
      },
      expect: { both: { 'n/b': 'b' }, trash: { source: { 'n/a': 'a', 'n/e/c': 'c' } }, known: ['n', 'n/b'] },
    });
  });

  test("row 26: d into e | e into d: no circle, the source's move holds and that is told", async () => {
    const { result } = await run({
      base: { 'd/a': 'a', 'e/b': 'b' },
      source: rename(['d', 'e/d']),
      destination: rename(['e', 'd/e']),
      mirror: { not: 'the move of the source holds in either orientation' },
      expect: { both: { 'e/b': 'b', 'e/d/a': 'a' } },
    });
    expect(result.notices).toHaveLength(1);
  });

  const caseless: MemoryStorageOptions = { caseSensitive: false };
  for (const [name, clients] of Object.entries({
    'both sides ignore case': { source: caseless, destination: caseless },
    'the other side ignores case': { destination: caseless },
    'the renaming side ignores case': { source: caseless },
    'no side ignores case': {},
  })) {
    test(`row 27: only the case of a file's name changed | unchanged, ${name}`, async () => {
      const both = { Name: 'content' };
      await run({ clients, base: { name: 'content' }, source: rename(['name', 'Name']), expect: { both } });
    });

    test(`row 27: only the case of a folder's name changed | an edit inside, ${name}`, async () => {
      await run({
        clients,
        base: { 'folder/a': 'a', 'folder/b': 'b' },
        source: rename(['folder', 'Folder']),
        destination: { 'folder/a': 'edited' },
        expect: { both: { 'Folder/a': 'edited', 'Folder/b': 'b' } },
      });
    });
  }

  test('an id that was used again proves nothing', async () => {
    const source = (side: MemoryStorageClient): void => {
      side.delete('p');
      side.put('q', 'another file');
    };
    await run({ base: { p: 'p' }, source, expect: { both: { q: 'another file' }, counts: { moved: 0, deleted: 1 } } });
  });

  test('two files of one content, one of them renamed, where there are no ids: ambiguous, so created and deleted', async () => {
    const clients = { source: nameless, destination: nameless };
    const source = rename(['p', 'x'], ['q', 'y']);
    const both = { x: 'same', y: 'same' };
    await run({ clients, base: { p: 'same', q: 'same' }, source, expect: { both, counts: { moved: 0 } } });
  });

  test('a side that cannot move gets the content again, and nothing is lost', async () => {
    const clients = { destination: { move: false } };
    await run({ clients, base: { 'd/p': 'p' }, source: rename(['d', 'e']), expect: { both: { 'e/p': 'p' } } });
  });
});
