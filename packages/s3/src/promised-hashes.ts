import { createHasher, type HashAlgorithm, type Hasher, type Hashes, requireHashes } from '@syncengine/core';

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/** Hashes that content has to have, computed while it passes. */
export class PromisedHashes {
  readonly #promised: Hashes;
  readonly #hashers: ReadonlyArray<readonly [HashAlgorithm, Hasher]>;

  constructor(promised: Hashes = {}) {
    this.#promised = promised;
    this.#hashers = algorithms
      .filter((name) => promised[name] !== undefined)
      .map((name) => [name, createHasher(name)] as const);
  }

  update(bytes: Uint8Array): void {
    for (const [, hasher] of this.#hashers) hasher.update(bytes);
  }

  /** @throws SyncEngineError `content-mismatch` */
  require(path: string): void {
    const actual = Object.fromEntries(this.#hashers.map(([name, hasher]) => [name, hasher.digest()]));
    requireHashes(path, this.#promised, actual);
  }
}
