import { Worker } from 'node:worker_threads';
import { copyLarge, type LargeCopy, type LargeCopyNews } from './large-copy-thread.ts';

/** The program of the thread. Some transformers call `__name` in what they hand on. */
const program = `
const __name = (value) => value;
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
(${copyLarge.toString()})(require('node:fs'), createHash, parentPort);
`;

/** A thread that copies one large file at a time. It keeps the process alive only while it does. */
export class LargeCopyingThread {
  readonly #worker: Worker;
  #listener: ((news: LargeCopyNews) => void) | undefined;
  #isBroken = false;

  constructor() {
    this.#worker = new Worker(program, { eval: true });
    this.#worker.on('message', (news: LargeCopyNews) => this.#listener?.(news));
    this.#worker.on('error', () => this.#break());
    this.#worker.on('exit', () => this.#break());
  }

  /** SHA-256 of what was copied; `undefined` where it was not. Resolves when the descriptors are no longer used. */
  async copy(wanted: LargeCopy, onProgress: (position: number) => void): Promise<string | undefined> {
    if (this.#isBroken) return undefined;
    this.#worker.ref();
    try {
      return await new Promise((resolve) => {
        this.#listener = (news) => {
          if (news.kind === 'progress') onProgress(news.position);
          else resolve(news.kind === 'done' ? news.digest : undefined);
        };
        this.#worker.postMessage(wanted);
      });
    } finally {
      this.#listener = undefined;
      this.#worker.unref();
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #break(): void {
    this.#isBroken = true;
    this.#listener?.({ kind: 'undone' });
  }
}
