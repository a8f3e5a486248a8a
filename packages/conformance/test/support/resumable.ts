import { type Content, decorate, exactly, type MemoryStorageClient, type StorageClient } from '@syncengine/core';

/** What unfinished writes of a store have left, by token. */
export class Unfinished {
  readonly #writes = new Map<string, { readonly path: string; readonly chunks: Uint8Array[] }>();
  #made = 0;
  /** Bytes that were taken in, by whichever write. */
  receivedBytes = 0;

  get names(): readonly string[] {
    return [...this.#writes.entries()].map(([token, { path }]) => `${token} of ${path}`);
  }

  begin(path: string): string {
    this.#made += 1;
    const token = `upload-${this.#made}`;
    this.#writes.set(token, { path, chunks: [] });
    return token;
  }

  chunksOf(token: string, path: string): Uint8Array[] | undefined {
    const write = this.#writes.get(token);
    return write?.path === path ? write.chunks : undefined;
  }

  end(token: string): void {
    this.#writes.delete(token);
  }
}

/**
 * A memory client that can go on with a write that was cut off, by keeping what came of it. `rereading`: like a store that
 * does not give back the parts that it has, it reads all of the content again and sends the rest.
 */
export function resumable(inner: MemoryStorageClient, unfinished: Unfinished, rereading = false): StorageClient {
  const client = decorate(inner, {
    capabilities: { ...inner.capabilities, resumableWrites: true },
    write: (write) => async (path, content, options) => {
      const resume = options?.resume;
      if (resume === undefined) return write(path, content, options);
      const known = resume.token !== undefined && unfinished.chunksOf(resume.token, path) !== undefined;
      const token = known && resume.token !== undefined ? resume.token : unfinished.begin(path);
      const chunks = unfinished.chunksOf(token, path) ?? [];
      try {
        await resume.remember(token);
      } catch (error) {
        unfinished.end(token);
        throw error;
      }
      const count = (bytes: number): void => {
        unfinished.receivedBytes += bytes;
      };
      const whole = rereading ? reread(content, path, chunks, count) : gathered(content, path, chunks, count);
      const entry = await write(path, whole, options);
      unfinished.end(token);
      return entry;
    },
  });
  return { ...client, abandon: async (_path, token) => unfinished.end(token) };
}

/** The content, of which every chunk that comes is kept, and none is fetched again. */
function gathered(content: Content, path: string, chunks: Uint8Array[], count: (bytes: number) => void): Content {
  return {
    size: content.size,
    open: async function* open(options) {
      const held = Buffer.concat(chunks);
      const received = {
        size: held.byteLength,
        open: async function* read() {
          if (held.byteLength > 0) yield held;
        },
      };
      if (held.byteLength > 0) yield held;
      const rest: Content = {
        size: content.size - held.byteLength,
        open: (inner) => content.open(held.byteLength > 0 ? { ...inner, received } : inner),
      };
      for await (const chunk of exactly(rest, path, options?.signal)) {
        chunks.push(chunk.slice());
        count(chunk.byteLength);
        yield chunk;
      }
    },
  };
}

/** The content, read from its beginning; what is held already is not taken in again. */
function reread(content: Content, path: string, chunks: Uint8Array[], count: (bytes: number) => void): Content {
  return {
    size: content.size,
    open: async function* open(options) {
      let heldBytes = Buffer.concat(chunks).byteLength;
      for await (const chunk of exactly(content, path, options?.signal)) {
        const news = chunk.subarray(Math.min(heldBytes, chunk.byteLength));
        heldBytes -= chunk.byteLength - news.byteLength;
        if (news.byteLength > 0) chunks.push(news.slice());
        count(news.byteLength);
        yield chunk;
      }
    },
  };
}
