import {
  type MemoryStateStore,
  type MemoryStorageClient,
  type StateStore,
  type StorageClient,
  SyncEngineError,
} from '../../src/index.ts';
import { altered } from './faults.ts';

/** What a run changes on a side. Each is one effect, which happens or does not. */
const effects = [
  'write',
  'remove',
  'makeDirectory',
  'move',
  'copy',
  'makeSymlink',
  'setMetadata',
  'restoreVersion',
] as const;

/** Those that the side can make. */
function effectsOf(client: MemoryStorageClient): readonly (typeof effects)[number][] {
  return effects.filter((name) => client[name] !== undefined);
}

/** What a run changes in the state. */
const stateEffects = ['replace', 'append', 'truncate', 'remove'] as const;

/**
 * Lets a process die right before its n-th effect, on the sides or on the state. From then on nothing that it tries has
 * any effect; what it leaves is what the next process finds.
 */
export class Mortality {
  readonly #diesBefore: number;
  readonly #atDeath: () => void;
  #effects = 0;
  #isDead = false;

  /** @param diesBefore number of the effect that no longer happens, from 0; `Infinity` to count only */
  constructor(diesBefore: number, atDeath: () => void) {
    this.#diesBefore = diesBefore;
    this.#atDeath = atDeath;
  }

  get effects(): number {
    return this.#effects;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  readonly client = (client: MemoryStorageClient): StorageClient =>
    altered(
      client,
      Object.fromEntries(
        effectsOf(client).map((name) => [name, (...parameters: never[]) => this.#effect(client, name, parameters)]),
      ),
    );

  store(store: MemoryStateStore): StateStore {
    return new Proxy<StateStore>(store, {
      get: (target, name) => {
        const effect = stateEffects.find((candidate) => candidate === name);
        if (effect !== undefined) return (...parameters: never[]) => this.#effect(target, effect, parameters);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async #effect(target: object, name: string, parameters: readonly never[]): Promise<unknown> {
    if (!this.#isDead && this.#effects === this.#diesBefore) {
      this.#isDead = true;
      this.#atDeath();
    }
    if (this.#isDead) throw new Error('the process is dead');
    this.#effects += 1;
    const method: unknown = Reflect.get(target, name, target);
    if (typeof method !== 'function') throw new TypeError(`There is no ${name}.`);
    return await method.apply(target, parameters);
  }
}

/** The n-th effect on a side fails for good, once; all others happen. */
export class Mishap {
  readonly #fails: number;
  #effects = 0;

  constructor(fails: number) {
    this.#fails = fails;
  }

  get effects(): number {
    return this.#effects;
  }

  readonly client = (client: MemoryStorageClient): StorageClient =>
    altered(
      client,
      Object.fromEntries(
        effectsOf(client).map((name) => [name, (...parameters: never[]) => this.#effect(client, name, parameters)]),
      ),
    );

  async #effect(target: MemoryStorageClient, name: string, parameters: readonly never[]): Promise<unknown> {
    this.#effects += 1;
    if (this.#effects - 1 === this.#fails) throw new SyncEngineError('storage-failure', `the ${name} failed`);
    const method: unknown = Reflect.get(target, name, target);
    if (typeof method !== 'function') throw new TypeError(`There is no ${name}.`);
    return await method.apply(target, parameters);
  }
}
