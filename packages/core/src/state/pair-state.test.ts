import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BaseChange, type BaseRecord, type BaseSide, baseOrderKey } from '../compare/index.ts';
import { type CaseFolding, compareUtf8 } from '../paths/index.ts';
import { MemoryStateStore, type PairState, type StateStore, SyncStateManager } from './index.ts';

const pair = { source: 'local:/a', destination: 's3:bucket/b' };
type Model = ReadonlyMap<string, BaseRecord>;

function record(path: string, version = 'v1', kind: BaseRecord['kind'] = 'file'): BaseChange {
  return {
    kind: 'record',
    record: { key: path, kind, size: 3, source: { path, version }, destination: { path, version } },
  };
}

function after(model: Model, changes: readonly BaseChange[]): Model {
  const next = new Map(model);
  for (const change of changes) {
    if (change.kind === 'record') next.set(change.record.key, change.record);
    else next.delete(change.key);
  }
  return next;
}

function inOrder(model: Model): BaseRecord[] {
  return [...model.values()].sort((left, right) => compareUtf8(baseOrderKey(left), baseOrderKey(right)));
}

async function all(state: PairState, folding: CaseFolding = 'exact'): Promise<BaseRecord[]> {
  const found: BaseRecord[] = [];
  for await (const page of state.records({ folding })) found.push(...page);
  return found;
}

async function keys(state: PairState, folding: CaseFolding = 'exact'): Promise<string[]> {
  return (await all(state, folding)).map(({ key }) => key);
}

async function within<Result>(
  store: StateStore,
  access: 'read' | 'write',
  work: (state: PairState) => Promise<Result>,
  compactAfter = 0,
): Promise<Result> {
  const state = await new SyncStateManager({ store, compactAfter }).open(pair, { access });
  try {
    return await work(state);
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

const storedBase = (store: StateStore): Promise<BaseRecord[]> => within(store, 'read', (state) => all(state));

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const optional = <Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(values, { nil: undefined });
const anyTime = fc.oneof(
  fc.integer({ min: 1, max: 2 ** 41 }),
  fc.integer({ min: 1, max: 2 ** 52 }).map((ticks) => ticks / 4096),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((time) => time + 0),
);
const anyKey = fc.constantFrom(
  'a',
  'a-b',
  'a/b',
  'a/b/c',
  'A',
  'b',
  'é',
  '文',
  '😀',
  '\ufffd',
  'a b',
  '$',
  'x\ny',
  'z'.repeat(300),
);
const anySide = (key: string): fc.Arbitrary<BaseSide> =>
  fc.record({
    path: fc.constantFrom(key, key.toUpperCase(), key.normalize('NFD')),
    version: optional(
      fc.oneof(
        text,
        anyTime.map((time) => `7-$-${time}-12345`),
      ),
    ),
    modifiedAt: optional(anyTime),
    permissions: optional(fc.constantFrom(0o644, 0o755)),
    identity: optional(fc.oneof(text, fc.constantFrom('2049:12345', '2049:12399', '::'))),
    createdAt: optional(anyTime),
    racy: optional(fc.boolean()),
  });
const anyRecord: fc.Arbitrary<BaseRecord> = anyKey.chain((key) =>
  fc.record({
    key: fc.constant(key),
    kind: fc.constantFrom('file', 'directory', 'symlink'),
    size: fc.maxSafeNat(),
    hashes: optional(
      fc.record(
        { sha256: fc.stringMatching(/^[0-9a-f]{64}$/), md5: text, crc32: fc.constant('00ff00ff') },
        { requiredKeys: [] },
      ),
    ),
    target: optional(text),
    source: anySide(key),
    destination: anySide(key),
  }),
);
const anyChanges: fc.Arbitrary<BaseChange[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: anyRecord.map((value): BaseChange => ({ kind: 'record', record: value })) },
    { weight: 1, arbitrary: anyKey.map((key): BaseChange => ({ kind: 'forget', key })) },
  ),
  { minLength: 1, maxLength: 6 },
);
type Step = { readonly commit: readonly BaseChange[] } | 'finish' | 'reopen';
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: anyChanges.map((commit): Step => ({ commit })) },
    { weight: 1, arbitrary: fc.constantFrom<Step>('finish', 'reopen') },
  ),
  { maxLength: 12 },
);

describe('the base', () => {
  test('is what was committed, through any commits, compactions and reopenings', async () => {
    await fc.assert(
      fc.asyncProperty(anySteps, fc.constantFrom(0, 2000, 1e6), async (steps, compactAfter) => {
        const manager = new SyncStateManager({ store: new MemoryStateStore(), compactAfter });
        let state = await manager.open(pair, { access: 'write' });
        let model: Model = new Map();
        for (const step of steps) {
          const { generation } = state;
          if (step === 'finish') await state.finish({ folding: 'exact' });
          else if (step === 'reopen') {
            await state[Symbol.asyncDispose]();
            state = await manager.open(pair, { access: 'write' });
          } else {
            await state.commit(step.commit);
            model = after(model, step.commit);
            expect(state.generation).toBeGreaterThan(generation);
          }
          if (step === 'reopen') expect(state.generation).toBe(generation);
          expect(await all(state)).toEqual(inOrder(model));
        }
      }),
      { numRuns: 100 },
    );
  });

  test('comes in pages of at most 4,096, also after a single commit of more', async () => {
    const store = new MemoryStateStore();
    const changes = Array.from({ length: 10_000 }, (_, index) => record(`${index % 7}/${index}`));
    await within(store, 'write', async (state) => {
      await state.commit(changes);
      await state.finish({ folding: 'exact' });
      await state.commit([record('3/3-and-more'), { kind: 'forget', key: '4/4' }]);
    });
    const sizes: number[] = [];
    const found: BaseRecord[] = [];
    await within(store, 'read', async (state) => {
      for await (const page of state.records({ folding: 'exact' })) {
        sizes.push(page.length);
        found.push(...page);
      }
    });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
    const model = after(after(new Map(), changes), [record('3/3-and-more'), { kind: 'forget', key: '4/4' }]);
    expect(found).toEqual(inOrder(model));
  });

  test('exists once anything was committed or a run came to its end', async () => {
    const [committed, finished] = [new MemoryStateStore(), new MemoryStateStore()];
    await within(committed, 'write', async (state) => {
      expect(state.exists).toBe(false);
      await state.commit([]);
      expect(state.exists).toBe(false);
      await state.commit([{ kind: 'forget', key: 'a' }]);
      expect(state.exists).toBe(true);
    });
    await within(finished, 'write', (state) => state.finish({ folding: 'ignore-case' }));
    for (const store of [committed, finished]) {
      await within(store, 'read', async (state) => {
        expect(state.exists).toBe(true);
        expect(await all(state)).toEqual([]);
      });
    }
  });

  test('keeps one record for a key whose kind changed', async () => {
    const store = new MemoryStateStore();
    await within(store, 'write', async (state) => {
      await state.commit([record('a'), record('a-b'), record('a/c')]);
      await state.finish({ folding: 'exact' });
      await state.commit([record('a', 'v1', 'directory')]);
      expect((await all(state)).map(baseOrderKey)).toEqual(['a-b', 'a/', 'a/c']);
      await state.finish({ folding: 'exact' });
    });
    expect((await storedBase(store)).map(baseOrderKey)).toEqual(['a-b', 'a/', 'a/c']);
  });

  test('that was asked for stays as it was while more is committed', async () => {
    await within(new MemoryStateStore(), 'write', async (state) => {
      await state.commit([record('a'), record('c')]);
      await state.finish({ folding: 'exact' });
      await state.commit([record('d')]);
      const records = state.records({ folding: 'exact' });
      await state.commit([record('b'), record('a', 'v2'), { kind: 'forget', key: 'c' }]);
      const found: string[] = [];
      for await (const page of records) found.push(...page.map(({ key, source }) => `${key} ${source.version}`));
      expect(found).toEqual(['a v1', 'c v1', 'd v1']);
      expect(await keys(state)).toEqual(['a', 'b', 'd']);
    });
  });

  test('that did not change has the same generation, whether compacted or not', async () => {
    const store = new MemoryStateStore();
    const generation = await within(store, 'write', async (state) => {
      await state.commit([record('a')]);
      const before = state.generation;
      await state.finish({ folding: 'exact' });
      await state.finish({ folding: 'exact' });
      expect(state.generation).toBe(before);
      return before;
    });
    expect(await within(store, 'read', async (state) => state.generation)).toBe(generation);
  });
});

describe('another folding than the stored one', () => {
  test('gives other keys and another order, and leaves out what it cannot tell apart', async () => {
    const store = new MemoryStateStore();
    await within(store, 'write', async (state) => {
      await state.commit([record('B'), record('a'), record('Same'), record('sAME'), record('\u00c9')]);
      await state.finish({ folding: 'exact' });
    });
    await within(store, 'read', async (state) => {
      expect(await keys(state, 'exact')).toEqual(['B', 'Same', 'a', 'sAME', '\u00c9']);
      expect(await keys(state, 'ignore-case')).toEqual(['a', 'b', '\u00e9']);
    });
  });

  test('is the stored one from the next commit or finish on', async () => {
    for (const doesCommit of [true, false]) {
      const store = new MemoryStateStore();
      await within(store, 'write', async (state) => {
        await state.commit([record('B'), record('a'), record('C')]);
        await state.finish({ folding: 'exact' });
      });
      await within(store, 'write', async (state) => {
        const before = state.generation;
        await all(state, 'ignore-case');
        if (doesCommit) await state.commit([{ kind: 'forget', key: 'b' }, record('D'.toLowerCase())]);
        else await state.finish({ folding: 'ignore-case' });
        expect(state.generation).toBeGreaterThan(before);
      });
      const expected = doesCommit ? ['a', 'c', 'd'] : ['a', 'b', 'c'];
      expect(await within(store, 'read', (state) => keys(state, 'ignore-case'))).toEqual(expected);
      const source = (await within(store, 'read', (state) => all(state, 'ignore-case'))).map((one) => one.source.path);
      expect(source).toEqual(doesCommit ? ['a', 'C', 'd'] : ['a', 'B', 'C']);
    }
  });

  test('drops a record whose sides spell it differently once case counts', async () => {
    const value: BaseRecord = { key: 'a', kind: 'file', size: 1, source: { path: 'A' }, destination: { path: 'a' } };
    await within(new MemoryStateStore(), 'write', async (state) => {
      await all(state, 'ignore-case');
      await state.commit([{ kind: 'record', record: value }, record('b')]);
      expect(await keys(state, 'ignore-case')).toEqual(['a', 'b']);
      expect(await keys(state, 'exact')).toEqual(['b']);
    });
  });
});

describe('an opened pair', () => {
  test('refuses to be written to when it was opened for reading, and everything once disposed of', async () => {
    const store = new MemoryStateStore();
    await within(store, 'read', async (state) => {
      await expect(state.commit([record('a')])).rejects.toThrow(TypeError);
      await expect(state.finish({ folding: 'exact' })).rejects.toThrow(TypeError);
    });
    expect(await store.list('')).toEqual([]);
    const state = await new SyncStateManager({ store }).open(pair, { access: 'write' });
    const pending = state.commit([record('a')]);
    await Promise.all([state[Symbol.asyncDispose](), state[Symbol.asyncDispose]()]);
    await pending;
    await expect(state.commit([record('a')])).rejects.toThrow(TypeError);
    expect(() => state.records({ folding: 'exact' })).toThrow(TypeError);
    expect(await within(store, 'read', (again) => keys(again))).toEqual(['a']);
  });

  test('takes commits that are made at once, each whole', async () => {
    const store = new MemoryStateStore();
    await within(store, 'write', async (state) => {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => state.commit([record(`f${index}`), record('last', `${index}`)])),
      );
      expect(state.generation).toBe(20);
    });
    const base = await storedBase(store);
    expect(base).toHaveLength(21);
    expect(base.at(-1)?.source.version).toBe('19');
  });

  test.each(['', '/a', 'a/', 'a//b', '../a', 'a/./b', 'a\0', '\ud800'])('refuses the key %j', async (key) => {
    await within(new MemoryStateStore(), 'write', async (state) => {
      await expect(state.commit([{ kind: 'forget', key }])).rejects.toThrow(TypeError);
      await expect(state.commit([record(key)])).rejects.toThrow(TypeError);
      await state.commit([record('fine')]);
      expect(await keys(state)).toEqual(['fine']);
    });
  });

  test('stops reading and finishing when aborted, and stays as it was', async () => {
    const store = new MemoryStateStore();
    await within(store, 'write', async (state) => {
      await state.commit([record('a')]);
      await state.finish({ folding: 'exact' });
      await state.commit([record('b')]);
      const controller = new AbortController();
      controller.abort();
      await expect(state.finish({ folding: 'exact', signal: controller.signal })).rejects.toThrow(
        expect.objectContaining({ name: 'AbortError' }),
      );
      const records = state.records({ folding: 'exact', signal: controller.signal });
      await expect(records[Symbol.asyncIterator]().next()).rejects.toThrow(
        expect.objectContaining({ name: 'AbortError' }),
      );
      expect(await keys(state)).toEqual(['a', 'b']);
    });
  });

  test('commits no further once its lock was taken over', async () => {
    const store = new MemoryStateStore();
    const manager = new SyncStateManager({ store });
    const first = await manager.open(pair, { access: 'write' });
    await first.commit([record('a')]);
    const second = await manager.open(pair, { access: 'write', takeOverLock: true });
    await expect(first.commit([record('b')])).rejects.toThrow(expect.objectContaining({ code: 'lock-lost' }));
    await expect(first.finish({ folding: 'exact' })).rejects.toThrow(expect.objectContaining({ code: 'lock-lost' }));
    await first[Symbol.asyncDispose]();
    await second.commit([record('c')]);
    await second[Symbol.asyncDispose]();
    expect((await storedBase(store)).map(({ key }) => key)).toEqual(['a', 'c']);
  });
});
