import type { HashAlgorithm, Hashes } from '../storage/index.ts';
import { requireHashes } from '../storage-failures.ts';
import { createHasher, type Hasher } from './hashing.ts';

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/** What the caller of a write promised of its content (`WriteOptions.hashes`), computed while the content passes. */
export class PromisedHashes {
  readonly #promised: Hashes;
  readonly #hashers: ReadonlyArray<readonly [HashAlgorithm, Hasher]>;

  constructor(promised: Hashes = {}) {
    this.#promised = promised;
    this.#hashers = algorithms
      .filter((name) => promised[name] !== undefined)
      .map((name) => [name, createHasher(name)] as const);
  }

  /** Takes what the receiver holds from an earlier write; nothing is read where nothing was promised. */
  async take(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#hashers.length > 0) for await (const chunk of chunks) this.update(chunk);
  }

  update(bytes: Uint8Array): void {
    for (const [, hasher] of this.#hashers) hasher.update(bytes);
  }

  /**
   * To be called once, after the last byte.
   *
   * @throws SyncEngineError `content-mismatch`
   */
  require(path: string): void {
    const actual = Object.fromEntries(this.#hashers.map(([name, hasher]) => [name, hasher.digest()]));
    requireHashes(path, this.#promised, actual);
  }
}
