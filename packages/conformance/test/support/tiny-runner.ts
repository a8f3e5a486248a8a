import type { TestRunner } from '../../src/index.ts';

interface Defined {
  readonly name: string;
  readonly body: () => Promise<void>;
}

/** As little of a test runner as it takes: what is defined is run when somebody asks, one test after the other. */
export class TinyRunner implements TestRunner {
  readonly #path: string[] = [];
  readonly #tests: Defined[] = [];
  readonly skipped: string[] = [];

  get size(): number {
    return this.#tests.length;
  }

  readonly describe = (name: string, body: () => void): void => {
    this.#path.push(name);
    body();
    this.#path.pop();
  };

  readonly test = (name: string, body: () => Promise<void>): void => {
    this.#tests.push({ name: this.#nameOf(name), body });
  };

  readonly skip = (name: string, reason: string): void => {
    this.skipped.push(`${this.#nameOf(name)}: ${reason}`);
  };

  /** What failed, by its name without that of the suite; of all tests, or of the one that is named. */
  async failures(only?: string): Promise<ReadonlyMap<string, unknown>> {
    const failures = new Map<string, unknown>();
    for (const { name, body } of this.#tests) {
      if (only !== undefined && name !== only) continue;
      await body().catch((error: unknown) => failures.set(name, error ?? new Error('no reason was given')));
    }
    return failures;
  }

  #nameOf(name: string): string {
    return [...this.#path.slice(1), name].join(' › ');
  }
}
