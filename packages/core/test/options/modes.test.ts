import { describe, expect, test } from 'vitest';
import { parseSyncMode, type SyncMode, syncModes } from '../../src/index.ts';
import { Pair } from '../support/pair.ts';
import { scenario } from '../support/scenario.ts';

describe('modes by name', () => {
  const aliases = {
    tw: 'two-way',
    std: 'source-to-destination',
    sb: 'source-backup',
    dts: 'destination-to-source',
    db: 'destination-backup',
  };
  for (const [alias, name] of Object.entries(aliases)) {
    test(`${alias} is ${name}, in any case`, async () => {
      for (const text of [
        alias,
        alias.toUpperCase(),
        name,
        name.toUpperCase(),
        `${alias[0]?.toUpperCase()}${alias.slice(1)}`,
      ]) {
        expect(parseSyncMode(text).name).toBe(name);
        const pair = new Pair();
        pair.source.put('a', 'a');
        expect((await pair.engine({ mode: text }).sync({ allow: ['rail-root-emptied'] })).mode).toBe(name);
      }
    });
  }

  for (const text of ['', 'mirror', 'twoway', 'two way', 'constructor', '__proto__']) {
    test(`${JSON.stringify(text)} is no mode`, () => {
      expect(() => new Pair().engine({ mode: text })).toThrow(expect.objectContaining({ code: 'invalid-options' }));
    });
  }
});

describe('modes of one’s own, as data', () => {
  const all = { create: true, update: true, delete: true, move: true };
  const twoWay: SyncMode = { ...parseSyncMode('two-way') };

  test('two-way without deletions: what one side deleted stays on the other', async () => {
    const noDeletion = { ...all, delete: false };
    await scenario({
      mode: { ...twoWay, name: 'both-keep', effects: { source: noDeletion, destination: noDeletion } },
      base: { gone: 'g', 'tree/a': 'a', edited: '1' },
      source: { gone: undefined, tree: undefined, edited: '2', new: 'n' },
      expect: {
        source: { edited: '2', new: 'n' },
        destination: { gone: 'g', 'tree/a': 'a', edited: '2', new: 'n' },
        trash: { destination: { edited: '1' } },
      },
    });
  });

  test('a mode that only creates on the other side leaves edits and deletions alone', async () => {
    const none = { create: false, update: false, delete: false, move: false };
    await scenario({
      mode: {
        name: 'additions',
        leader: 'source',
        effects: { source: none, destination: { ...none, create: true } },
        replaced: 'version',
      },
      base: { gone: 'g', edited: '1' },
      source: { gone: undefined, edited: '2', 'new/n': 'n' },
      exempt: (path) => path === 'edited',
      expect: { source: { edited: '2', 'new/n': 'n' }, destination: { gone: 'g', edited: '1', 'new/n': 'n' } },
    });
  });

  test('two-way that may not write to the source is no conflict without end', async () => {
    await scenario({
      mode: {
        ...twoWay,
        name: 'one-eyed',
        effects: { source: { ...all, create: false, update: false, delete: false }, destination: all },
      },
      base: { a: '1', b: '1', c: '1' },
      source: { a: '2', b: 'by source' },
      destination: { b: 'by destination', c: '2' },
      expect: {
        source: { a: '2', b: 'by source', c: '1' },
        destination: { a: '2', b: 'by destination', c: '2' },
      },
    });
  });

  test('the presets are data that can be looked at', () => {
    expect(Object.keys(syncModes)).toHaveLength(5);
    expect(syncModes['source-backup'].effects.destination).toMatchObject({ create: true, delete: false });
  });
});

describe('the first run', () => {
  const sides = {
    source: { same: 'same', both: 'by source', s: 's' },
    destination: { same: 'same', both: 'by destination', d: 'd' },
  };
  const union = { same: 'same', s: 's', d: 'd' };

  test('merge: nothing is deleted, what differs is kept twice', async () => {
    await scenario({
      mode: 'two-way',
      ...sides,
      expect: {
        both: { ...union, both: 'by source', 'both.conflict-destination-20260101T000200Z': 'by destination' },
        conflicts: ['both both-created keep-both'],
      },
    });
  });
  test('source: where contents differ the source’s is taken, nothing else is deleted', async () => {
    await scenario({
      mode: 'two-way',
      ...sides,
      now: { initial: 'source' },
      expect: { both: { ...union, both: 'by source' }, trash: { destination: { both: 'by destination' } } },
    });
  });
  test('destination: where contents differ the destination’s is taken, nothing else is deleted', async () => {
    await scenario({
      mode: 'two-way',
      ...sides,
      now: { initial: 'destination' },
      expect: { both: { ...union, both: 'by destination' }, trash: { source: { both: 'by source' } } },
    });
  });
  test('a preference for the first run is none for later ones', async () => {
    await scenario({
      mode: 'two-way',
      base: {},
      source: { both: 'by source' },
      destination: { both: 'by destination' },
      now: { initial: 'source' },
      expect: {
        both: { both: 'by source', 'both.conflict-destination-20260101T000300Z': 'by destination' },
        conflicts: ['both both-created keep-both'],
      },
    });
  });
  test('an unknown preference is refused', () => {
    const initial = 'newest' as 'merge'; // as a program without types would
    expect(() => new Pair().engine({ initial })).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});
