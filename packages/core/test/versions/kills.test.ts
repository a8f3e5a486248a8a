import { describe, expect, test } from 'vitest';
import { type MemoryStorageClient, type StorageClient, type VersionRule, VersionStore } from '../../src/index.ts';
import { Mishap, Mortality } from '../support/mortality.ts';
import { Pair } from '../support/pair.ts';
import { make, treeOf } from '../support/tree.ts';

const hour = 60 * 60 * 1000;
const mode = 'source-to-destination';

const stores = {
  'a disk': {},
  'a plain object store': { trash: 'none', move: false, directories: 'implied', permissions: false },
  'a store that keeps versions by itself': { trash: 'native' },
} as const;

/** A backup with a history of edits, deletions, renames and changed types. */
async function backup(destination: (typeof stores)[keyof typeof stores]): Promise<{ pair: Pair; at: number }> {
  const pair = new Pair({ destination });
  const run = async (): Promise<void> => {
    await pair.engine({ mode, versions: { destination: {} } }).sync();
    pair.clock.advance(hour);
  };
  make(pair.source, { 'docs/a': 'a1', 'docs/b': 'b1', p: 'p', q: 'q', 'type/x': 'x', same: 'same' });
  await run();
  make(pair.source, { 'docs/a': 'a2' });
  await run();
  const at = pair.clock.now() - hour / 2;
  make(pair.source, { 'docs/a': 'a3', 'docs/b': undefined, new: 'new', type: undefined });
  make(pair.source, { type: 'file' });
  pair.source.rename('p', 'tmp');
  pair.source.rename('q', 'p');
  pair.source.rename('tmp', 'q');
  await run();
  make(pair.source, { 'docs/a': 'a4' });
  await run();
  return { pair, at };
}

/** Every content of a side, wherever it lies. */
function contents(side: MemoryStorageClient): Set<string> {
  const lying = [...side.snapshot({ reserved: true })].filter(
    ([path]) => !path.endsWith('/') && !path.includes('/history/'),
  );
  return new Set([...lying.map(([, text]) => text), ...side.trashed().map(({ text }) => text)]);
}

const isFile = ([path]: readonly [string, string]): boolean => !path.endsWith('/');

function filesOf(side: MemoryStorageClient): Record<string, string> {
  return Object.fromEntries(Object.entries(treeOf(side)).filter(isFile));
}

const asItWas = { 'docs/a': 'a2', 'docs/b': 'b1', p: 'p', q: 'q', 'type/x': 'x', same: 'same' };

describe.for(Object.entries(stores))('a restoration on %s', ([, destination]) => {
  test('that dies between any two effects has lost nothing, and done again it ends as if nothing had happened', async () => {
    for (let diesBefore = 0; ; diesBefore += 1) {
      const { pair, at } = await backup(destination);
      const before = contents(pair.destination);
      const standing = filesOf(pair.destination);
      const mortality = new Mortality(diesBefore, () => undefined);
      const store = new VersionStore(mortality.client(pair.destination), { clock: pair.clock });
      await store.restore({ at, exact: true }).catch(() => undefined);
      const left = contents(pair.destination);
      for (const content of before) expect(left, `${content}, dead before effect ${diesBefore}`).toContain(content);
      // Each path holds what it held, what it gets, or nothing.
      for (const [path, text] of Object.entries(filesOf(pair.destination))) {
        const may = [Reflect.get(standing, path), Reflect.get(asItWas, path)];
        expect(may, `${path}, dead before effect ${diesBefore}`).toContain(text);
      }
      pair.clock.advance(hour);
      const again = await new VersionStore(pair.destination, { clock: pair.clock }).restore({ at, exact: true });
      expect(again.problems, `dead before effect ${diesBefore}`).toEqual([]);
      expect(filesOf(pair.destination), `dead before effect ${diesBefore}`).toEqual(asItWas);
      for (const content of before) expect(contents(pair.destination)).toContain(content);
      if (!mortality.isDead) return;
    }
  });

  test('of which any single effect fails has lost nothing, tells what failed, and can be done again', async () => {
    for (let fails = 0; ; fails += 1) {
      const { pair, at } = await backup(destination);
      const before = contents(pair.destination);
      const mishap = new Mishap(fails);
      const store = new VersionStore(mishap.client(pair.destination), { clock: pair.clock });
      const result = await store.restore({ at, exact: true }).catch((error: unknown) => error);
      const isOver = mishap.effects <= fails;
      const told = result instanceof Error || Reflect.get(Object(result), 'status') === 'problems';
      expect(told, `effect ${fails}`).toBe(!isOver);
      for (const content of before) expect(contents(pair.destination), `effect ${fails}`).toContain(content);
      pair.clock.advance(hour);
      await new VersionStore(pair.destination, { clock: pair.clock }).restore({ at, exact: true });
      expect(filesOf(pair.destination), `effect ${fails}`).toEqual(asItWas);
      if (isOver) return;
    }
  });
});

describe('pruning', () => {
  const versions: VersionRule = { count: 1 };

  async function edited(): Promise<Pair> {
    const pair = new Pair();
    for (let edit = 0; edit < 5; edit += 1) {
      make(pair.source, { 'docs/a': `a${edit}`, 'docs/deep/b': `b${edit}`, same: 'same' });
      await pair.engine({ mode, versions: { destination: {} } }).sync();
      pair.clock.advance(hour);
    }
    return pair;
  }

  const kept = (pair: Pair): string[] =>
    [...pair.destination.snapshot({ reserved: true })]
      .filter(([path]) => path.startsWith('.syncengine/versions/') && !path.endsWith('/'))
      .map(([, text]) => text)
      .sort();

  for (const [how, Trouble] of [
    ['dies', (n: number) => new Mortality(n, () => undefined)],
    ['fails', (n: number) => new Mishap(n)],
  ] as const) {
    test(`that ${how} at any effect keeps what the rule wants and what stands there; the next run goes on`, async () => {
      for (let effect = 0; ; effect += 1) {
        const pair = await edited();
        const trouble = Trouble(effect);
        const wrap = (client: MemoryStorageClient): StorageClient => trouble.client(client);
        await pair
          .engine({ mode, versions: { destination: versions } }, { destination: wrap })
          .sync()
          .catch(() => undefined);
        pair.killProcess();
        expect(kept(pair), `effect ${effect}`).toEqual(expect.arrayContaining(['a3', 'b3']));
        expect(filesOf(pair.destination)).toEqual({ 'docs/a': 'a4', 'docs/deep/b': 'b4', same: 'same' });
        const result = await pair.engine({ mode, versions: { destination: versions } }).sync();
        expect(result).toMatchObject({ status: 'clean', notices: [] });
        expect(kept(pair), `effect ${effect}`).toEqual(['a3', 'b3']);
        if (trouble.effects <= effect) return;
      }
    });
  }
});

test('a run that dies between any two effects leaves a history by which the past is told all the same', async () => {
  for (let diesBefore = 0; ; diesBefore += 1) {
    const pair = new Pair();
    make(pair.source, { a: 'a1', b: 'b', 'old/x': 'x', 'old/y': 'y', gone: 'gone' });
    await pair.engine({ mode, versions: { destination: {} } }).sync();
    pair.clock.advance(hour);
    const at = pair.clock.now();
    pair.clock.advance(hour);
    make(pair.source, { a: 'a2', gone: undefined, new: 'new' });
    pair.source.rename('old', 'newer');
    pair.clock.advance(hour);
    const mortality = new Mortality(diesBefore, () => undefined);
    const engine = pair.engine({ mode, versions: { destination: {} } }, { destination: mortality.client });
    await engine.sync().catch(() => undefined);
    pair.killProcess();
    for (const goesOn of [false, true]) {
      pair.clock.advance(hour);
      if (goesOn) await pair.engine({ mode, versions: { destination: {} } }).sync();
      const to = new Pair().source;
      const result = await new VersionStore(pair.destination, { clock: pair.clock }).restore({ at, to });
      expect(result.problems, `dead before effect ${diesBefore}`).toEqual([]);
      expect(filesOf(to), `dead before effect ${diesBefore}`).toEqual({
        a: 'a1',
        b: 'b',
        gone: 'gone',
        'old/x': 'x',
        'old/y': 'y',
      });
    }
    if (!mortality.isDead) return;
  }
});
