import { sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { endsRunBefore, longestRun, reservedName } from '../paths/index.ts';
import type { ListPackedOptions, PackedEntries } from '../storage/index.ts';
import type { Root } from './root.ts';
import { type TreeMessage, type TreeTask, walkTree } from './tree-thread.ts';

/** Runs that a thread may be ahead of whoever takes them. */
const mostAhead = 32;

/** The program of the thread. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
(${walkTree.toString()})(require('node:fs'), parentPort, workerData, ${endsRunBefore.toString()});
`;

/** The tree of a root, from a thread of its own; `undefined` when the root is nothing that it can tell. */
export async function listPacked(
  root: Root,
  options: ListPackedOptions,
): Promise<AsyncIterable<PackedEntries> | undefined> {
  const credit = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  credit[0] = mostAhead;
  const { folder } = root;
  const unlimited = Number.POSITIVE_INFINITY;
  const { telling = [], apart = [], longestName = unlimited, longestPath = unlimited, signal } = options;
  const task: TreeTask = {
    folder,
    prefix: folder.endsWith(sep) ? folder : `${folder}${sep}`,
    separator: sep,
    reserved: reservedName,
    telling,
    apart,
    longestName,
    longestPath,
    hasPermissions: process.platform !== 'win32',
    longestRun,
    credit,
  };
  const thread = new TreeThread(task, signal);
  const first = await thread.next();
  if (first === 'unusual') {
    await thread.end();
    return undefined;
  }
  return runs(first, thread);
}

async function* runs(first: TreeMessage, thread: TreeThread): AsyncGenerator<PackedEntries> {
  try {
    for (let message = first; typeof message === 'object'; message = await thread.next()) yield message;
  } finally {
    await thread.end();
  }
}

/** What the thread makes is handed on at once: much room for what is young would only cost memory. */
const maxYoungGenerationSizeMb = 4;

/** A thread that looks at a tree, and what it sent. */
class TreeThread {
  readonly #worker: Worker;
  readonly #credit: Int32Array;
  readonly #signal: AbortSignal | undefined;
  readonly #sent: TreeMessage[] = [];
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;
  readonly #abort = (): void => this.#fail(this.#signal?.reason);

  constructor(task: TreeTask, signal: AbortSignal | undefined) {
    this.#credit = task.credit;
    this.#signal = signal;
    this.#worker = new Worker(program, { eval: true, workerData: task, resourceLimits: { maxYoungGenerationSizeMb } });
    this.#worker.on('message', (message: TreeMessage) => {
      this.#sent.push(message);
      this.#wake();
    });
    this.#worker.on('error', (error) => this.#fail(error));
    signal?.addEventListener('abort', this.#abort, { once: true });
  }

  async next(): Promise<TreeMessage> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const message = this.#sent.shift();
      if (message !== undefined) {
        Atomics.add(this.#credit, 0, 1);
        Atomics.notify(this.#credit, 0);
        return message;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async end(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort);
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }
}
