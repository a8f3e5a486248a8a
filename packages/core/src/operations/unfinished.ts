import { asSyncEngineError, isAbortError, type Side, type SyncEngineError } from '../errors.ts';
import { byteLength } from '../paths/index.ts';
import type { Beginnings, PairState, UnfinishedWrite } from '../state/index.ts';
import type { FileEntry, Resumption, StorageClient } from '../storage/index.ts';

/** What is remembered of unfinished writes; a pair's state does. */
export type UnfinishedMemory = Pick<PairState, 'unfinished' | 'rememberWrite' | 'forgetWrite'>;

export interface UnfinishedWritesOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly memory: UnfinishedMemory;
  /** Contents of at least so many bytes are remembered. */
  readonly resumeFrom: number;
}

/** As many digests of beginnings are kept of one content at most: each is remembered durably. */
const mostBeginnings = 64;
const shortestBeginning = 8 * 1024 * 1024;

/** The writes of a run that may go on after a kill: remembered while they are under way, forgotten when they are done. */
export class UnfinishedWrites {
  readonly #options: UnfinishedWritesOptions;
  readonly #used = new Set<string>();

  constructor(options: UnfinishedWritesOptions) {
    this.#options = options;
  }

  /** The memory of one write of this content; `undefined` where nothing is to be remembered. */
  async of(side: Side, path: string, entry: FileEntry, signal: AbortSignal): Promise<UnfinishedOne | undefined> {
    const { memory, resumeFrom } = this.#options;
    const client = this.#options[side];
    const known = memory.unfinished.find((write) => write.side === side && write.path === path);
    const isSame = known !== undefined && known.size === entry.size && known.version === entry.version;
    if (known !== undefined && !isSame) await giveUp(client, known, memory, signal);
    if (entry.size < resumeFrom || !client.capabilities.resumableWrites) return undefined;
    this.#used.add(nameOf(side, path));
    return new UnfinishedOne(client, memory, isSame ? known : begin(side, path, entry));
  }

  /**
   * Gives up what is remembered and was not gone on with: nobody will come back for it.
   *
   * @returns what could not be given up; the next run tries again
   */
  async giveUpUnused(signal: AbortSignal): Promise<readonly SyncEngineError[]> {
    const { memory } = this.#options;
    const failures: SyncEngineError[] = [];
    for (const write of [...memory.unfinished]) {
      if (this.#used.has(nameOf(write.side, write.path))) continue;
      try {
        await giveUp(this.#options[write.side], write, memory, signal);
      } catch (error) {
        if (isAbortError(error)) throw error;
        const failure = asSyncEngineError(error, write.path);
        if (failure.code.startsWith('state-') || failure.code === 'lock-lost') throw failure;
        failures.push(failure);
      }
    }
    return failures;
  }
}

/** The memory of one unfinished write. */
export class UnfinishedOne {
  readonly #client: StorageClient;
  readonly #memory: UnfinishedMemory;
  #write: UnfinishedWrite;
  /** What the client is handed; always tells the last token, also to a second try. */
  readonly resumption: Resumption;

  constructor(client: StorageClient, memory: UnfinishedMemory, write: UnfinishedWrite) {
    this.#client = client;
    this.#memory = memory;
    this.#write = write;
    const last = (): string | undefined => this.token;
    this.resumption = {
      get token() {
        return last();
      },
      remember: (token) => this.#remember({ ...this.#write, token }),
    };
  }

  /** What the client remembered last. */
  get token(): string | undefined {
    return this.#write.token === '' ? undefined : this.#write.token;
  }

  get beginnings(): Beginnings {
    return this.#write.beginnings;
  }

  /** Keeps digests of what has passed; without a token there is nothing that they could prove. */
  async passed(beginnings: Beginnings): Promise<void> {
    const write = { ...this.#write, beginnings };
    if (this.token === undefined) this.#write = write;
    else await this.#remember(write);
  }

  /** It came to its end. */
  async done(): Promise<void> {
    await this.#memory.forgetWrite(this.#write.side, this.#write.path);
  }

  /** What is left of it is of no use: the next try starts over. */
  async giveUp(signal: AbortSignal): Promise<void> {
    if (this.token === undefined) return;
    await giveUp(this.#client, this.#write, this.#memory, signal);
    const { every } = this.#write.beginnings;
    this.#write = { ...this.#write, token: '', beginnings: { every, digests: [] } };
  }

  async #remember(write: UnfinishedWrite): Promise<void> {
    if (write.token === '' || byteLength(write.token) > longestToken) {
      throw new TypeError(`${this.#client.id} wants a token remembered that has not 1 to ${longestToken} bytes.`);
    }
    this.#write = write;
    await this.#memory.rememberWrite(write);
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
  await memory.forgetWrite(write.side, write.path);
}

function nameOf(side: Side, path: string): string {
  return `${side}:${path}`;
}
