import { describe, expect, test } from 'vitest';
import { LocalStorageClient, type RailCode, type RunOptions, type SyncEngineOptions } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair, type PairOptions } from '../support/pair.ts';
import { census } from '../support/promises.ts';
import { prepared } from '../support/scenario.ts';
import { type Changes, make, type Tree, treeOf } from '../support/tree.ts';

const base = { a: 'a', 'd/b': 'b' };

const modesThatFill = {
  source: ['destination-to-source', 'destination-backup'],
  destination: ['source-to-destination', 'source-backup'],
};

async function inSync(tree: Tree = base, clients: PairOptions = {}): Promise<Pair> {
  return await prepared({ mode: 'two-way', base: tree, clients, expect: {} });
}

/** The run is stopped with this code and changed nothing, neither sides nor base. */
async function stops(
  pair: Pair,
  code: string,
  options: Partial<SyncEngineOptions> = {},
  run: RunOptions = {},
): Promise<void> {
  const look = async () => [await census(pair.source), await census(pair.destination), await pair.known()];
  const before = await look();
  await expect(pair.engine(options).sync(run)).rejects.toMatchObject({ code });
  expect(await look()).toEqual(before);
}

function change(pair: Pair, changes: { readonly source?: Changes; readonly destination?: Changes }): void {
  make(pair.source, changes.source ?? {});
  make(pair.destination, changes.destination ?? {});
  pair.clock.advance();
}

describe('roots', () => {
  test('first run: a missing source is an error', async () => {
    const pair = new Pair();
    pair.source.delete('');
    await stops(pair, 'root-missing');
  });

  test('first run: a missing destination is made', async () => {
    const pair = new Pair();
    make(pair.source, base);
    pair.destination.delete('');
    expect((await pair.engine().sync()).status).toBe('clean');
    expect(treeOf(pair.destination)).toEqual(treeOf(pair.source));
  });

  test('first run: where the destination leads, it is the one that must be there', async () => {
    const pair = new Pair();
    make(pair.destination, base);
    pair.source.delete('');
    expect((await pair.engine({ mode: 'destination-to-source' }).sync()).status).toBe('clean');
    expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
    const other = new Pair();
    other.destination.delete('');
    await stops(other, 'root-missing', { mode: 'destination-to-source' });
  });

  for (const side of ['source', 'destination'] as const) {
    for (const mode of ['two-way', 'source-to-destination', 'source-backup', 'destination-to-source']) {
      test(`${mode}: a ${side} that was in sync and is missing stops the run`, async () => {
        const pair = await inSync();
        pair[side].delete('');
        await stops(pair, 'rail-root-missing', { mode });
      });
    }

    test(`two-way: a ${side} that was emptied stops the run`, async () => {
      const pair = await inSync();
      change(pair, { [side]: { a: undefined, d: undefined, anchor: undefined } });
      await stops(pair, 'rail-root-emptied');
      await stops(pair, 'rail-deletions', { maximumDeletions: { files: 2 } }, { allow: ['rail-root-emptied'] });
      expect((await pair.engine().sync({ allow: ['rail-root-emptied'] })).counts.deleted).toBe(4);
      expect([treeOf(pair.source), treeOf(pair.destination)]).toEqual([{}, {}]);
    });

    for (const mode of modesThatFill[side]) {
      test(`${mode}: a ${side} that was emptied is not filled anew: its disk may not be mounted`, async () => {
        const pair = await inSync();
        change(pair, { [side]: { a: undefined, d: undefined, anchor: undefined } });
        await stops(pair, 'rail-root-emptied', { mode });
        const { status, counts } = await pair.engine({ mode }).sync({ allow: ['rail-root-emptied'] });
        expect({ status, deleted: counts.deleted }).toEqual({ status: 'clean', deleted: 0 });
        expect(treeOf(pair.source)).toEqual(treeOf(pair.destination));
      });
    }

    test(`a marker file that is missing on the ${side} stops the run`, async () => {
      const pair = await inSync({ ...base, '.mounted': 'yes' });
      change(pair, { [side]: { '.mounted': undefined } });
      await stops(pair, 'rail-marker', { marker: '.mounted' });
      expect((await pair.engine({ marker: '.mounted' }).sync({ allow: ['rail-marker'] })).status).toBe('clean');
    });

    test(`a ${side} that cannot be listed at its root stops the run`, async () => {
      const pair = await inSync();
      const failing = pair.engine(
        {},
        {
          [side]: (client: Pair['source']) =>
            altered(client, {
              list: async function* () {
                yield [];
                throw new Error('the disk is gone');
              },
            }),
        },
      );
      await expect(failing.sync()).rejects.toMatchObject({ code: 'root-unreadable', side });
    });
  }

  test('a lifted root-missing brings back what is missing only together with the other rails', async () => {
    const pair = await inSync();
    pair.destination.delete('');
    const allow: RailCode[] = ['rail-root-missing'];
    await expect(pair.engine().sync({ allow })).rejects.toMatchObject({ code: 'rail-root-emptied' });
    expect((await pair.engine({ mode: 'source-to-destination' }).sync({ allow })).status).toBe('clean');
    expect(treeOf(pair.destination)).toEqual(treeOf(pair.source));
  });

  test('the same place twice, and places inside each other, are refused', () => {
    const pairOf = (source: string, destination: string) => () =>
      new Pair({ source: { id: source }, destination: { id: destination } }).engine();
    expect(pairOf('x:a', 'x:a')).toThrow(expect.objectContaining({ code: 'same-root' }));
    expect(pairOf('x:a', 'x:a/b')).toThrow(expect.objectContaining({ code: 'nested-roots' }));
    expect(pairOf('x:a/b/c', 'x:a')).toThrow(expect.objectContaining({ code: 'nested-roots' }));
    expect(pairOf('x:a', 'x:ab')).not.toThrow();
    const local = (path: string) => new LocalStorageClient(path);
    const engine = () => new Pair().engine({ source: local('/tmp'), destination: local('/tmp/inside') });
    expect(engine).toThrow(expect.objectContaining({ code: 'nested-roots' }));
  });

  test('one folder under two names is refused when the run looks at it', async () => {
    const pair = new Pair();
    make(pair.source, base);
    const named = (id: string) => altered(pair.source, { id: `file://${id}` });
    const engine = pair.engine({ source: named('/one'), destination: named('/two') });
    await expect(engine.sync()).rejects.toMatchObject({ code: 'same-root' });
    expect(treeOf(pair.source)).toEqual({ a: 'a', 'd/': '', 'd/b': 'b' });
  });
});

describe('deletions', () => {
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, `${index}`]));
  const deletions = (count: number): Changes =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, undefined]));

  test('more than half of the known files stop the run; half of them do not', async () => {
    const pair = await inSync(many);
    change(pair, { source: deletions(16) });
    await stops(pair, 'rail-deletions');
    expect((await pair.engine().plan()).stops).toMatchObject([
      { code: 'rail-deletions', details: { deletions: 16, limit: 15 } },
    ]);
    const result = await pair.engine().sync({ allow: ['rail-deletions'] });
    expect(result.counts.deleted).toBe(16);
    const half = await inSync(many);
    change(half, { source: deletions(15) });
    expect((await half.engine().sync()).counts.deleted).toBe(15);
  });

  test('up to ten files are never too many for a share, but may be for a number', async () => {
    const pair = await inSync({ a: 'a', b: 'b', c: 'c' });
    change(pair, { source: { a: undefined, b: undefined, c: undefined } });
    await stops(pair, 'rail-deletions', { maximumDeletions: { files: 2 } });
    expect((await pair.engine({ maximumDeletions: { share: 0.1 } }).sync()).counts.deleted).toBe(3);
  });

  test('a mirror counts extras that it deletes', async () => {
    const pair = await inSync({ a: 'a' });
    change(pair, { destination: many });
    await stops(pair, 'rail-deletions', { mode: 'source-to-destination' });
  });

  test('renames are no deletions', async () => {
    const pair = await inSync(
      Object.fromEntries(Object.entries(many).map(([path, content]) => [`d/${path}`, content])),
    );
    change(pair, { source: (side) => side.rename('d', 'e') });
    expect((await pair.engine({ maximumDeletions: { files: 0 } }).sync()).status).toBe('clean');
    expect(treeOf(pair.destination)).toEqual(treeOf(pair.source));
  });

  for (const maximumDeletions of [{ files: -1 }, { share: 1.5 }, { share: Number.NaN }]) {
    test(`${JSON.stringify(maximumDeletions)} is refused`, () => {
      expect(() => new Pair().engine({ maximumDeletions })).toThrow(
        expect.objectContaining({ code: 'invalid-options' }),
      );
    });
  }
});

describe('space and lock', () => {
  test('a destination without room for what comes stops the run; lifted, it brings what fits', async () => {
    const pair = new Pair({ destination: { capacity: 5 } });
    make(pair.source, { big: 'x'.repeat(9), small: 'y' });
    await stops(pair, 'rail-space');
    const tight = new Pair({ destination: { capacity: 5 } });
    make(tight.source, { big: 'x'.repeat(9), small: 'y' });
    const result = await tight.engine().sync({ allow: ['rail-space'] });
    expect(result.problems.map(({ path, code }) => `${path} ${code}`)).toEqual(['big no-space']);
    expect(treeOf(tight.destination)).toEqual({ small: 'y' });
  });

  test('a second run of the pair is kept out while one is going', async () => {
    const pair = await inSync();
    change(pair, { source: { new: 'n' } });
    let second: Promise<unknown> = Promise.resolve();
    const engine = pair.engine();
    await engine.sync({
      onProgress: ({ type }) => {
        if (type === 'plan') second = expect(pair.engine().sync()).rejects.toMatchObject({ code: 'rail-lock' });
      },
    });
    await second;
    expect((await pair.engine().sync()).status).toBe('clean');
  });
});
