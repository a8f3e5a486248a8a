import type { BaseChange } from '../compare/index.ts';

export interface CommitterOptions {
  /** Makes what was done on both sides survive a power cut. */
  flush(): Promise<void>;
  /** Advances the base, durably. */
  commit(changes: readonly BaseChange[]): Promise<void>;
}

/** Changes of a group: enough that the price of a flush is shared, few enough that a kill costs little. */
const groupSize = 16_384;

/** Bytes of a group, for the same reason. */
const groupBytes = 512 * 1024 * 1024;

/**
 * Advances the base in groups: content first reaches the disk, then the base says that it is there. What was not
 * committed when a run dies is found equal by the next run.
 */
export class Committer {
  readonly #options: CommitterOptions;
  #pending: BaseChange[] = [];
  #bytes = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Adds what an operation settled; waits only when a group is full. */
  async add(changes: readonly BaseChange[], bytes: number): Promise<void> {
    this.#pending.push(...changes);
    this.#bytes += bytes;
    if (this.#pending.length >= groupSize || this.#bytes >= groupBytes) await this.commit();
  }

  /** Commits what is pending, after whatever is under way. */
  commit(): Promise<void> {
    this.#running = this.#running.then(async () => {
      const group = this.#pending;
      if (group.length === 0) return;
      this.#pending = [];
      this.#bytes = 0;
      await this.#options.flush();
      await this.#options.commit(group);
    });
    return this.#running;
  }
}
