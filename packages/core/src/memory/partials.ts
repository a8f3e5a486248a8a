import { isSyncEngineError } from '../errors.ts';
import { type Content, collectBytes, exactly, type Resumption } from '../storage/index.ts';

/** Contents of which only the beginning came, by their tokens. */
export class Partials {
  readonly #chunks = new Map<string, Uint8Array[]>();
  #counter = 0;

  /** All of a content, going on with what an earlier write left of it. */
  async collect(
    path: string,
    content: Content,
    resume: Resumption,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    const token = this.#tokenOf(resume, content);
    const chunks = this.#chunks.get(token) ?? [];
    const size = sizeOf(chunks);
    this.#chunks.set(token, chunks);
    const received = size === 0 ? undefined : { size, open: () => inPieces([...chunks]) };
    try {
      await resume.remember(token);
      // A copy, so that nobody can change what is stored.
      for await (const chunk of exactly(content, path, signal, received)) chunks.push(chunk.slice());
      const bytes = await collectBytes(inPieces(chunks));
      this.#chunks.delete(token);
      return bytes;
    } catch (error) {
      const isSpoilt = isSyncEngineError(error, 'content-mismatch') || isSyncEngineError(error, 'source-changed');
      if (isSpoilt || chunks.length === 0) this.#chunks.delete(token);
      throw error;
    }
  }

  drop(token: string): void {
    this.#chunks.delete(token);
  }

  keepOnly(tokens: readonly string[]): void {
    for (const token of [...this.#chunks.keys()]) if (!tokens.includes(token)) this.#chunks.delete(token);
  }

  #tokenOf({ token }: Resumption, { size }: Content): string {
    const begun = token === undefined ? undefined : this.#chunks.get(token);
    if (token !== undefined && begun !== undefined && sizeOf(begun) <= size) return token;
    if (token !== undefined) this.drop(token);
    this.#counter += 1;
    return `partial-${this.#counter}`;
  }
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}

async function* inPieces(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
