import { SyncEngineError } from '../errors.ts';
import type { HashAlgorithm } from './entry.ts';

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * The beginning of the content as the receiver holds it already, from an earlier write that was cut off. The stream
   * then goes on after these bytes. Whoever checks the content reads them first, so a wrong beginning is noticed.
   */
  readonly received?: { readonly size: number; open(): AsyncIterable<Uint8Array> } | undefined;
}

/** Bytes that can be opened more than once, so that a retry can start over. */
export interface Content {
  /** Exact length in bytes. A stream that yields fewer or more is an error, never a short file. */
  readonly size: number;
  /** Each chunk belongs to the receiver: whoever yields it must not write into it again. */
  open(options?: OpenOptions): AsyncIterable<Uint8Array>;
  /** A digest of it in lower-case hexadecimal, where it is known or found without moving the content; else `undefined`. */
  hash?(algorithm: HashAlgorithm, options?: { readonly signal?: AbortSignal | undefined }): Promise<string | undefined>;
}

/** Content held in memory. */
export function contentOf(bytes: Uint8Array | string): Content {
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return {
    size: data.byteLength,
    async *open({ signal } = {}): AsyncGenerator<Uint8Array> {
      signal?.throwIfAborted();
      if (data.byteLength > 0) yield data;
    },
  };
}

/**
 * The chunks of `content`, refused the moment that they turn out longer or shorter than its size.
 *
 * @throws SyncEngineError `content-length-mismatch`
 */
export async function* exactly(content: Content, path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of content.open({ signal })) {
    signal?.throwIfAborted();
    seen += chunk.byteLength;
    if (seen > content.size) throw lengthMismatch(path, content.size, `at least ${seen}`);
    yield chunk;
  }
  signal?.throwIfAborted();
  if (seen !== content.size) throw lengthMismatch(path, content.size, String(seen));
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
