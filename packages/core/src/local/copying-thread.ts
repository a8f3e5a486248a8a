import { sep } from 'node:path';
import { Worker } from 'node:worker_threads';
import { versionOnDisk } from '../storage/index.ts';
import { type CopyBatch, type CopyingSetup, type CopyOutcome, copyPlain } from './copy-thread.ts';
import { smallSize } from './reading.ts';

/** The program of the thread. Some transformers call `__name` in what they hand on. */
const program = `
const __name = (value) => value;
const { parentPort, workerData } = require('node:worker_threads');
const { hash } = require('node:crypto');
(${copyPlain.toString()})(require('node:fs'), hash, ${versionOnDisk.toString()}, parentPort, workerData);
`;

/** A thread that nobody needed for so long is ended; in milliseconds. */
const patience = 2_000;

/** A thread that copies small files. It keeps the process alive only while somebody waits for it. */
export class CopyingThread {
  readonly #worker: Worker;
  /** Those who wait, in the order in which they are answered. */
  readonly #waiting: Array<(outcome: CopyOutcome | undefined) => void> = [];
  readonly #idle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isBroken = false;

  /** @param idle called when it was not needed for some time, and may be ended */
  constructor(idle: () => void) {
    this.#idle = idle;
    const hasPermissions = process.platform !== 'win32';
    const setup: CopyingSetup = { largest: smallSize, hasPermissions, slash: sep };
    this.#worker = new Worker(program, { eval: true, workerData: setup });
    this.#worker.on('message', (outcome: CopyOutcome) => this.#answer(outcome));
    this.#worker.on('error', () => this.#break());
    this.#worker.on('exit', () => this.#break());
  }

  /** Batches that wait for it. */
  get load(): number {
    return this.#waiting.length;
  }

  /** `undefined` where it could not do its work, and nothing is known of what became of it. */
  copy(batch: CopyBatch): Promise<CopyOutcome | undefined> {
    if (this.#isBroken) return Promise.resolve(undefined);
    clearTimeout(this.#timer);
    this.#worker.ref();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(batch);
    });
  }

  async end(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker.terminate();
  }

  #answer(outcome: CopyOutcome): void {
    this.#waiting.shift()?.(outcome);
    if (this.#waiting.length > 0) return;
    this.#worker.unref();
    this.#timer = setTimeout(this.#idle, patience).unref();
  }

  #break(): void {
    this.#isBroken = true;
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }
}
