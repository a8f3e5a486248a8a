import { describe, expect, test } from 'vitest';
import type { StorageClient } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { prepared, scenario } from '../support/scenario.ts';
import { engineOf, type Scenario } from '../support/story.ts';
import { keptIn } from '../support/tree.ts';

describe('the trash', () => {
  test('holds what gave way below a path that gave way as a file in the same run', async () => {
    // The file d goes to the trash, the folder takes its place, and a file that comes into it by a rename is edited.
    const { pair } = await scenario({
      mode: 'destination-to-source',
      base: { d: 'file', 'moved/a': 'a', 'moved/b': 'b', 'moved/c': 'c' },
      source: { 'moved/a': 'drift' },
      destination: (side) => {
        side.delete('d');
        side.putDirectory('d');
        side.rename('moved', 'd/moved');
      },
      expect: { both: { 'd/moved/a': 'a', 'd/moved/b': 'b', 'd/moved/c': 'c' } },
    });
    const kept = [...pair.source.snapshot({ reserved: true })].filter(([path]) =>
      path.startsWith('.syncengine/trash/'),
    );
    expect(kept.map(([, content]) => content)).toEqual(expect.arrayContaining(['file', 'drift']));
  });

  for (const target of ['/etc/passwd', 'elsewhere']) {
    test(`holds what gave way below a path at which a link to ${target} gave way in the same run`, async () => {
      const { pair } = await scenario({
        mode: 'two-way',
        options: { symlinks: 'preserve' },
        base: { b: `-> ${target}`, 'd/a': 'a' },
        source: (side) => {
          side.rename('b', 't');
          side.rename('d', 'b');
          side.rename('t', 'd');
          side.put('b/a', 'edited');
        },
        expect: { both: { 'b/a': 'edited', d: `-> ${target}` } },
      });
      const kept = [...pair.destination.snapshot({ reserved: true })].filter(([path]) =>
        path.startsWith('.syncengine/trash/'),
      );
      expect(kept.map(([, content]) => content)).toContain('a');
    });
  }

  const base = { edited: '1', gone: 'g', 'd/f': 'f' };
  const changes = { edited: '2', gone: undefined, d: undefined };
  const gaveWay = { edited: '1', gone: 'g', 'd/f': 'f' };

  test('holds what was overwritten and deleted, under the path that it had', async () => {
    await scenario({
      mode: 'two-way',
      base,
      source: changes,
      expect: { both: { edited: '2' }, trash: { destination: gaveWay }, versions: {} },
    });
  });

  test('can be switched off', async () => {
    await scenario({
      mode: 'two-way',
      base,
      source: changes,
      options: { trash: false },
      expect: { both: { edited: '2' }, trash: {}, versions: {} },
    });
  });

  test('is the store’s own where it has one', async () => {
    const { pair } = await scenario({
      mode: 'two-way',
      clients: { destination: { trash: 'native' } },
      base,
      source: changes,
      expect: { both: { edited: '2' }, trash: {} },
    });
    expect(Object.fromEntries(pair.destination.trashed().map(({ path, text }) => [path, text]))).toEqual(gaveWay);
  });

  for (const [mode, kept, standing] of [
    ['two-way', ['edited 1', 'f file', 'gone g'], ['edited 2', 'f/inside i', 'x/y y']],
    ['source-to-destination', ['edited 1', 'f file', 'gone g'], ['edited 2', 'f/inside i', 'x/y y']],
    ['source-backup', ['edited 1'], ['edited 2', 'gone g', 'x/y y']],
  ] as const) {
    test(`${mode}: a store that keeps things by itself is just written to, and nothing is kept twice`, async () => {
      const clients = {
        destination: { trash: 'native', directories: 'implied', permissions: false, move: false },
      } as const;
      const pair = await prepared({
        mode,
        clients,
        base: { edited: '1', gone: 'g', 'x/y': 'y', ...(mode === 'source-backup' ? {} : { f: 'file' }) },
        source: {
          edited: '2',
          gone: undefined,
          ...(mode === 'source-backup' ? {} : { f: undefined, 'f/inside': 'i' }),
        },
        expect: {},
      });
      const result = await pair.engine({ mode }).sync();
      expect(result.status).toBe('clean');
      expect(result.notices).toEqual([]);
      expect(
        pair.destination
          .trashed()
          .map(({ path, text }) => `${path} ${text}`)
          .sort(),
      ).toEqual(kept);
      const left = [...pair.destination.snapshot({ reserved: true })].filter(([path]) => !path.endsWith('/'));
      expect(left.map(([path, text]) => `${path} ${text}`)).toEqual(['anchor anchor', ...standing]);
      expect((await pair.engine({ mode }).plan()).operations).toEqual([]);
    });
  }

  test('is not there where a rename is not cheap', async () => {
    await scenario({
      mode: 'two-way',
      clients: { destination: { trash: 'none' } },
      base,
      source: changes,
      expect: { both: { edited: '2' }, trash: {} },
    });
  });

  const stores = {
    'a disk': {},
    'a store where a rename is not cheap': { trash: 'none' },
    'a store that can neither rename nor copy': { trash: 'none', move: false, copy: false },
  } as const;
  for (const [store, destination] of Object.entries(stores)) {
    for (const trash of [undefined, false] as const) {
      test(`source-backup, ${store}, trash ${trash === false ? 'off' : 'on'}: what is overwritten is kept as a version`, async () => {
        await scenario({
          mode: 'source-backup',
          clients: { destination },
          ...(trash === undefined ? {} : { options: { trash } }),
          base,
          source: changes,
          expect: {
            source: { edited: '2' },
            destination: { ...base, edited: '2' },
            trash: {},
            versions: { destination: { edited: '1' } },
          },
        });
      });
    }
  }

  const day = 24 * 60 * 60 * 1000;
  for (const [keepDays, after, isKept] of [
    [undefined, 29, true],
    [undefined, 31, false],
    [2, 1, true],
    [2, 3, false],
    [0, 0, true],
  ] as const) {
    test(`keeps content ${keepDays ?? 30} days: after ${after} it is ${isKept ? 'there' : 'gone'}`, async () => {
      const trash = keepDays === undefined ? {} : { keepDays };
      const pair = await prepared({ mode: 'two-way', base, source: changes, expect: {} });
      await pair.engine({ trash: {} }).sync();
      pair.destination.put('.syncengine/trash/mine/keep', 'not ours');
      pair.clock.advance(after * day);
      if (after > 0) await pair.engine({ trash }).sync();
      expect(Object.values(keptIn(pair.destination, 'trash')).sort()).toEqual(
        isKept ? [...Object.values(gaveWay), 'not ours'].sort() : ['not ours'],
      );
    });
  }

  test('versions of a backup are never emptied', async () => {
    const promise: Scenario = { mode: 'source-backup', base, source: changes, expect: {} };
    const pair = await prepared(promise);
    await engineOf(pair, promise).sync();
    pair.clock.advance(1000 * day);
    await engineOf(pair, promise).sync();
    expect(keptIn(pair.destination, 'versions')).toEqual({ edited: '1' });
  });

  // The copy takes time, the tick of the clock may be the same still, and sizes are what they are.
  for (const timePrecision of [0.001, 2000]) {
    for (const [what, destination, trash] of [
      ['deleted', undefined, 'folder'],
      ['overwritten', 'A', 'none'],
    ] as const) {
      test(`a place that cannot rename, with times of ${timePrecision} ms: an edit while what is ${what} is copied away stays`, async () => {
        const clients = { destination: { move: false, trash, versions: 'size-and-time', timePrecision } } as const;
        const mode = trash === 'none' ? 'source-backup' : 'source-to-destination';
        const pair = await prepared({ mode, clients, base: { a: 'a' }, source: { a: destination }, expect: {} });
        pair.clock.advance();
        pair.destination.put('a', '1');
        let isEdited = false;
        const destinationOf = (client: typeof pair.destination): StorageClient =>
          altered(client, {
            copy: async (...parameters) => {
              const copied = await client.copy?.(...parameters);
              if (copied === undefined) throw new TypeError('This place copies.');
              client.put('a', '2');
              isEdited = true;
              return copied;
            },
          });
        const result = await pair.engine({ mode }, { destination: destinationOf }).sync();
        expect(isEdited).toBe(true);
        expect(pair.destination.text('a')).toBe('2');
        expect(result.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['a precondition-failed']);
        const kept = { ...keptIn(pair.destination, 'trash'), ...keptIn(pair.destination, 'versions') };
        expect(Object.values(kept)).toEqual(['1']);
      });
    }
  }
});
