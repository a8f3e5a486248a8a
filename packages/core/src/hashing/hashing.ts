import { createHash, type Hash, hash } from 'node:crypto';
import type { HashAlgorithm } from '../storage/index.ts';
import { Crc32 } from './crc32.ts';

/** Takes bytes, gives one digest in lower-case hexadecimal. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Ends it. */
  digest(): string;
  /** Another one that has taken the same bytes, to go on by itself. */
  copy(): Hasher;
}

/** The hash of our own: what is remembered of content that passes through. */
export const ownAlgorithm: HashAlgorithm = 'sha256';

export function createHasher(algorithm: HashAlgorithm): Hasher {
  if (algorithm === 'crc32') return new Crc32();
  return around(createHash(algorithm));
}

function around(hash: Hash): Hasher {
  return {
    update: (bytes) => {
      hash.update(bytes);
    },
    digest: () => hash.digest('hex'),
    copy: () => around(hash.copy()),
  };
}

/** The digest of what is at hand as a whole; cheaper than a hasher. */
export function digestOf(algorithm: HashAlgorithm, bytes: Uint8Array): string {
  if (algorithm !== 'crc32') return hash(algorithm, bytes, 'hex');
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** The digest of a whole stream. */
export async function hashStream(algorithm: HashAlgorithm, stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hasher = createHasher(algorithm);
  for await (const chunk of stream) hasher.update(chunk);
  return hasher.digest();
}
