import {
  MemoryStateStore,
  MemoryStorageClient,
  type MemoryStorageOptions,
  type Side,
  type StorageClient,
  SyncEngine,
  type SyncEngineOptions,
  SyncStateManager,
} from '../../src/index.ts';
import { TestClock } from './clock.ts';

export interface PairOptions {
  readonly source?: MemoryStorageOptions | undefined;
  readonly destination?: MemoryStorageOptions | undefined;
}

/** Wraps a side, to let it fail or to watch what is done to it. */
export type Wrap = (client: MemoryStorageClient) => StorageClient;

/** Two sides in memory with the memory of what they agreed on, and the engines that work on them. */
export class Pair {
  readonly clock: TestClock = new TestClock();
  readonly source: MemoryStorageClient;
  readonly destination: MemoryStorageClient;
  store: MemoryStateStore = new MemoryStateStore();

  constructor({ source, destination }: PairOptions = {}) {
    const { clock } = this;
    this.source = new MemoryStorageClient({ id: 'memory:source', clock, ...source });
    this.destination = new MemoryStorageClient({ id: 'memory:destination', clock, ...destination });
  }

  engine(
    options: Partial<SyncEngineOptions> = {},
    wraps: { readonly [side in Side]?: Wrap | undefined } = {},
  ): SyncEngine {
    const { clock, store, source, destination } = this;
    return new SyncEngine({
      source: wraps.source?.(source) ?? source,
      destination: wraps.destination?.(destination) ?? destination,
      state: new SyncStateManager({ store, clock }),
      clock,
      ...options,
    });
  }

  /** Keys of what both sides agreed on. */
  async known(): Promise<readonly string[]> {
    const { source, destination, store } = this;
    const keys: string[] = [];
    const records = new SyncStateManager({ store }).dump({ source: source.id, destination: destination.id });
    for await (const record of records) keys.push(record.key);
    return keys;
  }

  /** The process dies: what it held in memory, its lock too, is gone. */
  killProcess(): void {
    this.store = this.store.clone();
  }
}
