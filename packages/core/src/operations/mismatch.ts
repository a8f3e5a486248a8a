import { type Side, SyncEngineError } from '../errors.ts';
import type { HashAlgorithm, Hashes } from '../storage/index.ts';

/** False where an algorithm has two digests. */
export function isSame(known: Hashes, seen: Hashes): boolean {
  return differing(known, seen) === undefined;
}

/** @throws SyncEngineError with that code where an algorithm has two digests */
export function requireSame(
  path: string,
  known: Hashes,
  seen: Hashes,
  code: 'source-changed' | 'content-mismatch',
  side?: Side,
): void {
  const name = differing(known, seen);
  if (name !== undefined) throw mismatch(path, `the ${name} ${seen[name]} instead of ${known[name]}`, code, side);
}

/** The first algorithm that has two digests. */
function differing(known: Hashes, seen: Hashes): HashAlgorithm | undefined {
  for (const name in known) {
    const algorithm = name as HashAlgorithm; // Hashes has no other keys
    if (seen[algorithm] !== undefined && seen[algorithm] !== known[algorithm]) return algorithm;
  }
  return undefined;
}

export function mismatch(
  path: string,
  what: string,
  code: 'source-changed' | 'content-mismatch',
  side?: Side,
): SyncEngineError {
  const message = `${JSON.stringify(path)} has ${what} after the transfer; it was not kept. The next run tries again.`;
  return new SyncEngineError(code, message, { path, side, retry: code === 'content-mismatch' ? 'yes' : 'no' });
}
