import { describe, expect, test } from 'vitest';
import type { Entry, TreeAtCursor } from '../storage/index.ts';
import { MemoryStateStore, type PairState, pairKey, type RememberedTree, SyncStateManager } from './index.ts';

const pair = { source: 'memory:a', destination: 'memory:b' };
const file = `${pairKey(pair)}/tree-source`;

/** One of each kind, with and without what it may lack, and names that are hard to write down. */
const entries: readonly Entry[] = [
  { kind: 'directory', path: 'd', identity: 'id d', createdAt: 1, modifiedAt: 2.5, permissions: 0o755 },
  { kind: 'file', path: 'd/line\nbreak', size: 0, version: '' },
  { kind: 'file', path: 'd/"quoted"', size: 7, version: 'v', identity: 'i', hashes: { md5: '00', sha256: 'ff' } },
  { kind: 'file', path: 'd/\ud800 alone', size: 2 ** 40, version: 'v', modifiedAt: -1.25, hashes: {} },
  { kind: 'symlink', path: 'link', target: '../elsewhere', version: 'v' },
  { kind: 'other', path: 'pipe', what: 'pipe' },
  { kind: 'unknown', path: 'twin', code: 'name-collision', message: 'Two of one name.' },
];

async function* pages(all: readonly Entry[], size = 3): AsyncGenerator<readonly Entry[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size);
}

const treeOf = (all: readonly Entry[], cursor = 'here'): TreeAtCursor => ({ cursor, entries: pages(all) });

async function within<Result>(
  store: MemoryStateStore,
  work: (state: PairState) => Promise<Result>,
  access: 'read' | 'write' = 'write',
): Promise<Result> {
  const state = await new SyncStateManager({ store }).open(pair, { access });
  try {
    return await work(state);
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

async function entriesOf(tree: RememberedTree): Promise<Entry[]> {
  const all: Entry[] = [];
  if (tree.kind === 'known') for await (const page of tree.entries) all.push(...page);
  return all;
}

const recalled = (store: MemoryStateStore): Promise<RememberedTree> => within(store, (state) => state.tree('source'));

async function bytesOf(store: MemoryStateStore): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await store.read(file)) ?? []) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function withBytes(bytes: Uint8Array): Promise<MemoryStateStore> {
  const store = new MemoryStateStore();
  await store.append(file, bytes);
  return store;
}

describe('the remembered tree of a side', () => {
  test('comes back as it was told, as often as it is read', async () => {
    const store = new MemoryStateStore();
    expect((await recalled(store)).kind).toBe('none');
    await within(store, (state) => state.rememberTree('source', treeOf(entries)));
    await within(store.clone(), async (state) => {
      const tree = await state.tree('source');
      expect(tree).toMatchObject({ kind: 'known', cursor: 'here' });
      expect(await entriesOf(tree)).toEqual(entries);
      expect(await entriesOf(tree)).toEqual(entries);
      expect((await state.tree('destination')).kind).toBe('none');
    });
  });

  test('is of any size, in pages', async () => {
    const store = new MemoryStateStore();
    const many = Array.from({ length: 5000 }, (_, index): Entry => ({ kind: 'directory', path: `d-${index}` }));
    await within(store, (state) => state.rememberTree('source', treeOf(many, 'c'.repeat(4096))));
    expect(await within(store, async (state) => entriesOf(await state.tree('source')))).toEqual(many);
    await within(store, (state) => state.rememberTree('source', treeOf([])));
    expect(await within(store, async (state) => entriesOf(await state.tree('source')))).toEqual([]);
  });

  test('may be read while the next one is made from it', async () => {
    const store = new MemoryStateStore();
    await within(store, async (state) => {
      await state.rememberTree('source', treeOf(entries));
      const tree = await state.tree('source');
      if (tree.kind !== 'known') throw new TypeError('It was remembered a moment ago.');
      await state.rememberTree('source', { cursor: 'there', entries: tree.entries });
      expect(await entriesOf(await state.tree('source'))).toEqual(entries);
      // What went with the cursor of before is there no more.
      await expect(entriesOf(tree)).rejects.toMatchObject({ code: 'state-unavailable', retry: 'yes' });
    });
  });

  test('stays as it was when the next one cannot be told to its end', async () => {
    const store = new MemoryStateStore();
    const broken = new Error('broken');
    async function* breaking(): AsyncGenerator<readonly Entry[]> {
      yield entries;
      throw broken;
    }
    await within(store, async (state) => {
      await state.rememberTree('source', treeOf(entries));
      await expect(state.rememberTree('source', { cursor: 'there', entries: breaking() })).rejects.toBe(broken);
    });
    expect(await recalled(store)).toMatchObject({ kind: 'known', cursor: 'here' });
  });

  test('can be put in doubt, and out of it', async () => {
    const store = new MemoryStateStore();
    await within(store, async (state) => {
      await state.rememberTree('source', treeOf(entries));
      await state.rememberTree('source', 'in-doubt');
    });
    expect(await recalled(store)).toEqual({ kind: 'in-doubt' });
    await within(store, (state) => state.rememberTree('source', treeOf(entries)));
    expect((await recalled(store)).kind).toBe('known');
  });

  test('is no part of the base, and gone with the pair', async () => {
    const store = new MemoryStateStore();
    await within(store, async (state) => {
      await state.rememberTree('source', treeOf(entries));
      expect([state.exists, state.completed, state.generation]).toEqual([false, false, 0]);
    });
    expect(await new SyncStateManager({ store }).list()).toEqual([]);
    await new SyncStateManager({ store }).reset(pair);
    expect(await store.list('')).toEqual([]);
  });

  test('is seen by a reader, who cannot change it', async () => {
    const store = new MemoryStateStore();
    await within(store, (state) => state.rememberTree('source', treeOf(entries)));
    await within(
      store,
      async (state) => {
        expect(await entriesOf(await state.tree('source'))).toEqual(entries);
        await expect(state.rememberTree('source', 'in-doubt')).rejects.toThrow(TypeError);
      },
      'read',
    );
  });

  test('has a cursor that is not too long', async () => {
    const remembering = within(new MemoryStateStore(), (state) =>
      state.rememberTree('source', treeOf([], 'c'.repeat(4097))),
    );
    await expect(remembering).rejects.toThrow(TypeError);
  });
});

describe('a damaged memory of a tree', () => {
  test('is in doubt, wherever a byte is missing or another one', async () => {
    const store = new MemoryStateStore();
    await within(store, (state) => state.rememberTree('source', treeOf(entries)));
    const whole = await bytesOf(store);
    for (let at = 0; at < whole.byteLength; at += 1) {
      const cut = await recalled(await withBytes(whole.subarray(0, at)));
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      for (const tree of [cut, await recalled(await withBytes(flipped))]) {
        expect(tree.kind, `byte ${at}`).toBe('in-doubt');
        expect(tree).toHaveProperty('damage', expect.any(String));
      }
    }
  });

  test('is in doubt when it is of another pair, of the other side, or of a newer SyncEngine', async () => {
    const store = new MemoryStateStore();
    const other = { source: 'memory:a', destination: 'memory:c' };
    const state = await new SyncStateManager({ store }).open(other, { access: 'write' });
    await state.rememberTree('source', treeOf(entries));
    await state.rememberTree('destination', treeOf(entries));
    await state[Symbol.asyncDispose]();
    await within(store, (own) => own.rememberTree('destination', treeOf(entries)));
    const names = [`${pairKey(other)}/tree-source`, `${pairKey(pair)}/tree-destination`];
    for (const name of names) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of (await store.read(name)) ?? []) chunks.push(chunk);
      expect(await recalled(await withBytes(Buffer.concat(chunks)))).toMatchObject({ kind: 'in-doubt' });
    }
  });
});
