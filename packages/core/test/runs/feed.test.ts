import { describe, expect, test } from 'vitest';
import {
  type ChangesOptions,
  contentOf,
  decorate,
  type Entry,
  MemoryStateStore,
  MemoryStorageClient,
  type StorageClient,
  SyncEngine,
  SyncEngineError,
  type SyncEngineOptions,
  SyncStateManager,
} from '../../src/index.ts';

/** A memory whose feed says what it was asked with. */
class Fed {
  readonly memory: MemoryStorageClient;
  readonly asked: string[] = [];
  /** Called before every answer. */
  before: () => void = () => undefined;
  readonly client: StorageClient;
  #told = '';
  #answers = 0;

  constructor(id: string) {
    this.memory = new MemoryStorageClient({ id, listRecursive: true });
    this.client = { ...decorate(this.memory, {}), changes: (...parameters) => this.#changes(...parameters) };
  }

  async #changes(cursor?: string, { known, afresh = false }: ChangesOptions = {}) {
    this.before();
    const paths = known === undefined ? 'nothing' : (await pathsOf(known)).join(' ');
    this.asked.push(`${cursor ?? 'no cursor'}, knowing ${paths}${afresh ? ', afresh' : ''}`);
    const entries: Entry[] = [];
    for await (const page of this.memory.listRecursive?.() ?? []) entries.push(...page);
    const now = JSON.stringify(entries);
    if (now !== this.#told || afresh) this.#answers += 1;
    this.#told = now;
    return { cursor: `answer ${this.#answers}`, entries: onePage(entries) };
  }

  /** What was asked since the last time. */
  take(): string[] {
    return this.asked.splice(0);
  }
}

async function pathsOf(pages: AsyncIterable<readonly Entry[]>): Promise<string[]> {
  const paths: string[] = [];
  for await (const page of pages) paths.push(...page.map(({ path }) => path));
  return paths;
}

async function* onePage(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  yield entries;
}

function stage(options: Partial<SyncEngineOptions> = {}) {
  const fed = new Fed('memory:fed');
  const other = new MemoryStorageClient({ id: 'memory:other' });
  const store = new MemoryStateStore();
  /** As a process of its own has it. */
  const engine = (): SyncEngine =>
    new SyncEngine({
      source: other,
      destination: fed.client,
      state: new SyncStateManager({ store: store.clone() }),
      ...options,
    });
  const lasting = (): SyncEngine =>
    new SyncEngine({ source: other, destination: fed.client, state: new SyncStateManager({ store }), ...options });
  return { fed, other, engine, lasting };
}

describe('a side with a feed of changes', () => {
  test('is asked once in a run that does nothing there, and once more in one that does something', async () => {
    const { fed, other, lasting } = stage();
    await other.write('a', contentOf('text'));
    await lasting().sync();
    expect(fed.take()).toEqual(['no cursor, knowing nothing', 'no cursor, knowing nothing']);
    await lasting().sync();
    expect(fed.take()).toEqual(['answer 2, knowing a']);
    await other.write('b', contentOf('text'));
    await lasting().sync();
    expect(fed.take()).toEqual(['answer 2, knowing a', 'answer 2, knowing a']);
    await lasting().sync();
    expect(fed.take()).toEqual(['answer 3, knowing a b']);
  });

  test('is remembered after a stored plan was applied, and not by a dry run', async () => {
    const { fed, other, lasting } = stage();
    await other.write('a', contentOf('text'));
    const plan = await lasting().plan();
    expect(fed.take()).toEqual(['no cursor, knowing nothing']);
    await lasting().apply(plan);
    expect(fed.take()).toEqual(['no cursor, knowing nothing']);
    await lasting().plan();
    expect(fed.take()).toEqual(['answer 2, knowing a']);
  });

  test('is listed anew when it is told to be, and once a run was stopped because too much seemed to be gone', async () => {
    const { fed, other, lasting } = stage();
    for (let index = 0; index < 20; index += 1) await other.write(`file-${index}`, contentOf('text'));
    await lasting().sync();
    fed.take();
    await lasting().sync({ force: true });
    expect(fed.take()[0]).toBe('no cursor, knowing nothing, afresh');
    for (let index = 0; index < 19; index += 1) await fed.memory.remove(`file-${index}`);
    await expect(lasting().sync()).rejects.toMatchObject({ code: 'rail-deletions' });
    expect(fed.take()).toHaveLength(1);
    await lasting().sync({ allow: ['rail-deletions'] });
    expect(fed.take()[0]).toBe('no cursor, knowing nothing, afresh');
    await lasting().sync();
    expect(fed.take()).toEqual([expect.stringMatching(/^answer \d+, knowing file-19$/)]);
  });

  test('that fails at the end of a run is told, and asked from where it stood before', async () => {
    const { fed, other, lasting } = stage({ retry: { attempts: 1 } });
    await other.write('a', contentOf('text'));
    await lasting().sync();
    await other.write('b', contentOf('text'));
    fed.take();
    fed.before = () => {
      if (fed.asked.length > 0) throw new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });
    };
    const { status, notices } = await lasting().sync();
    expect([status, notices.map(({ message }) => message)]).toEqual([
      'clean',
      ['How the destination is now was not remembered: The line is dead.'],
    ]);
    fed.before = () => undefined;
    fed.take();
    expect((await lasting().sync()).operations).toEqual([]);
    expect(fed.take()[0]).toBe('answer 2, knowing a');
  });

  test('that fails when it is looked at stops the run, as a listing would', async () => {
    const { fed, other, lasting } = stage({ retry: { attempts: 1 } });
    await other.write('a', contentOf('text'));
    fed.before = () => {
      throw new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });
    };
    await expect(lasting().sync()).rejects.toMatchObject({ code: 'root-unreadable', side: 'destination' });
  });

  test('is followed from an older memory, as a killed run leaves it', async () => {
    const { fed, other, lasting, engine } = stage();
    await other.write('a', contentOf('text'));
    await lasting().sync();
    await other.write('b', contentOf('text'));
    // What this run remembers goes with its process.
    expect((await engine().sync()).operations).toHaveLength(1);
    fed.take();
    expect((await lasting().sync()).operations).toEqual([]);
    expect(fed.take()[0]).toBe('answer 2, knowing a');
  });
});
