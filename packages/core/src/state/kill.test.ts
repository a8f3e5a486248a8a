import { describe, expect, test } from 'vitest';
import type { BaseChange } from '../compare/index.ts';
import {
  type LockOptions,
  type LockOwner,
  MemoryStateStore,
  type PairState,
  pairKey,
  type StateBytes,
  type StateLock,
  type StateStore,
  SyncStateManager,
} from './index.ts';

const pair = { source: 'local:/a', destination: 'local:/b' };

class Killed extends Error {
  override readonly name = 'Killed';
}

/** What of the call that is the last one takes effect. */
type LastEffect = 'none' | 'torn' | 'all';

/** Lets a number of writing calls through, and none from then on, like a process that is killed. */
class MortalStore implements StateStore {
  readonly location = 'memory';
  readonly #store: MemoryStateStore;
  readonly #lastEffect: LastEffect;
  #left: number;

  constructor(store: MemoryStateStore, lifetime: number, lastEffect: LastEffect) {
    this.#store = store;
    this.#left = lifetime;
    this.#lastEffect = lastEffect;
  }

  get isAlive(): boolean {
    return this.#left > 0;
  }

  read(name: string): Promise<StateBytes | undefined> {
    return this.#store.read(name);
  }
  list(prefix: string): Promise<readonly string[]> {
    return this.#store.list(prefix);
  }
  close(name: string): Promise<void> {
    return this.#store.close(name);
  }
  lock(name: string, owner: LockOwner, options?: LockOptions): Promise<StateLock> {
    return this.#store.lock(name, owner, options);
  }
  replace(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#effect(() => this.#store.replace(name, content));
  }
  append(name: string, bytes: Uint8Array): Promise<void> {
    const half = bytes.subarray(0, bytes.length >> 1);
    return this.#effect(
      () => this.#store.append(name, bytes),
      () => this.#store.append(name, half),
    );
  }
  truncate(name: string, length: number): Promise<void> {
    return this.#effect(() => this.#store.truncate(name, length));
  }
  remove(name: string): Promise<void> {
    return this.#effect(() => this.#store.remove(name));
  }

  async #effect(whole: () => Promise<void>, torn?: () => Promise<void>): Promise<void> {
    if (!this.isAlive) throw new Killed();
    this.#left -= 1;
    if (this.isAlive || this.#lastEffect === 'all') await whole();
    else if (this.#lastEffect === 'torn') await torn?.();
    if (!this.isAlive) throw new Killed();
  }
}

function change(path: string, version: string): BaseChange {
  const side = { path, version };
  return { kind: 'record', record: { key: path, kind: 'file', size: 1, source: side, destination: side } };
}

async function baseOf(state: PairState): Promise<string> {
  const found: string[] = [];
  for await (const page of state.records({ folding: 'exact' })) {
    found.push(...page.map((record) => `${record.key}=${record.source.version}`));
  }
  return found.join(' ');
}

async function reopened<Result>(store: StateStore, work: (state: PairState) => Promise<Result>): Promise<Result> {
  const state = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access: 'write' });
  try {
    return await work(state);
  } finally {
    await state[Symbol.asyncDispose]();
  }
}

/** The steps of two runs, and the base after each of them. */
const steps: ReadonlyArray<{ readonly changes: readonly BaseChange[] | 'finish'; readonly base: string }> = [
  { changes: [change('b', '1'), change('a', '1')], base: 'a=1 b=1' },
  { changes: [change('a', '2')], base: 'a=2 b=1' },
  { changes: 'finish', base: 'a=2 b=1' },
  { changes: [{ kind: 'forget', key: 'b' }, change('c', '1')], base: 'a=2 c=1' },
  { changes: [change('d', '1'), change('e', 'x'.repeat(500))], base: `a=2 c=1 d=1 e=${'x'.repeat(500)}` },
  { changes: 'finish', base: `a=2 c=1 d=1 e=${'x'.repeat(500)}` },
  { changes: [change('c', '3')], base: `a=2 c=3 d=1 e=${'x'.repeat(500)}` },
];

/** Works until it is killed; answers which base was reached for certain, and which one was under way. */
async function workUntilKilled(store: MortalStore): Promise<readonly [string, string]> {
  let reached = '';
  try {
    const state = await new SyncStateManager({ store, compactAfter: 0 }).open(pair, { access: 'write' });
    for (const { changes, base } of steps) {
      try {
        await (changes === 'finish' ? state.finish({ folding: 'exact' }) : state.commit(changes));
      } catch (error) {
        if (error instanceof Killed) return [reached, base];
        throw error;
      }
      reached = base;
    }
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  }
  return [reached, reached];
}

describe.each<LastEffect>(['none', 'torn', 'all'])('a kill (of the last call takes effect: %s)', (lastEffect) => {
  test('between any two writes loses nothing that was committed', async () => {
    let lifetime = 0;
    for (let survived = false; !survived; ) {
      lifetime += 1;
      const memory = new MemoryStateStore();
      const mortal = new MortalStore(memory, lifetime, lastEffect);
      const [reached, underWay] = await workUntilKilled(mortal);
      survived = mortal.isAlive;
      const found = memory.clone();
      const expected = lastEffect === 'all' ? [reached, underWay] : [reached];
      const base = await reopened(found, baseOf);
      expect(expected, `after ${lifetime} writes`).toContain(base);
      // And it goes on as if nothing had happened.
      await reopened(found, async (state) => {
        await state.commit([change('z', '1')]);
        await state.finish({ folding: 'exact' });
        expect(await baseOf(state)).toBe(`${base} z=1`.trim());
      });
      expect(await reopened(found, baseOf)).toBe(`${base} z=1`.trim());
      expect((await found.list('')).length).toBeLessThanOrEqual(2);
    }
    expect(lifetime).toBeGreaterThan(12);
  });

  test('during the clearing away after a kill harms nothing either', async () => {
    for (let first = 1; first <= 14; first += 1) {
      for (let second = 1; second <= 3; second += 1) {
        const memory = new MemoryStateStore();
        await workUntilKilled(new MortalStore(memory, first, lastEffect));
        const expected = await reopened(memory.clone(), baseOf);
        const again = memory.clone();
        try {
          await new SyncStateManager({ store: new MortalStore(again, second, lastEffect) }).open(pair, {
            access: 'write',
          });
        } catch (error) {
          expect(error).toBeInstanceOf(Killed);
        }
        expect(await reopened(again.clone(), baseOf)).toBe(expected);
      }
    }
  });

  test('during a reset leaves the whole base or none', async () => {
    for (const stepsBefore of [2, 3, 4]) {
      for (let lifetime = 1; lifetime < 6; lifetime += 1) {
        const memory = new MemoryStateStore();
        await reopened(memory, async (state) => {
          for (const { changes } of steps.slice(0, stepsBefore)) {
            await (changes === 'finish' ? state.finish({ folding: 'exact' }) : state.commit(changes));
          }
        });
        const before = await reopened(memory.clone(), baseOf);
        const killed = await new SyncStateManager({ store: new MortalStore(memory, lifetime, lastEffect) })
          .reset(pair)
          .then(
            () => false,
            (error: unknown) => error instanceof Killed,
          );
        const found = memory.clone();
        const read = await new SyncStateManager({ store: found }).open(pair, { access: 'read' });
        const base = await baseOf(read);
        expect(killed && lifetime === 1 && lastEffect !== 'all' ? [before] : ['']).toContain(base);
        expect(read.exists).toBe(base !== '');
        expect(await reopened(found, baseOf)).toBe(base);
        if (base === '') expect(await found.list(pairKey(pair))).toEqual([]);
      }
    }
  });
});

test('a write that fails and works again, as on a disk that was full for a while, leaves no gap', async () => {
  for (const effect of ['none', 'torn', 'all'] as const) {
    for (let failing = 1; failing <= 4; failing += 1) {
      const memory = new MemoryStateStore();
      const full = new FullForAWhile(memory, failing, effect);
      const state = await new SyncStateManager({ store: full }).open(pair, { access: 'write' });
      const expected: string[] = [];
      for (const path of ['a', 'b', 'c', 'd']) {
        const committed = await state.commit([change(path, '1')]).then(
          () => true,
          (error: unknown) => !(error instanceof Killed),
        );
        if (committed) expected.push(`${path}=1`);
      }
      expect(await baseOf(state)).toBe(expected.join(' '));
      expect(await reopened(memory.clone(), baseOf)).toBe(expected.join(' '));
    }
  }
});

test('a snapshot of which it is not known whether it was put in place takes no commits until that is clear', async () => {
  for (const effect of ['none', 'all'] as const) {
    const memory = new MemoryStateStore();
    const doubtful = new DoubtfulReplacement(memory, effect);
    const state = await new SyncStateManager({ store: doubtful, compactAfter: 0 }).open(pair, { access: 'write' });
    await state.commit([change('a', '1')]);
    await expect(state.finish({ folding: 'exact' })).rejects.toThrow(Killed);
    const committed = state.commit([change('b', '1')]);
    if (effect === 'none') await committed;
    else await expect(committed).rejects.toMatchObject({ code: 'state-unavailable' });
    expect(await reopened(memory.clone(), baseOf)).toBe(effect === 'none' ? 'a=1 b=1' : 'a=1');
  }
});

/** Hands everything on to another memory. */
class Forwarding extends MemoryStateStore {
  protected readonly store: MemoryStateStore;

  constructor(store: MemoryStateStore) {
    super();
    this.store = store;
  }

  override read(name: string): Promise<StateBytes | undefined> {
    return this.store.read(name);
  }
  override list(prefix: string): Promise<readonly string[]> {
    return this.store.list(prefix);
  }
  override append(name: string, bytes: Uint8Array): Promise<void> {
    return this.store.append(name, bytes);
  }
  override truncate(name: string, length: number): Promise<void> {
    return this.store.truncate(name, length);
  }
  override remove(name: string): Promise<void> {
    return this.store.remove(name);
  }
}

/** Fails in putting a file in place, before or after it took effect. */
class DoubtfulReplacement extends Forwarding {
  readonly #effect: LastEffect;

  constructor(store: MemoryStateStore, effect: LastEffect) {
    super(store);
    this.#effect = effect;
  }

  override async replace(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#effect === 'all') await this.store.replace(name, content);
    throw new Killed();
  }
}

/** Fails the append of that number, once. */
class FullForAWhile extends Forwarding {
  readonly #effect: LastEffect;
  #until: number;

  constructor(store: MemoryStateStore, failing: number, effect: LastEffect) {
    super(store);
    this.#until = failing;
    this.#effect = effect;
  }

  override async append(name: string, bytes: Uint8Array): Promise<void> {
    this.#until -= 1;
    if (this.#until !== 0) return this.store.append(name, bytes);
    if (this.#effect !== 'none') {
      await this.store.append(name, this.#effect === 'torn' ? bytes.subarray(0, 30) : bytes);
    }
    throw new Killed();
  }
}
