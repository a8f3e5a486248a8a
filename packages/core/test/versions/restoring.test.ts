import { describe, expect, test } from 'vitest';
import { MemoryStorageClient, type RestoreOptions, type RestoreResult, VersionStore } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair, type PairOptions } from '../support/pair.ts';
import { type Changes, make, treeOf } from '../support/tree.ts';

const hour = 60 * 60 * 1000;

/** A backup that is made after each change, an hour apart, and the moment before each run. */
class Backup {
  readonly pair: Pair;
  /** Half an hour before each run, counted from 0. */
  readonly before: number[] = [];

  constructor(options: PairOptions = {}) {
    this.pair = new Pair(options);
  }

  async after(changes: Changes, mode = 'source-to-destination'): Promise<void> {
    const { pair } = this;
    pair.clock.advance(hour / 2);
    this.before.push(pair.clock.now());
    pair.clock.advance(hour / 2);
    make(pair.source, changes);
    const result = await pair.engine({ mode, versions: { destination: {} } }).sync();
    expect(result).toMatchObject({ status: 'clean', notices: [] });
  }

  async restore(options: RestoreOptions = {}): Promise<RestoreResult> {
    const { destination, clock } = this.pair;
    clock.advance(hour);
    return await new VersionStore(destination, { clock }).restore(options);
  }

  get store(): VersionStore {
    return new VersionStore(this.pair.destination, { clock: this.pair.clock });
  }

  get tree(): Record<string, string> {
    return { ...treeOf(this.pair.destination) };
  }

  kept(): string[] {
    return [...this.pair.destination.snapshot({ reserved: true })]
      .filter(([path]) => path.startsWith('.syncengine/') && !path.includes('/history/') && !path.endsWith('/'))
      .map(([, text]) => text)
      .sort();
  }
}

async function edits(options: PairOptions = {}): Promise<Backup> {
  const backup = new Backup(options);
  await backup.after({ 'docs/a.txt': 'one', 'docs/b.txt': 'b', 'keep.txt': 'k' });
  await backup.after({ 'docs/a.txt': 'two' });
  await backup.after({ 'docs/a.txt': 'three', 'docs/c.txt': 'c' });
  await backup.after({ 'docs/a.txt': undefined, 'docs/b.txt': undefined });
  return backup;
}

const stores = {
  'a disk': {},
  'a disk that ignores case': { caseSensitive: false },
  'a store where a rename is not cheap': { trash: 'none' },
  'a plain object store': { trash: 'none', move: false, directories: 'implied', permissions: false },
  'a store that can neither rename nor copy': { trash: 'none', move: false, copy: false },
  'a store that keeps versions by itself': { trash: 'native' },
} as const;

describe.for(Object.entries(stores))('what %s keeps', ([, destination]) => {
  test('is listed, newest first', async () => {
    const backup = await edits({ destination });
    const { versions, problems } = await backup.store.list({ paths: ['docs'] });
    expect(problems).toEqual([]);
    const told = versions.map(({ path, size }) => `${path} ${size}`);
    expect(told.slice(0, 2).sort()).toEqual(['docs/a.txt 5', 'docs/b.txt 1']);
    expect(told.slice(2)).toEqual(['docs/a.txt 3', 'docs/a.txt 3']);
    const times = versions.map(({ gaveWayAt }) => gaveWayAt);
    expect(times).toEqual([...times].sort((left, right) => right - left));
    const some = await backup.store.list({ matches: (path) => path.endsWith('b.txt') });
    expect(some.versions.map(({ path }) => path)).toEqual(['docs/b.txt']);
  });

  test('comes back: what was deleted, as it was last', async () => {
    const backup = await edits({ destination });
    const result = await backup.restore({ paths: ['docs'] });
    expect(result).toMatchObject({ status: 'clean', problems: [], bytes: 6 });
    expect(backup.tree).toMatchObject({ 'docs/a.txt': 'three', 'docs/b.txt': 'b', 'docs/c.txt': 'c', 'keep.txt': 'k' });
  });

  test('comes back as it was at any moment: what was created since stays, unless it shall be exact', async () => {
    for (const exact of [false, true]) {
      for (const [run, tree] of [
        {},
        { 'docs/a.txt': 'one', 'docs/b.txt': 'b', 'keep.txt': 'k' },
        { 'docs/a.txt': 'two', 'docs/b.txt': 'b', 'keep.txt': 'k' },
        { 'docs/a.txt': 'three', 'docs/b.txt': 'b', 'docs/c.txt': 'c', 'keep.txt': 'k' },
      ].entries()) {
        const backup = await edits({ destination });
        const at = backup.before[run];
        const result = await backup.restore({ at, exact });
        expect(result).toMatchObject({ status: 'clean', problems: [] });
        const files = Object.fromEntries(Object.entries(backup.tree).filter(([path]) => !path.endsWith('/')));
        expect(files, `before run ${run}`).toEqual(exact ? tree : { 'docs/c.txt': 'c', 'keep.txt': 'k', ...tree });
        // Doing it again has nothing to do.
        expect((await backup.restore({ at, exact })).done).toEqual([]);
      }
    }
  });

  test('is kept all the same when it has come back, and so is what gave way to it', async () => {
    const backup = await edits({ destination });
    const at = backup.before[2];
    await backup.after({ 'docs/a.txt': 'four' });
    await backup.restore({ paths: ['docs/a.txt'], at });
    expect(backup.tree['docs/a.txt']).toBe('two');
    const { versions } = await backup.store.list({ paths: ['docs/a.txt'] });
    const store = backup.store;
    expect(versions.map(({ size }) => size).sort()).toEqual([3, 3, 4, 5]);
    // So it can be taken back as well.
    await store.restore({ paths: ['docs/a.txt'] });
    expect(backup.tree['docs/a.txt']).toBe('four');
  });

  test('comes to another place, under the same path', async () => {
    const backup = await edits({ destination });
    const to = new MemoryStorageClient({ id: 'memory:elsewhere', clock: backup.pair.clock });
    to.put('docs/a.txt', 'in the way');
    const before = backup.tree;
    const result = await backup.restore({ paths: ['docs'], at: backup.before[1], to });
    expect(result).toMatchObject({ status: 'clean', problems: [] });
    expect(treeOf(to)).toEqual({ 'docs/': '', 'docs/a.txt': 'one', 'docs/b.txt': 'b' });
    expect([...to.snapshot({ reserved: true }).values()]).toContain('in the way');
    expect(backup.tree).toEqual(before);
  });

  test('comes to a place that is made for it', async () => {
    const backup = await edits({ destination });
    const to = new MemoryStorageClient({ id: 'memory:elsewhere', clock: backup.pair.clock });
    to.delete('');
    expect(await backup.restore({ paths: ['docs/a.txt'], to })).toMatchObject({ status: 'clean' });
    expect(to.text('docs/a.txt')).toBe('three');
  });

  test('is planned without any effect', async () => {
    const backup = await edits({ destination });
    const everything = [...backup.pair.destination.snapshot({ reserved: true })];
    const plan = await backup.store.plan({ at: backup.before[1], exact: true });
    expect(plan.steps.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual([
      'bring docs/a.txt',
      'bring docs/b.txt',
      'set-aside docs/c.txt',
    ]);
    expect([...backup.pair.destination.snapshot({ reserved: true })]).toEqual(everything);
  });

  test('of a path of which nothing is kept is told', async () => {
    const backup = await edits({ destination });
    const result = await backup.restore({ paths: ['docs/none.txt'] });
    expect(result.status).toBe('problems');
    expect(result.problems.map(({ message }) => message)).toEqual(['Nothing is kept of "docs/none.txt".']);
  });
});

describe('a moment in the past', () => {
  test('knows renames of files and folders, and what was edited before and after', async () => {
    const backup = new Backup();
    await backup.after({ 'old/a.txt': 'a1', 'old/b.txt': 'b1', 'x.txt': 'x1' });
    await backup.after({ 'old/a.txt': 'a2' });
    await backup.after((side) => {
      side.rename('old', 'new');
      side.rename('x.txt', 'y.txt');
    });
    await backup.after({ 'new/a.txt': 'a3', 'y.txt': 'y2' });
    await backup.after((side) => side.rename('new', 'deep/newer'));
    await backup.after({ 'deep/newer/b.txt': undefined });
    const [, , two, three, four, five] = backup.before;
    const expected = [
      [two, { 'old/a.txt': 'a2', 'old/b.txt': 'b1', 'x.txt': 'x1' }],
      [three, { 'new/a.txt': 'a2', 'new/b.txt': 'b1', 'y.txt': 'x1' }],
      [four, { 'new/a.txt': 'a3', 'new/b.txt': 'b1', 'y.txt': 'y2' }],
      [five, { 'deep/newer/a.txt': 'a3', 'deep/newer/b.txt': 'b1', 'y.txt': 'y2' }],
    ] as const;
    for (const [at, tree] of expected) {
      const to = new MemoryStorageClient({ id: 'memory:elsewhere' });
      await backup.restore({ at, to });
      expect(Object.fromEntries(Object.entries(treeOf(to)).filter(([path]) => !path.endsWith('/')))).toEqual(tree);
    }
    // A file is found under the name that it has now, with what it was under others.
    const { versions } = await backup.store.list({ paths: ['deep/newer/a.txt'] });
    expect(versions.map(({ path }) => path)).toEqual(['new/a.txt', 'old/a.txt']);
    await backup.restore({ at: two, exact: true });
    expect(backup.tree).toEqual({ 'old/': '', 'old/a.txt': 'a2', 'old/b.txt': 'b1', 'x.txt': 'x1' });
  });

  test('knows names that changed places', async () => {
    const backup = new Backup();
    await backup.after({ p: 'p', q: 'q', r: 'r' });
    await backup.after((side) => {
      side.rename('p', 'tmp');
      side.rename('q', 'p');
      side.rename('r', 'q');
      side.rename('tmp', 'r');
    });
    expect(backup.tree).toEqual({ p: 'q', q: 'r', r: 'p' });
    await backup.restore({ at: backup.before[1] });
    expect(backup.tree).toEqual({ p: 'p', q: 'q', r: 'r' });
  });

  test('knows what was a file and what was a folder', async () => {
    const backup = new Backup();
    await backup.after({ 'f-then-d': 'file', 'd-then-f/a': 'a', 'd-then-f/b/c': 'c', 'l-then-f': '-> f-then-d' });
    await backup.after((side) => {
      for (const path of ['f-then-d', 'd-then-f', 'l-then-f']) side.delete(path);
      make(side, { 'f-then-d/x': 'x', 'd-then-f': 'file', 'l-then-f': 'file' });
    });
    await backup.restore({ at: backup.before[1], exact: true });
    expect(backup.tree).toEqual({
      'd-then-f/': '',
      'd-then-f/a': 'a',
      'd-then-f/b/': '',
      'd-then-f/b/c': 'c',
      'f-then-d': 'file',
      'l-then-f': '-> f-then-d',
    });
    expect(backup.kept()).toEqual(expect.arrayContaining(['x', 'file', 'file']));
    await backup.restore({ at: backup.pair.clock.now() - hour / 2 });
    expect(backup.tree).toMatchObject({ 'd-then-f': 'file', 'f-then-d/x': 'x', 'l-then-f': 'file' });
  });

  test('knows empty folders, and folders that were made since', async () => {
    const backup = new Backup();
    await backup.after({ 'empty/': '', 'full/a': 'a' });
    await backup.after({ empty: undefined, full: undefined, 'new/inner/': '' });
    await backup.restore({ at: backup.before[1], exact: true });
    expect(backup.tree).toEqual({ 'empty/': '', 'full/': '', 'full/a': 'a' });
  });

  test('knows a change of case, on a side that ignores it too', async () => {
    for (const caseSensitive of [true, false]) {
      const backup = new Backup({ destination: { caseSensitive } });
      await backup.after({ 'Read.me': 'one', other: 'o' });
      await backup.after((side) => side.rename('Read.me', 'README'));
      await backup.after({ README: 'two' });
      await backup.after((side) => side.rename('README', 'readme'));
      const { versions } = await backup.store.list({ paths: ['readme'] });
      expect(versions.map(({ path }) => path)).toEqual(['README']);
      await backup.restore({ at: backup.before[2], paths: ['README'] });
      expect(Object.values(backup.tree).sort()).toContain('one');
    }
  });

  test('knows the losing content of a conflict, which went beside its path', async () => {
    const backup = new Backup();
    await backup.after({ 'a.txt': 'base', other: 'o' });
    const at = backup.pair.clock.now() + hour / 4;
    make(backup.pair.destination, { 'a.txt': 'by destination' });
    backup.pair.clock.advance();
    await backup.after({ 'a.txt': 'by source' }, 'two-way');
    const copy = Object.keys(backup.tree).find((path) => path.includes('conflict'));
    expect(copy).toBeDefined();
    const to = new MemoryStorageClient({ id: 'memory:elsewhere' });
    await backup.restore({ at, to });
    expect(treeOf(to)).toEqual({ 'a.txt': 'by destination', other: 'o' });
  });

  test('that is kept no longer is told, and nothing else comes in its place', async () => {
    const backup = new Backup();
    await backup.after({ 'a.txt': 'one' });
    await backup.after({ 'a.txt': 'two' });
    await backup.after({ 'a.txt': 'three' });
    const { pair } = backup;
    await pair.engine({ mode: 'std', versions: { destination: { count: 1 } } }).sync();
    const result = await backup.restore({ at: backup.before[1] });
    expect(result.problems).toEqual([
      { path: 'a.txt', code: 'not-found', message: '"a.txt" as it was then is not kept any more.' },
    ]);
    expect(backup.tree).toEqual({ 'a.txt': 'three' });
    await backup.restore({ at: backup.before[2] });
    expect(backup.tree).toEqual({ 'a.txt': 'two' });
  });

  test('is told with what is not known of it, where there is only a trash', async () => {
    const pair = new Pair();
    make(pair.source, { a: '1', b: 'b', anchor: 'x' });
    await pair.engine().sync();
    pair.clock.advance(hour);
    const at = pair.clock.now();
    pair.clock.advance(hour);
    make(pair.source, { a: '2', b: undefined, c: 'new' });
    await pair.engine().sync();
    const result = await new VersionStore(pair.destination).restore({ at });
    expect(result.notices).toEqual([
      'This side keeps no history of its names: what was created or renamed since is told as it is now.',
    ]);
    expect(treeOf(pair.destination)).toEqual({ a: '1', anchor: 'x', b: 'b', c: 'new' });
  });
});

test('two that gave way at one path in one run keep their names', async () => {
  const { destination, clock } = new Pair();
  destination.put('.syncengine/trash/20260101T000000Z-abcd/a', 'first');
  destination.put('.syncengine/trash/20260101T000000Z-abcd~2/a', 'second');
  destination.put('.syncengine/trash/20260101T000000Z-abcd/a~2', 'another file');
  const store = new VersionStore(destination, { clock });
  const { versions } = await store.list();
  expect(versions.map(({ path }) => path).sort()).toEqual(['a', 'a', 'a~2']);
  await store.restore({ at: Date.parse('2025-12-31T00:00:00Z') });
  expect(treeOf(destination)).toEqual({ a: 'first', 'a~2': 'another file' });
});

test('a store that keeps things by itself without telling of them is not taken for one that keeps nothing', async () => {
  const { destination, clock } = new Pair({ destination: { trash: 'native' } });
  const silent = altered(destination, {});
  for (const name of ['versions', 'readVersion', 'restoreVersion']) Reflect.deleteProperty(destination, name);
  const { problems } = await new VersionStore(silent, { clock }).list();
  expect(problems.map(({ code }) => code)).toEqual(['unsupported']);
});

test('a damaged history is told, and what is kept comes back without it', async () => {
  const backup = await edits();
  for (const [path] of backup.pair.destination.snapshot({ reserved: true })) {
    if (path.includes('/history/') && path.endsWith('.jsonl')) backup.pair.destination.put(path, 'torn');
  }
  const result = await backup.restore({ at: backup.before[2] });
  expect(result.problems.length).toBeGreaterThan(0);
  expect(result.problems.every(({ code }) => code === 'unreadable')).toBe(true);
  expect(backup.tree).toMatchObject({ 'docs/a.txt': 'two', 'docs/b.txt': 'b' });
});
