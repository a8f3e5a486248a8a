import { newline, type StoredLine } from './checked-lines.ts';

/** Takes a stream of bytes apart: in lines, and in parts of a known length. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);
  /** Of the buffer, in the stream. */
  #start = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next byte, which stays; `undefined` at the end. */
  async peek(): Promise<number | undefined> {
    while (this.#buffer.byteLength === 0) if (!(await this.#more())) return undefined;
    return this.#buffer[0];
  }

  /** The next so many bytes; fewer at the end. */
  async take(length: number): Promise<Buffer> {
    while (this.#buffer.byteLength < length) if (!(await this.#more())) break;
    return this.#cut(Math.min(length, this.#buffer.byteLength));
  }

  /** The next line. To be asked for where there is a byte. */
  async line(): Promise<StoredLine> {
    let searched = 0;
    for (;;) {
      const at = this.#buffer.indexOf(newline, searched);
      if (at !== -1) {
        const bytes = this.#cut(at + 1).subarray(0, at);
        return { bytes, end: this.#start, isComplete: true };
      }
      searched = this.#buffer.byteLength;
      if (await this.#more()) continue;
      const bytes = this.#cut(this.#buffer.byteLength);
      return { bytes, end: this.#start, isComplete: false };
    }
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #cut(length: number): Buffer {
    const part = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    this.#start += length;
    return part;
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    this.#buffer = this.#buffer.byteLength === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    return true;
  }
}
