import { describe, expect, test } from 'vitest';
import { SyncStateManager } from '../../src/index.ts';
import { Mortality } from '../support/mortality.ts';
import { requireSettled } from '../support/promises.ts';
import { prepared, scenario } from '../support/scenario.ts';
import type { Scenario } from '../support/story.ts';
import { type Tree, treeOf } from '../support/tree.ts';

const mark = 'conflict-destination-20260101T000300Z';
const story = { base: { 'f.txt': 'f' }, source: { 'f.txt': 'by source' }, destination: { 'f.txt': 'by destination' } };
const conflicts = ['f.txt both-modified keep-both'];
const notMirrored = { not: 'the name of a copy tells the side' };

describe('the name of a conflict copy', () => {
  const taken: Readonly<Record<string, Partial<Scenario>>> = {
    'on the source': { source: { ...story.source, [`f.${mark}.txt`]: 'taken' } },
    'on the destination': { destination: { ...story.destination, [`f.${mark}.txt`]: 'taken' } },
    'by a folder': { source: { ...story.source, [`f.${mark}.txt/x`]: 'x' } },
    'by content of the same size': { source: { ...story.source, [`f.${mark}.txt`]: 'by destinatiox' } },
  };
  for (const [how, changes] of Object.entries(taken)) {
    test(`is numbered when it is taken ${how}`, async () => {
      const { source } = await scenario({
        mode: 'two-way',
        ...story,
        ...changes,
        mirror: notMirrored,
        expect: { conflicts },
      });
      expect(source['f.txt']).toBe('by source');
      expect(source[`f.${mark}-2.txt`]).toBe('by destination');
    });
  }

  test('is the one that is there already with the very content', async () => {
    await scenario({
      mode: 'two-way',
      ...story,
      destination: { ...story.destination, [`f.${mark}.txt`]: 'by destination' },
      mirror: notMirrored,
      expect: { both: { 'f.txt': 'by source', [`f.${mark}.txt`]: 'by destination' }, conflicts },
    });
  });

  const names: Tree = {
    plain: `plain.${mark}`,
    'archive.tar.gz': `archive.tar.${mark}.gz`,
    '.hidden': `.hidden.${mark}`,
    'dot.': `dot.${mark}.`,
    [`${'x'.repeat(250)}.txt`]: `${'x'.repeat(255 - mark.length - 5)}.${mark}.txt`,
    [`${'é'.repeat(127)}`]: `${'é'.repeat(Math.floor((254 - mark.length) / 2))}.${mark}`,
  };
  for (const [name, copy] of Object.entries(names)) {
    test(`of ${name.slice(0, 20)} is ${copy.slice(0, 60)}`, async () => {
      const { source } = await scenario({
        mode: 'two-way',
        base: {},
        source: { [name]: 'by source' },
        destination: { [name]: 'by destination' },
        mirror: notMirrored,
        expect: { conflicts: [`${name} both-created keep-both`] },
      });
      expect(
        Object.keys(source)
          .filter((path) => path !== 'anchor')
          .sort(),
      ).toEqual([name, copy].sort());
    });
  }
});

describe('a conflict that is repeated after a kill between its operations', () => {
  const places = {
    'two disks': {},
    'sides without a hash': { source: { requestedHashes: [] }, destination: { requestedHashes: [] } },
    'sides without a hash in common': {
      source: { requestedHashes: ['sha1'] },
      destination: { requestedHashes: [], listedHashes: ['md5'] },
    },
  } as const;
  // Where nothing but reading could tell that the path itself was finished, that is the last moment that can be told.
  const untold = {
    source: { modifiedAt: 'never', requestedHashes: [], listedHashes: ['md5'] },
    destination: { requestedHashes: [], timePrecision: 1000 },
  } as const;
  const cases = [
    ...Object.entries(places).map(([where, clients]) => ({ where, clients, moments: Number.POSITIVE_INFINITY })),
    { where: 'a store that sets its own times and a side without a hash', clients: untold, moments: 2 },
  ];
  for (const { where, clients, moments } of cases) {
    test(`${where}: ends as if nothing had happened, with one copy`, async () => {
      const promise: Scenario = { mode: 'two-way', ...story, clients, expect: {} };
      const undisturbed = await prepared(promise);
      const counting = new Mortality(Number.POSITIVE_INFINITY, () => undefined);
      await undisturbed.engine({}, { source: counting.client, destination: counting.client }).sync();
      for (let moment = 0; moment <= Math.min(counting.effects, moments); moment += 1) {
        const pair = await prepared(promise);
        let survivor = pair.store;
        const mortality = new Mortality(moment, () => {
          survivor = pair.store.clone();
        });
        const state = new SyncStateManager({ store: mortality.store(pair.store), clock: pair.clock });
        const wraps = { source: mortality.client, destination: mortality.client };
        await pair
          .engine({ state }, wraps)
          .sync()
          .catch(() => undefined);
        pair.store = survivor;
        pair.clock.advance();
        expect((await pair.engine().sync()).status).toBe('clean');
        expect([treeOf(pair.source), treeOf(pair.destination)], `killed before effect ${moment}`).toEqual([
          treeOf(undisturbed.source),
          treeOf(undisturbed.destination),
        ]);
        pair.clock.advance();
        requireSettled(await pair.engine().plan());
      }
    });
  }
});
