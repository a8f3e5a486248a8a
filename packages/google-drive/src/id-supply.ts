import type { FileCalls } from './file-calls.ts';

/** Ids asked for at once. */
const batchSize = 200;

/**
 * Ids for what is yet to be made. With an id of its own, a file whose making was left in doubt can be looked for, instead
 * of being made twice.
 */
export class IdSupply {
  readonly #calls: FileCalls;
  readonly #ids: string[] = [];
  #fetching: Promise<void> | undefined;

  constructor(calls: FileCalls) {
    this.#calls = calls;
  }

  async take(): Promise<string> {
    for (;;) {
      const id = this.#ids.pop();
      if (id !== undefined) return id;
      this.#fetching ??= this.#fetch();
      await this.#fetching;
    }
  }

  async #fetch(): Promise<void> {
    try {
      this.#ids.push(...(await this.#calls.generateIds(batchSize, { path: '' })));
    } finally {
      this.#fetching = undefined;
    }
  }
}
