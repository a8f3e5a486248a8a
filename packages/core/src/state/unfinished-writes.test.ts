import { describe, expect, test } from 'vitest';
import { MemoryStateStore, type PairState, pairKey, SyncStateManager, type UnfinishedWrite } from './index.ts';

const pair = { source: 'memory:a', destination: 'memory:b' };
const file = `${pairKey(pair)}/unfinished`;

const write = (path: string, token = `token of ${path}`): UnfinishedWrite => ({
  side: 'destination',
  path,
  size: 10_000_000,
  version: 'v1',
  token,
  beginnings: { every: 8_388_608, digests: ['00ff'] },
});

async function within<Result>(
  store: MemoryStateStore,
  work: (state: PairState) => Promise<Result>,
  access: 'read' | 'write' = 'write',
): Promise<Result> {
  const state = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access });
  try {
    return await work(state);
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

const remembered = (store: MemoryStateStore): Promise<readonly UnfinishedWrite[]> =>
  within(store, async (state) => state.unfinished);

describe('what is remembered of unfinished writes', () => {
  test('is there for the next process, whatever else happens to the state', async () => {
    const store = new MemoryStateStore();
    await within(store, async (state) => {
      expect(state.unfinished).toEqual([]);
      await Promise.all([state.rememberWrite(write('a')), state.rememberWrite(write('b'))]);
      const side = { path: 'c', version: '1' };
      const record = { key: 'c', kind: 'file', size: 1, source: side, destination: side } as const;
      await state.commit([{ kind: 'record', record }]);
      await state.finish({ folding: 'exact' });
    });
    // As a killed process leaves it.
    expect(await remembered(store.clone())).toEqual([write('a'), write('b')]);
  });

  test('a later token takes the place of an earlier one; the other side is another matter', async () => {
    const store = new MemoryStateStore();
    const other: UnfinishedWrite = { ...write('a'), side: 'source' };
    await within(store, async (state) => {
      await state.rememberWrite(write('a'));
      await state.rememberWrite(other);
      await state.rememberWrite(write('a', 'later'));
    });
    expect(await remembered(store)).toEqual([other, write('a', 'later')]);
    await within(store, (state) => state.forgetWrites([write('a')]));
    expect(await remembered(store)).toEqual([other]);
  });

  test('nothing is left of what is forgotten', async () => {
    const store = new MemoryStateStore();
    await within(store, async (state) => {
      await state.rememberWrite(write('a'));
      await state.forgetWrites([write('a')]);
      await state.forgetWrites([write('never there')]);
    });
    expect(await store.list('')).toEqual([]);
  });

  test('does not make a pair known: nothing was ever in sync', async () => {
    const store = new MemoryStateStore();
    await within(store, (state) => state.rememberWrite(write('a')));
    expect(await within(store, async ({ exists, completed }) => ({ exists, completed }))).toEqual({
      exists: false,
      completed: false,
    });
    expect(await new SyncStateManager({ store }).list()).toEqual([]);
  });

  test('is forgotten with the pair', async () => {
    const store = new MemoryStateStore();
    await within(store, (state) => state.rememberWrite(write('a')));
    await new SyncStateManager({ store }).reset(pair);
    expect(await store.list('')).toEqual([]);
  });

  test('a reader neither sees nor changes it', async () => {
    const store = new MemoryStateStore();
    await within(store, (state) => state.rememberWrite(write('a')));
    await within(
      store,
      async (state) => {
        expect(state.unfinished).toEqual([]);
        await expect(state.rememberWrite(write('b'))).rejects.toThrow(TypeError);
      },
      'read',
    );
  });

  test('every damage is seen', async () => {
    const store = new MemoryStateStore();
    await within(store, (state) => state.rememberWrite(write('a')));
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await store.read(file)) ?? []) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    for (let at = 0; at < bytes.length; at += 1) {
      const damaged = store.clone();
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await damaged.replace(
        file,
        (async function* () {
          yield flipped;
        })(),
      );
      await expect(remembered(damaged), `byte ${at}`).rejects.toMatchObject({ code: 'state-corrupt' });
    }
  });
});
