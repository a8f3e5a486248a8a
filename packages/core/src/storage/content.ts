import { SyncEngineError } from '../errors.ts';
import type { HashAlgorithm } from './entry.ts';

/** The beginning of a content that a receiver holds already. */
export interface Received {
  /** Bytes. */
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * The beginning of the content as the receiver holds it already, from an earlier write that was cut off. The stream
   * then goes on after these bytes. Whoever checks the content reads them first, so a wrong beginning is noticed.
   */
  readonly received?: Received | undefined;
}

/** Bytes that can be opened more than once, so that a retry can start over. */
export interface Content {
  /** Exact length in bytes. A stream that yields fewer or more is an error, never a short file. */
  readonly size: number;
  /** Each chunk belongs to the receiver: whoever yields it must not write into it again. */
  open(options?: OpenOptions): AsyncIterable<Uint8Array>;
  /**
   * All of it in one piece, which belongs to the receiver: what `open` would yield, with the same errors. For receivers who
   * hold small content in memory anyway; see `wholeOf`. Default: it can only be opened.
   */
  bytes?(options?: { readonly signal?: AbortSignal | undefined }): Promise<Uint8Array>;
  /** A digest of it in lower-case hexadecimal, where it is known or found without moving the content; else `undefined`. */
  hash?(algorithm: HashAlgorithm, options?: { readonly signal?: AbortSignal | undefined }): Promise<string | undefined>;
}

/** Content held in memory. */
export function contentOf(bytes: Uint8Array | string): Content {
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return {
    size: data.byteLength,
    async *open({ signal, received } = {}): AsyncGenerator<Uint8Array> {
      signal?.throwIfAborted();
      if (received !== undefined) await requireBeginning(data, received);
      const rest = received === undefined ? data : data.subarray(received.size);
      if (rest.byteLength > 0) yield rest;
    },
    async bytes({ signal } = {}) {
      signal?.throwIfAborted();
      return data;
    },
  };
}

/**
 * Remembers what the content itself threw while it was read: that is no failure of the store that it was written to, even
 * when it looks like one.
 */
export class WatchedContent implements Content {
  readonly size: number;
  readonly bytes?: NonNullable<Content['bytes']>;
  readonly #content: Content;
  failure: unknown;

  constructor(content: Content) {
    this.size = content.size;
    this.#content = content;
    const bytes = content.bytes?.bind(content);
    if (bytes === undefined) return;
    this.bytes = async (options) => {
      try {
        return await bytes(options);
      } catch (error) {
        this.failure = error;
        throw error;
      }
    };
  }

  async *open(options?: OpenOptions): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#content.open(options);
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/**
 * The chunks of `content`, refused the moment that they turn out longer or shorter than its size.
 *
 * @param received the beginning that the receiver holds; only what follows is then yielded
 * @throws SyncEngineError `content-length-mismatch`
 */
export async function* exactly(
  content: Content,
  path: string,
  signal?: AbortSignal,
  received?: Received,
): AsyncGenerator<Uint8Array> {
  let seen = received?.size ?? 0;
  for await (const chunk of content.open({ signal, received })) {
    signal?.throwIfAborted();
    seen += chunk.byteLength;
    if (seen > content.size) throw lengthMismatch(path, content.size, `at least ${seen}`);
    yield chunk;
  }
  signal?.throwIfAborted();
  if (seen !== content.size) throw lengthMismatch(path, content.size, String(seen));
}

/**
 * All of a small content, which is held in memory until it is written: asked for in one piece where the content offers that.
 *
 * @param path what an error is about
 * @throws SyncEngineError `content-length-mismatch`
 */
export async function wholeOf(content: Content, path: string, signal?: AbortSignal): Promise<Uint8Array> {
  if (content.bytes === undefined) return await collectBytes(exactly(content, path, signal));
  const bytes = await content.bytes({ signal });
  signal?.throwIfAborted();
  if (bytes.byteLength !== content.size) throw lengthMismatch(path, content.size, String(bytes.byteLength));
  return bytes;
}

/** All bytes of a stream in one array; for small content only. */
export async function collectBytes(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.byteLength;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

function lengthMismatch(path: string, expected: number, seen: string): SyncEngineError {
  return new SyncEngineError(
    'content-length-mismatch',
    `The content of ${JSON.stringify(path)} should have ${expected} bytes but has ${seen}; nothing was written.`,
    { path, retry: 'yes' },
  );
}

async function requireBeginning(data: Uint8Array, received: Received): Promise<void> {
  let position = 0;
  for await (const chunk of received.open()) {
    for (const [index, byte] of chunk.entries()) if (data[position + index] !== byte) throw wrongBeginning();
    position += chunk.byteLength;
  }
  if (position !== received.size) throw wrongBeginning();
}

function wrongBeginning(): SyncEngineError {
  return new SyncEngineError(
    'content-mismatch',
    'What an earlier, unfinished write left is no beginning of the content; it is of no use.',
  );
}
