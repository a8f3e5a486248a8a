import { describe, expect, test } from 'vitest';
import { SyncEngineError, type VersionRule } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';

const day = 24 * 60 * 60 * 1000;
const mode = 'source-to-destination';

/** A backup of one file that changes once a day. */
async function edited(pair: Pair, versions: VersionRule, days: number): Promise<void> {
  for (let edit = 1; edit <= days; edit += 1) {
    make(pair.source, { 'docs/a.txt': `text of day ${edit}`, 'same.txt': 'same' });
    await pair.engine({ mode, versions: { destination: versions } }).sync();
    pair.clock.advance(day);
  }
}

function kept(pair: Pair): string[] {
  return [...pair.destination.snapshot({ reserved: true })]
    .filter(([path]) => path.startsWith('.syncengine/versions/') && !path.endsWith('/'))
    .map(([, text]) => text);
}

describe('versions of a side', () => {
  test('keep what is overwritten and what is deleted, instead of the trash', async () => {
    const pair = new Pair();
    await edited(pair, {}, 3);
    make(pair.source, { 'docs/a.txt': undefined });
    await pair.engine({ mode, versions: { destination: {} } }).sync();
    expect(kept(pair)).toEqual(['text of day 1', 'text of day 2', 'text of day 3']);
    expect([...pair.destination.snapshot({ reserved: true }).keys()].some((path) => path.includes('trash'))).toBe(
      false,
    );
    expect(treeOf(pair.destination)).toEqual({ 'docs/': '', 'same.txt': 'same' });
  });

  for (const [rule, left] of [
    [{}, 9],
    [{ count: 2 }, 2],
    [{ days: 3.5 }, 4],
    [{ daily: 5 }, 5],
    [{ weekly: 2 }, 2],
    [{ count: 1, daily: 3 }, 3],
  ] as const) {
    test(`${JSON.stringify(rule)} leaves ${left} of 9 versions after each run`, async () => {
      const pair = new Pair();
      await edited(pair, rule, 10);
      expect(kept(pair)).toHaveLength(left);
      expect(kept(pair).at(-1)).toBe('text of day 9');
      expect(pair.destination.text('docs/a.txt')).toBe('text of day 10');
    });
  }

  test('are pruned by a run that has nothing else to do', async () => {
    const pair = new Pair();
    await edited(pair, { days: 30 }, 3);
    pair.clock.advance(40 * day);
    const result = await pair.engine({ mode, versions: { destination: { days: 30 } } }).sync();
    expect(result).toMatchObject({ status: 'clean', operations: [], notices: [] });
    expect(kept(pair)).toEqual([]);
    // Nor do their folders; of the history there is left where it ends.
    const left = [...pair.destination.snapshot({ reserved: true }).keys()].filter((path) => /\d{8}T/.test(path));
    expect(left).toEqual([expect.stringMatching(/^\.syncengine\/history\/[^/]*\.jsonl$/)]);
  });

  test('nothing but them is pruned: what others put beside them stays', async () => {
    const pair = new Pair();
    await edited(pair, { count: 1 }, 4);
    const foreign = [
      '.syncengine/versions/mine/a',
      '.syncengine/versions/20260101T000000Z-abcd',
      '.syncengine/versions/20260101T000000Z-ABCD/a',
      '.syncengine/versions/20269901T000000Z-abcd/a',
      '.syncengine/history/notes.txt',
      '.syncengine/other',
      'versions/20200101T000000Z-abcd/docs/a.txt',
    ];
    for (const path of foreign) pair.destination.put(path, 'not ours');
    pair.clock.advance(400 * day);
    make(pair.source, { 'versions/20200101T000000Z-abcd/docs/a.txt': 'not ours' });
    const result = await pair.engine({ mode, versions: { destination: { days: 1 } } }).sync();
    expect(result.notices).toEqual([]);
    expect(kept(pair).filter((text) => text !== 'not ours')).toEqual([]);
    for (const path of foreign) expect(pair.destination.text(path), path).toBe('not ours');
  });

  test('that cannot be pruned are told, and the run is as clean as it was', async () => {
    const pair = new Pair();
    await edited(pair, {}, 3);
    const engine = pair.engine(
      { mode, versions: { destination: { count: 1 } } },
      {
        destination: (client) =>
          altered(client, {
            remove: async (path, options) => {
              if (path.endsWith('docs/a.txt')) throw new SyncEngineError('permission-denied', 'It is not yours.');
              await client.remove(path, options);
            },
          }),
      },
    );
    const result = await engine.sync();
    expect(result.status).toBe('clean');
    expect(result.notices.map(({ message }) => message)).toEqual(['It is not yours.']);
    expect(kept(pair)).toHaveLength(2);
    await pair.engine({ mode, versions: { destination: { count: 1 } } }).sync();
    expect(kept(pair)).toEqual(['text of day 2']);
  });

  test('that cannot be listed are told, and none is removed on a guess', async () => {
    const pair = new Pair();
    await edited(pair, {}, 3);
    const engine = pair.engine(
      { mode, versions: { destination: { count: 1 } } },
      {
        destination: (client) =>
          altered(client, {
            list: async function* (path, options) {
              if (path === '.syncengine/versions') throw new SyncEngineError('unreadable', 'It cannot be read.');
              yield* client.list(path, options);
            },
          }),
      },
    );
    const result = await engine.sync();
    expect(result.status).toBe('clean');
    expect(result.notices.map(({ message }) => message)).toEqual(['It cannot be read.']);
    expect(kept(pair)).toHaveLength(2);
  });

  for (const [store, options] of Object.entries({
    'a store where a rename is not cheap': { trash: 'none' },
    'a plain object store': { trash: 'none', move: false, directories: 'implied', permissions: false },
    'a store that can neither rename nor copy': { trash: 'none', move: false, copy: false },
  } as const)) {
    test(`${store} keeps them too, by copies`, async () => {
      const pair = new Pair({ destination: options });
      await edited(pair, { count: 2 }, 5);
      make(pair.source, { 'docs/a.txt': undefined });
      const result = await pair.engine({ mode, versions: { destination: { count: 2 } } }).sync();
      expect(result).toMatchObject({ status: 'clean', notices: [] });
      expect(kept(pair)).toEqual(['text of day 4', 'text of day 5']);
    });
  }

  test('a store that keeps them by itself is left to its own rules', async () => {
    const pair = new Pair({ destination: { trash: 'native' } });
    await edited(pair, { count: 1 }, 4);
    expect(pair.destination.trashed().map(({ text }) => text)).toEqual([
      'text of day 1',
      'text of day 2',
      'text of day 3',
    ]);
    expect(
      [...pair.destination.snapshot({ reserved: true }).keys()].filter((path) => path.startsWith('.sync')),
    ).toEqual([]);
  });

  test('a rule without sense is refused before anything starts', () => {
    const pair = new Pair();
    for (const versions of [{ days: -1 }, { count: 0 }, { destination: { hourly: 1.5 } }]) {
      expect(() => pair.engine({ versions })).toThrow(SyncEngineError);
    }
  });
});
