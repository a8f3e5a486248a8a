import {
  type Content,
  createHasher,
  type HashAlgorithm,
  type Hasher,
  type OpenOptions,
  requireHashes,
  SyncEngineError,
  type WriteOptions,
} from '@syncengine/core';

/** Content up to this many bytes is read before a connection is taken for it. */
const readAheadSize = 256 * 1024;

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/**
 * Content on its way to the server: counted, hashed where the caller promised hashes, and begun before a connection is taken, so
 * that no connection waits for a disk, and content that comes over the same client cannot wait for itself.
 */
export class Incoming {
  readonly #path: string;
  readonly #content: Content;
  readonly #options: WriteOptions;
  readonly #received: OpenOptions['received'];
  readonly #hashers: ReadonlyMap<HashAlgorithm, Hasher>;
  readonly #ahead: Uint8Array[] = [];
  #iterator: AsyncIterator<Uint8Array> | undefined;
  #isAtEnd = false;
  #isBegun = false;
  #seen: number;

  /** @param received the beginning that the server holds already */
  constructor(path: string, content: Content, options: WriteOptions, received: OpenOptions['received']) {
    this.#path = path;
    this.#content = content;
    this.#options = options;
    this.#received = received;
    this.#seen = received?.size ?? 0;
    const promised = algorithms.filter((name) => options.hashes?.[name] !== undefined);
    this.#hashers = new Map(promised.map((name) => [name, createHasher(name)]));
  }

  /** Opens the content and takes its beginning; small content is then complete and checked. */
  async begin(): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#received !== undefined && this.#hashers.size > 0) {
      for await (const chunk of this.#received.open()) this.#hash(chunk);
    }
    this.#iterator = this.#content.open({ signal, received: this.#received })[Symbol.asyncIterator]();
    let ahead = 0;
    while (ahead < readAheadSize) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      this.#ahead.push(chunk);
      ahead += chunk.byteLength;
    }
  }

  /** Something was taken to be sent, so that it cannot be sent again. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** What is to be sent, once. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#isBegun = true;
    for (const chunk of this.#ahead.splice(0)) yield chunk;
    while (!this.#isAtEnd) {
      const chunk = await this.#next();
      if (chunk !== undefined) yield chunk;
    }
  }

  /** Nothing more is wanted. */
  async stop(): Promise<void> {
    if (this.#isAtEnd) return;
    this.#isAtEnd = true;
    await this.#iterator?.return?.();
  }

  async #next(): Promise<Uint8Array | undefined> {
    const next = await this.#iterator?.next();
    this.#options.signal?.throwIfAborted();
    const { size } = this.#content;
    if (next === undefined || next.done === true) {
      this.#isAtEnd = true;
      if (this.#seen !== size) throw this.#lengthMismatch(String(this.#seen));
      this.#checkHashes();
      return undefined;
    }
    this.#seen += next.value.byteLength;
    if (this.#seen > size) throw this.#lengthMismatch(`at least ${this.#seen}`);
    this.#hash(next.value);
    return next.value;
  }

  #hash(chunk: Uint8Array): void {
    for (const hasher of this.#hashers.values()) hasher.update(chunk);
  }

  #checkHashes(): void {
    const actual = Object.fromEntries([...this.#hashers].map(([name, hasher]) => [name, hasher.digest()]));
    requireHashes(this.#path, this.#options.hashes ?? {}, actual);
  }

  #lengthMismatch(seen: string): SyncEngineError {
    const message = `The content of ${JSON.stringify(this.#path)} should have ${this.#content.size} bytes but has ${seen}; nothing was written.`;
    return new SyncEngineError('content-length-mismatch', message, { path: this.#path, retry: 'yes' });
  }
}
