import { describe, expect, test } from 'vitest';
import { type Conflict, type ConflictStrategy, type Resolution, SyncEngineError } from '../../src/index.ts';
import { prepared, scenario } from '../support/scenario.ts';
import { type Expected, engineOf, type Scenario } from '../support/story.ts';
import { treeOf } from '../support/tree.ts';

const bothEdited = {
  base: { 'f.txt': 'f' },
  source: { 'f.txt': 'by source' },
  destination: { 'f.txt': 'by destination' },
};
const copy = 'f.conflict-destination-20260101T000300Z.txt';
const keptBoth: Expected = {
  both: { 'f.txt': 'by source', [copy]: 'by destination' },
  conflicts: ['f.txt both-modified keep-both'],
  trash: {},
  counts: { conflicts: 1, created: 2, updated: 1 },
};
const sourceWins: Expected = {
  both: { 'f.txt': 'by source' },
  conflicts: ['f.txt both-modified source'],
  trash: { destination: { 'f.txt': 'by destination' } },
};
const destinationWins: Expected = {
  both: { 'f.txt': 'by destination' },
  conflicts: ['f.txt both-modified destination'],
  trash: { source: { 'f.txt': 'by source' } },
};
const leftAlone: Expected = {
  source: { 'f.txt': 'by source' },
  destination: { 'f.txt': 'by destination' },
  conflicts: ['f.txt both-modified manual'],
  status: 'conflicts',
  operations: [],
};

async function settled(
  conflict: ConflictStrategy,
  story: Omit<Scenario, 'mode' | 'expect'>,
  promised: Expected,
): Promise<void> {
  await scenario({ mode: 'two-way', now: { conflict }, ...story, expect: promised });
}

describe('conflict strategies', () => {
  test('keep-both: the losing content stands beside the path on both sides', () =>
    settled('keep-both', bothEdited, keptBoth));
  test('source: it wins, the other content goes to the trash', () => settled('source', bothEdited, sourceWins));
  test('destination: it wins, the other content goes to the trash', () =>
    settled('destination', bothEdited, destinationWins));
  test('manual: both sides are left as they are, run after run', () => settled('manual', bothEdited, leftAlone));
  test('newest: the newer content wins', () => settled('newest', bothEdited, destinationWins));

  test('newest: falls back to keep-both where times are equal', async () => {
    const modifiedAt = Date.parse('2025-06-01T00:00:00Z');
    await settled(
      'newest',
      {
        base: { 'f.txt': 'f' },
        source: (side) => side.put('f.txt', 'by source', { modifiedAt }),
        destination: (side) => side.put('f.txt', 'by destination', { modifiedAt }),
      },
      {
        both: { 'f.txt': 'by source', 'f.conflict-destination-20250601T000000Z.txt': 'by destination' },
        conflicts: ['f.txt both-modified keep-both'],
      },
    );
  });

  test('newest: falls back to keep-both where the times are closer than the grain of the coarser side', async () => {
    const clients = { destination: { timePrecision: 2000 } };
    const modifiedAt = Date.parse('2025-06-01T00:00:00Z');
    await settled(
      'newest',
      {
        clients,
        base: { 'f.txt': 'f' },
        source: (side) => side.put('f.txt', 'by source', { modifiedAt: modifiedAt + 1500 }),
        destination: (side) => side.put('f.txt', 'by destination', { modifiedAt: modifiedAt + 1500 }),
      },
      {
        both: { 'f.txt': 'by source', 'f.conflict-destination-20250601T000000Z.txt': 'by destination' },
        conflicts: ['f.txt both-modified keep-both'],
      },
    );
  });

  for (const compare of ['size-only', 'hash-only'] as const) {
    test(`newest: falls back to keep-both under ${compare}, which looks at no times`, async () => {
      await settled('newest', { ...bothEdited, options: { compare } }, keptBoth);
    });
  }

  test('newest, strict: a deletion has no time, so the modification is kept', async () => {
    await settled(
      'newest',
      {
        base: { 'f.txt': 'f' },
        source: { 'f.txt': undefined },
        destination: { 'f.txt': 'edited' },
        now: { conflict: 'newest', strict: true },
      },
      { both: { 'f.txt': 'edited' }, conflicts: ['f.txt deleted-and-modified keep-both'] },
    );
  });
});

describe('strict: a deletion against a modification', () => {
  const story = { base: { 'f.txt': 'f' }, source: { 'f.txt': undefined }, destination: { 'f.txt': 'edited' } };
  const strictly = (conflict: ConflictStrategy) => ({ ...story, now: { strict: true, conflict } });
  test('source: the deletion wins, the edit goes to the trash', () =>
    settled('source', strictly('source'), {
      both: {},
      conflicts: ['f.txt deleted-and-modified source'],
      trash: { destination: { 'f.txt': 'edited' } },
    }));
  test('destination: the modification wins', () =>
    settled('destination', strictly('destination'), {
      both: { 'f.txt': 'edited' },
      conflicts: ['f.txt deleted-and-modified destination'],
    }));
  test('manual: left as it is', () =>
    settled('manual', strictly('manual'), {
      source: {},
      destination: { 'f.txt': 'edited' },
      conflicts: ['f.txt deleted-and-modified manual'],
      status: 'conflicts',
    }));

  const folder = {
    base: { 'x/f': 'f', 'x/y': 'y' },
    source: { x: undefined },
    destination: { 'x/y': undefined, 'x/y/new': 'new' },
  };
  // Row 13. A run that was killed while a folder took the place of a file leaves the same sight.
  for (const conflict of ['source', 'destination', 'newest', 'keep-both', 'manual'] as const) {
    test(`${conflict}: what became of another kind survives`, async () => {
      await scenario({
        mode: 'two-way',
        ...folder,
        now: { strict: true, conflict },
        expect: { both: { 'x/y/new': 'new' }, conflicts: [] },
      });
    });
  }
});

describe('a file against a directory', () => {
  const story = { base: {}, source: { 'x.y': 'file' }, destination: { 'x.y/f': 'f' } };
  for (const conflict of ['source', 'destination', 'newest', 'keep-both'] as const) {
    test(`${conflict}: both are kept, as to overrule a directory would destroy a tree for one name`, () =>
      settled(conflict, story, {
        both: { 'x.y/f': 'f', 'x.conflict-source-20260101T000200Z.y': 'file' },
        conflicts: ['x.y file-and-directory keep-both'],
      }));
  }
  test('manual: left as it is, and so is what the directory holds', () =>
    settled('manual', story, {
      source: { 'x.y': 'file' },
      destination: { 'x.y/f': 'f' },
      conflicts: ['x.y file-and-directory manual'],
      status: 'conflicts',
    }));
});

describe('a conflict function', () => {
  for (const [answer, promised] of Object.entries({
    'keep-both': keptBoth,
    source: sourceWins,
    destination: destinationWins,
    manual: leftAlone,
  })) {
    test(`that answers ${answer}, sooner or later, is followed`, async () => {
      const conflict = async (): Promise<Resolution> => {
        await Promise.resolve();
        return answer as Resolution; // the keys above are resolutions
      };
      const mirror = { not: 'the function would have to answer for the other side' };
      await settled(conflict, { ...bothEdited, mirror }, promised);
    });
  }

  test('is given the base, both entries, the reason and the newer side', async () => {
    const told: Conflict[] = [];
    const promise: Scenario = {
      mode: 'two-way',
      ...bothEdited,
      now: {
        conflict: (conflict) => {
          told.push(conflict);
          return 'manual';
        },
      },
      expect: leftAlone,
    };
    await engineOf(await prepared(promise), promise).plan();
    expect(told).toMatchObject([
      {
        path: 'f.txt',
        reason: 'both-modified',
        newer: 'destination',
        base: { key: 'f.txt', size: 1 },
        source: { kind: 'file', path: 'f.txt', size: 'by source'.length },
        destination: { kind: 'file', path: 'f.txt', size: 'by destination'.length },
      },
    ]);
  });

  const broken: readonly (readonly [string, ConflictStrategy])[] = [
    [
      'throws',
      () => {
        throw new Error('no idea');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no idea'))],
    ['answers nonsense', () => 'both' as Resolution], // as a program without types would
  ];
  for (const [what, conflict] of broken) {
    test(`that ${what} ends the run before anything was changed`, async () => {
      const promise: Scenario = { mode: 'two-way', ...bothEdited, now: { conflict }, expect: {} };
      const pair = await prepared(promise);
      const before = [treeOf(pair.source), treeOf(pair.destination)];
      const failing = engineOf(pair, promise).sync();
      await expect(failing).rejects.toBeInstanceOf(SyncEngineError);
      await expect(failing).rejects.toMatchObject({ code: 'decision-failed', path: 'f.txt' });
      expect([treeOf(pair.source), treeOf(pair.destination)]).toEqual(before);
      expect((await pair.engine().sync()).status).toBe('clean');
    });
  }
});
