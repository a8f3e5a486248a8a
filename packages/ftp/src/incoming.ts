import { type Content, exactly, type OpenOptions, PromisedHashes, type WriteOptions, wholeOf } from '@syncengine/core';

/** Content up to this many bytes is read before a connection is taken for it. */
const readAheadSize = 256 * 1024;

/**
 * Content on its way to the server: counted, hashed where the caller promised hashes, and begun before a connection is taken, so
 * that no connection waits for a disk, and content that comes over the same client cannot wait for itself.
 */
export class Incoming {
  readonly #path: string;
  readonly #content: Content;
  readonly #options: WriteOptions;
  readonly #received: OpenOptions['received'];
  readonly #ahead: Uint8Array[] = [];
  readonly #chunks: AsyncGenerator<Uint8Array>;
  #isAtEnd = false;
  #isBegun = false;

  /** @param received the beginning that the server holds already */
  constructor(path: string, content: Content, options: WriteOptions, received: OpenOptions['received']) {
    this.#path = path;
    this.#content = content;
    this.#options = options;
    this.#received = received;
    this.#chunks = this.#checked();
  }

  /** Opens the content and takes its beginning; small content is then complete and checked. */
  async begin(): Promise<void> {
    this.#options.signal?.throwIfAborted();
    if (this.#received === undefined && this.#content.size <= readAheadSize) {
      const whole = await wholeOf(this.#content, this.#path, this.#options.signal);
      const check = new PromisedHashes(this.#options.hashes);
      check.update(whole);
      check.require(this.#path);
      this.#isAtEnd = true;
      this.#ahead.push(whole);
      return;
    }
    let ahead = 0;
    while (ahead < readAheadSize) {
      const { value, done } = await this.#chunks.next();
      this.#isAtEnd = done === true;
      if (this.#isAtEnd) return;
      this.#ahead.push(value);
      ahead += value.byteLength;
    }
  }

  /** Something was taken to be sent, so that it cannot be sent again. */
  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** All of the content, where it was small enough to be read at once; it may be sent more than once. */
  get whole(): Uint8Array | undefined {
    if (!this.#isAtEnd || this.#isBegun || this.#received !== undefined) return undefined;
    const [only] = this.#ahead;
    return this.#ahead.length === 1 ? only : Buffer.concat(this.#ahead);
  }

  /** What is to be sent, once. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    this.#isBegun = true;
    const isComplete = this.#isAtEnd;
    for (const chunk of this.#ahead.splice(0)) yield chunk;
    if (!isComplete) yield* this.#chunks;
    this.#isAtEnd = true;
  }

  /** Nothing more is wanted. */
  async stop(): Promise<void> {
    if (this.#isAtEnd) return;
    this.#isAtEnd = true;
    await this.#chunks.return(undefined);
  }

  async *#checked(): AsyncGenerator<Uint8Array> {
    const check = new PromisedHashes(this.#options.hashes);
    if (this.#received !== undefined) await check.take(this.#received.open());
    for await (const chunk of exactly(this.#content, this.#path, this.#options.signal, this.#received)) {
      check.update(chunk);
      yield chunk;
    }
    check.require(this.#path);
  }
}
