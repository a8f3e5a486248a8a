import type { Clock } from '../control/index.ts';
import { asSyncEngineError, isAbortError, type Side, type SyncEngineError } from '../errors.ts';
import { byteLength } from '../paths/index.ts';
import type { Beginnings, PairState, UnfinishedWrite } from '../state/index.ts';
import type { FileEntry, Resumption, StorageClient } from '../storage/index.ts';

/** What is remembered of unfinished writes; a pair's state does. */
type UnfinishedMemory = Pick<PairState, 'unfinished' | 'rememberWrite' | 'forgetWrites'>;

export interface UnfinishedWritesOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly memory: UnfinishedMemory;
  /** Contents of at least so many bytes are remembered. */
  readonly resumeFrom: number;
  readonly clock: Clock;
}

/** As many digests of beginnings are kept of one content at most: each is remembered durably. */
const mostBeginnings = 64;
const shortestBeginning = 8 * 1024 * 1024;

/**
 * Milliseconds between two durable notes of how far a write came: each costs a flush. What came since the last one is read
 * again when the write goes on, which is not much of a slow transfer, and soon done for a fast one.
 */
const betweenNotes = 250;

/** The writes of a run that may go on after a kill: remembered while they are under way, forgotten when they are done. */
export class UnfinishedWrites {
  readonly #options: UnfinishedWritesOptions;
  readonly #used = new Set<string>();
  readonly #done: UnfinishedOne[] = [];

  constructor(options: UnfinishedWritesOptions) {
    this.#options = options;
  }

  /** True where something is remembered, which a write that begins anew would have to give up first. */
  get hasAny(): boolean {
    return this.#options.memory.unfinished.length > 0;
  }

  /** The memory of one write of this content; `undefined` where nothing is to be remembered. */
  async of(side: Side, path: string, entry: FileEntry, signal: AbortSignal): Promise<UnfinishedOne | undefined> {
    const { memory, resumeFrom, clock } = this.#options;
    const client = this.#options[side];
    const known = memory.unfinished.find((write) => write.side === side && write.path === path);
    const isSame = known !== undefined && known.size === entry.size && known.version === entry.version;
    if (known !== undefined && !isSame) await giveUp(client, known, memory, signal);
    if (entry.size < resumeFrom || !client.capabilities.resumableWrites) return undefined;
    this.#used.add(nameOf(side, path));
    const write = isSame ? known : begin(side, path, entry);
    return new UnfinishedOne({ client, memory, clock, write, onDone: (one) => this.#done.push(one) });
  }

  /**
   * Forgets what came to its end, and gives up what was not gone on with: nobody will come back for it. To be called at the
   * end of a run. Until then both may be remembered in vain, which costs nothing but the next run's asking.
   *
   * @returns what could not be given up; the next run tries again
   */
  async finish(signal: AbortSignal): Promise<readonly SyncEngineError[]> {
    const { memory } = this.#options;
    const failures: SyncEngineError[] = [];
    const forgotten = this.#done.filter(({ token }) => token !== undefined).map(({ write }) => write);
    for (const write of memory.unfinished) {
      if (this.#used.has(nameOf(write.side, write.path))) continue;
      try {
        await this.#options[write.side].abandon?.(write.path, write.token, { signal });
        forgotten.push(write);
      } catch (error) {
        if (isAbortError(error)) throw error;
        failures.push(asSyncEngineError(error, write.path));
      }
    }
    if (forgotten.length > 0) await memory.forgetWrites(forgotten);
    return failures;
  }
}

interface UnfinishedOneOptions {
  readonly client: StorageClient;
  readonly memory: UnfinishedMemory;
  readonly clock: Clock;
  readonly write: UnfinishedWrite;
  readonly onDone: (one: UnfinishedOne) => void;
}

/** The memory of one unfinished write. */
export class UnfinishedOne {
  readonly #options: UnfinishedOneOptions;
  #write: UnfinishedWrite;
  /** When it was last noted durably how far it came; milliseconds since the epoch. */
  #notedAt: number;
  /** What the client is handed; always tells the last token, also to a second try. */
  readonly resumption: Resumption;

  constructor(options: UnfinishedOneOptions) {
    this.#options = options;
    this.#write = options.write;
    this.#notedAt = options.clock.now();
    const last = (): string | undefined => this.token;
    this.resumption = {
      get token() {
        return last();
      },
      remember: (token) => this.#note({ ...this.#write, token }),
    };
  }

  get write(): UnfinishedWrite {
    return this.#write;
  }

  /** What the client remembered last. */
  get token(): string | undefined {
    return this.#write.token === '' ? undefined : this.#write.token;
  }

  get beginnings(): Beginnings {
    return this.#write.beginnings;
  }

  /** Keeps digests of what has passed: durably once there is a token, and now and then. */
  async passed(beginnings: Beginnings): Promise<void> {
    this.#write = { ...this.#write, beginnings };
    if (this.token === undefined || this.#options.clock.now() - this.#notedAt < betweenNotes) return;
    await this.#note(this.#write);
  }

  /** It came to its end. */
  done(): void {
    this.#options.onDone(this);
  }

  /** What is left of it is of no use: the next try starts over. */
  async giveUp(signal: AbortSignal): Promise<void> {
    if (this.token === undefined) return;
    const { client, memory } = this.#options;
    await giveUp(client, this.#write, memory, signal);
    const { every } = this.#write.beginnings;
    this.#write = { ...this.#write, token: '', beginnings: { every, digests: [] } };
  }

  async #note(write: UnfinishedWrite): Promise<void> {
    const { client, memory, clock } = this.#options;
    if (write.token === '' || byteLength(write.token) > longestToken) {
      throw new TypeError(`${client.id} wants a token remembered that has not 1 to ${longestToken} bytes.`);
    }
    this.#write = write;
    await memory.rememberWrite(write);
    this.#notedAt = clock.now();
  }
}

/** In bytes; see `Resumption`. */
const longestToken = 4096;

function begin(side: Side, path: string, { size, version }: FileEntry): UnfinishedWrite {
  const every = Math.max(shortestBeginning, Math.ceil(size / mostBeginnings));
  return { side, path, size, version, token: '', beginnings: { every, digests: [] } };
}

async function giveUp(
  client: StorageClient,
  write: UnfinishedWrite,
  memory: UnfinishedMemory,
  signal: AbortSignal,
): Promise<void> {
  await client.abandon?.(write.path, write.token, { signal });
  await memory.forgetWrites([write]);
}

function nameOf(side: Side, path: string): string {
  return `${side}:${path}`;
}
