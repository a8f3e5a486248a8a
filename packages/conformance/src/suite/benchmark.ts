import { type Content, isSyncEngineError, type StorageClient } from '@syncengine/core';
import { patterned } from './material.ts';

export interface BenchmarkOptions {
  /** A client whose root exists. What is in it stays as it is. */
  readonly client: StorageClient;
  /** Directory to work in; nothing may stand there, and nothing does afterwards. Default: `syncengine-benchmark`. */
  readonly directory?: string | undefined;
  /** Small files that are written, listed, read and removed, at least 1. Default: 1,000. */
  readonly files?: number | undefined;
  /** Bytes of a small file, at least 0. Default: 10,240. */
  readonly smallBytes?: number | undefined;
  /** Bytes of the large file, at least 1. Default: 67,108,864. */
  readonly largeBytes?: number | undefined;
  /** Calls at once for small files, at least 1. Default: what the client declares as sensible. */
  readonly concurrency?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What one kind of work took. */
export interface BenchmarkRow {
  readonly name: 'write small' | 'list' | 'stat' | 'read small' | 'write large' | 'read large' | 'remove';
  readonly calls: number;
  /** Bytes of content that were moved. */
  readonly bytes: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Entries that were told, for a listing. */
  readonly entries?: number | undefined;
}

/**
 * Times the work that a sync is made of, on any client: many small writes, listing, looking, reading, one large file there
 * and back, and tidying up.
 *
 * @throws TypeError when the directory is there, or a number makes no sense; what the client throws
 */
export async function storageBenchmark(options: BenchmarkOptions): Promise<readonly BenchmarkRow[]> {
  const work = new BenchmarkWork(options);
  await work.requireRoom();
  try {
    return [
      await work.writeSmall(),
      await work.list(),
      await work.statSmall(),
      await work.readSmall(),
      await work.writeLarge(),
      await work.readLarge(),
      await work.removeFiles(),
    ];
  } finally {
    await work.tidyUp();
  }
}

/** The rows as a table for a terminal, each line ending with a line feed. */
export function benchmarkTable(rows: readonly BenchmarkRow[]): string {
  const head = ['', 'calls', 'seconds', 'calls/s', 'entries/s', 'MB/s'];
  const body = rows.map((row) => [
    row.name,
    String(row.calls),
    row.seconds.toFixed(3),
    shortened(row.callsPerSecond),
    row.entries === undefined ? '' : shortened(row.entries / row.seconds),
    row.bytes === 0 ? '' : shortened(row.bytesPerSecond / 1e6),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => line[column]?.length ?? 0)));
  const lines = [head, ...body].map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))),
  );
  return lines.map((line) => `${line.join('  ').trimEnd()}\n`).join('');
}

class BenchmarkWork {
  readonly #client: StorageClient;
  readonly #directory: string;
  readonly #paths: readonly string[];
  readonly #large: string;
  readonly #smallBytes: number;
  readonly #largeBytes: number;
  readonly #concurrency: number;
  readonly #signal: AbortSignal | undefined;

  constructor(options: BenchmarkOptions) {
    const { client, directory = 'syncengine-benchmark', files = 1000 } = options;
    this.#client = client;
    this.#directory = directory;
    this.#smallBytes = requireWhole('smallBytes', options.smallBytes ?? 10_240, 0);
    this.#largeBytes = requireWhole('largeBytes', options.largeBytes ?? 64 * 1024 * 1024, 1);
    const { transfers } = client.capabilities.concurrency;
    this.#concurrency = requireWhole('concurrency', options.concurrency ?? transfers, 1);
    this.#signal = options.signal;
    this.#large = `${directory}/large`;
    const numbers = Array.from({ length: requireWhole('files', files, 1) }, (_, index) => index);
    this.#paths = numbers.map((index) => `${directory}/small/${String(index).padStart(6, '0')}`);
  }

  async requireRoom(): Promise<void> {
    if ((await this.#client.stat(this.#directory, { signal: this.#signal })) === undefined) return;
    throw new TypeError(`${JSON.stringify(this.#directory)} is there already; name another directory to work in.`);
  }

  async writeSmall(): Promise<BenchmarkRow> {
    const bytes = patterned(this.#smallBytes);
    return this.#each('write small', this.#smallBytes, async (path) => {
      await this.#client.write(path, repeated(bytes, bytes.byteLength), { signal: this.#signal });
    });
  }

  async list(): Promise<BenchmarkRow> {
    let entries = 0;
    const row = await timed('list', 1, 0, async () => {
      for await (const page of this.#client.list(`${this.#directory}/small`, { signal: this.#signal })) {
        entries += page.length;
      }
    });
    return { ...row, entries };
  }

  async statSmall(): Promise<BenchmarkRow> {
    return this.#each('stat', 0, async (path) => {
      await this.#client.stat(path, { signal: this.#signal });
    });
  }

  async readSmall(): Promise<BenchmarkRow> {
    return this.#each('read small', this.#smallBytes, (path) => this.#read(path));
  }

  async writeLarge(): Promise<BenchmarkRow> {
    const content = repeated(patterned(1024 * 1024), this.#largeBytes);
    return timed('write large', 1, this.#largeBytes, async () => {
      await this.#client.write(this.#large, content, { signal: this.#signal });
    });
  }

  async readLarge(): Promise<BenchmarkRow> {
    return timed('read large', 1, this.#largeBytes, () => this.#read(this.#large));
  }

  async removeFiles(): Promise<BenchmarkRow> {
    return this.#each('remove', 0, (path) => this.#client.remove(path, { signal: this.#signal }));
  }

  /** Takes away whatever is left, without the signal: what was aborted is tidied up as well. */
  async tidyUp(): Promise<void> {
    const paths = [...this.#paths, this.#large];
    await atOnce(this.#concurrency, paths, (path) => this.#removeIfThere(path));
    for (const path of [`${this.#directory}/small`, this.#directory]) await this.#removeIfThere(path);
  }

  async #removeIfThere(path: string): Promise<void> {
    try {
      if ((await this.#client.stat(path)) !== undefined) await this.#client.remove(path);
    } catch (error) {
      // An implied directory may end with its last file between the two calls.
      if (!isSyncEngineError(error, 'not-found')) throw error;
    }
  }

  async #read(path: string): Promise<void> {
    for await (const chunk of this.#client.read(path, { signal: this.#signal })) {
      if (chunk.byteLength === 0) throw new TypeError(`${JSON.stringify(path)} gave an empty chunk.`);
    }
  }

  #each(name: BenchmarkRow['name'], bytes: number, call: (path: string) => Promise<void>): Promise<BenchmarkRow> {
    const paths = this.#paths;
    return timed(name, paths.length, paths.length * bytes, () => atOnce(this.#concurrency, paths, call));
  }
}

async function timed(
  name: BenchmarkRow['name'],
  calls: number,
  bytes: number,
  work: () => Promise<void>,
): Promise<BenchmarkRow> {
  const begin = performance.now();
  await work();
  // The clock may be too coarse for what took no time.
  const seconds = Math.max(performance.now() - begin, 0.001) / 1000;
  return { name, calls, bytes, seconds, callsPerSecond: calls / seconds, bytesPerSecond: bytes / seconds };
}

/** Calls for every path, so many at once. After a failure no further call begins, and those that are going come to their end. */
async function atOnce(limit: number, paths: readonly string[], call: (path: string) => Promise<void>): Promise<void> {
  const left = [...paths].reverse();
  const worker = async (): Promise<void> => {
    try {
      for (let path = left.pop(); path !== undefined; path = left.pop()) await call(path);
    } catch (error) {
      left.length = 0;
      throw error;
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: limit }, worker));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Content of one chunk over and over; nobody writes into it, so it can be handed over many times. */
function repeated(chunk: Uint8Array, size: number): Content {
  return {
    size,
    open: async function* open(options = {}): AsyncGenerator<Uint8Array> {
      for (let left = size; left > 0; left -= chunk.byteLength) {
        options.signal?.throwIfAborted();
        yield left < chunk.byteLength ? chunk.subarray(0, left) : chunk;
      }
    },
  };
}

function shortened(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function requireWhole(name: string, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new TypeError(`${name} must be a whole number of at least ${least}, not ${value}.`);
}
