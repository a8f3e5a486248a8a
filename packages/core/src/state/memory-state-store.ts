import { SyncEngineError } from '../errors.ts';
import { type LockOwner, lockHeld, lockLost } from './lock.ts';
import { type LockOptions, requireStateName, type StateBytes, type StateLock, type StateStore } from './store.ts';

/** State in memory, for tests and simulations. Each call takes effect at once and as a whole. */
export class MemoryStateStore implements StateStore {
  readonly location: string = 'memory';
  readonly #files = new Map<string, readonly Uint8Array[]>();
  readonly #locks = new Map<string, LockOwner>();

  /**
   * What a process would find that starts after the one using this store was killed: the same files, and no locks.
   * Neither store sees what happens to the other from now on.
   */
  clone(): MemoryStateStore {
    const copy = new MemoryStateStore();
    for (const [name, chunks] of this.#files) copy.#files.set(name, chunks);
    return copy;
  }

  async read(
    name: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<StateBytes | undefined> {
    requireStateName(name);
    options.signal?.throwIfAborted();
    const chunks = this.#files.get(name);
    if (chunks === undefined) return undefined;
    return { byteLength: lengthOf(chunks), [Symbol.asyncIterator]: () => yieldChunks(chunks, options.signal) };
  }

  async replace(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    requireStateName(name);
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(new Uint8Array(chunk));
    this.#files.set(name, chunks);
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    requireStateName(name);
    this.#files.set(name, [...(this.#files.get(name) ?? []), new Uint8Array(bytes)]);
  }

  async close(name: string): Promise<void> {
    requireStateName(name);
  }

  async truncate(name: string, length: number): Promise<void> {
    requireStateName(name);
    const chunks = this.#files.get(name);
    if (chunks === undefined) throw new SyncEngineError('state-unavailable', `There is no state file ${name} to cut.`);
    this.#files.set(name, [Buffer.concat(chunks).subarray(0, length)]);
  }

  async remove(name: string): Promise<void> {
    requireStateName(name);
    this.#files.delete(name);
  }

  async list(prefix: string): Promise<readonly string[]> {
    return [...this.#files.keys()].filter((name) => name.startsWith(prefix));
  }

  async lock(name: string, owner: LockOwner, options: LockOptions = {}): Promise<StateLock> {
    requireStateName(name);
    options.signal?.throwIfAborted();
    const holder = this.#locks.get(name);
    if (holder !== undefined && options.takeOver !== true) throw lockHeld(name, holder, owner);
    this.#locks.set(name, owner);
    const isOurs = (): boolean => this.#locks.get(name)?.token === owner.token;
    return {
      verify: async () => {
        if (!isOurs()) throw lockLost(name);
      },
      [Symbol.asyncDispose]: async () => {
        if (isOurs()) this.#locks.delete(name);
      },
    };
  }
}

async function* yieldChunks(
  chunks: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const chunk of chunks) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

function lengthOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}
