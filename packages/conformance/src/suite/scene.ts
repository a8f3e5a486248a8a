import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageClient } from '@syncengine/core';
import { everythingIn, pathsIn } from './looking.ts';
import type { Fixture, SuiteParameters } from './options.ts';

/** What one test works with: a store of its own, and words about it that know how the store behaves. */
export class Scene {
  readonly client: StorageClient;
  readonly fixture: Fixture;
  readonly parameters: SuiteParameters;
  readonly #others: StorageClient[] = [];
  readonly #isEmpty: boolean;

  constructor(fixture: Fixture, parameters: SuiteParameters) {
    this.client = fixture.client;
    this.fixture = fixture;
    this.parameters = parameters;
    this.#isEmpty = fixture.client.capabilities.directories === 'implied';
  }

  /** Another client of the same root where the fixture has one, otherwise the same. */
  async another(): Promise<StorageClient> {
    const other = await this.fixture.reopen?.();
    if (other === undefined) return this.client;
    this.#others.push(other);
    return other;
  }

  /** What is looked at is looked at again until it is as it should be, as long as listings may take. */
  async eventually(look: () => Promise<void>): Promise<void> {
    const end = performance.now() + this.parameters.listingDelayMs;
    for (;;) {
      try {
        await look();
        return;
      } catch (error) {
        if (performance.now() >= end) throw error;
        await sleep(50);
      }
    }
  }

  /**
   * The whole tree holds exactly this, each entry as `kind path`; nothing is left in staging or behind the scene. The
   * directories of the files are filled in.
   */
  async holds(...entries: readonly string[]): Promise<void> {
    const expected = withParents(this.#isEmpty ? entries.filter((entry) => !entry.startsWith('directory ')) : entries);
    await this.eventually(async () => assert.deepEqual(await everythingIn(this.client), expected));
    const leftovers = (await this.fixture.leftovers?.()) ?? [];
    assert.deepEqual(leftovers, [], 'nothing may be left behind where no listing shows it');
  }

  /** The directory has exactly these children, the reserved folder aside. */
  async lists(directory: string, ...paths: readonly string[]): Promise<void> {
    await this.eventually(async () => assert.deepEqual(await pathsIn(this.client, directory), [...paths].sort()));
  }

  /** Closes every client and takes the store away, whatever became of the test. */
  async end(): Promise<void> {
    try {
      for (const client of [...this.#others, this.client]) await client.close?.();
    } finally {
      await this.fixture.dispose?.();
    }
  }
}

function withParents(entries: readonly string[]): string[] {
  const all = new Set(entries);
  for (const entry of entries) {
    const path = entry.slice(entry.indexOf(' ') + 1);
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      all.add(`directory ${path.slice(0, slash)}`);
    }
  }
  return [...all].sort();
}
