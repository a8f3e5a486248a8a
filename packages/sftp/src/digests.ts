import { SyncEngineError } from '@syncengine/core';
import type { Session } from './ssh/index.ts';

/** Digests that one command computes; what comes meanwhile goes along with the next one. */
const mostAtOnce = 64;

/** Bytes of names that one command is given; systems take no more than some hundred thousand. */
const namesAtOnce = 64 * 1024;

interface Wanted {
  readonly absolute: string;
  readonly resolve: (digest: string | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** Digests of files, many by one command: starting one costs more than most files do. */
export class Digests {
  readonly #session: Session;
  readonly #command: string;
  readonly #atOnce: number;
  readonly #waiting: Wanted[] = [];
  #running = 0;
  #isScheduled = false;

  /**
   * @param command reads names that NUL ends, and tells `digest  name`, which NUL ends too, of each that it can read
   * @param atOnce commands
   */
  constructor(session: Session, command: string, atOnce: number) {
    this.#session = session;
    this.#command = command;
    this.#atOnce = atOnce;
  }

  /** @returns `undefined` when the command found no file to read */
  of(absolute: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ absolute, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // What is asked for in one turn goes together.
      setImmediate(() => {
        this.#isScheduled = false;
        this.#start();
      });
    });
  }

  #start(): void {
    while (this.#running < this.#atOnce && this.#waiting.length > 0) {
      const group = this.#next();
      this.#running += 1;
      this.#compute(group)
        .catch((error: unknown) => {
          for (const { reject } of group) reject(error);
        })
        .finally(() => {
          this.#running -= 1;
          this.#start();
        });
    }
  }

  /** A fair share for each command: they run at the same time. */
  #next(): readonly Wanted[] {
    const share = Math.min(mostAtOnce, Math.ceil(this.#waiting.length / (this.#atOnce - this.#running)));
    let bytes = 0;
    const end = this.#waiting.findIndex(({ absolute }, index) => {
      bytes += Buffer.byteLength(absolute) + 1;
      return index > 0 && (index >= share || bytes > namesAtOnce);
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #compute(group: readonly Wanted[]): Promise<void> {
    const names = group.map(({ absolute }) => `${absolute}\0`).join('');
    const ran = await this.#session.execute(this.#command, names);
    if (ran === undefined) {
      throw new SyncEngineError('storage-failure', 'The server did not run a command.', { retry: 'yes' });
    }
    const digests = digestsIn(ran.output);
    for (const { absolute, resolve } of group) resolve(digests.get(absolute));
  }
}

/** By the names of the files. */
function digestsIn(output: string): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const line of output.split('\0')) {
    const [, digest, name] = /^([0-9a-f]{32,64}) [ *](.*)$/s.exec(line) ?? [];
    if (digest !== undefined && name !== undefined) digests.set(name, digest);
  }
  return digests;
}
