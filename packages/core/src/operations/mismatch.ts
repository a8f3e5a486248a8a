import { type Side, SyncEngineError } from '../errors.ts';
import type { HashAlgorithm, Hashes } from '../storage/index.ts';

/** False where an algorithm has two digests. */
export function isSame(known: Hashes, seen: Hashes): boolean {
  for (const name in known) {
    const algorithm = name as HashAlgorithm; // Hashes has no other keys
    if (seen[algorithm] !== undefined && seen[algorithm] !== known[algorithm]) return false;
  }
  return true;
}

/** @throws SyncEngineError with that code where an algorithm has two digests */
export function requireSame(
  path: string,
  known: Hashes,
  seen: Hashes,
  code: 'source-changed' | 'content-mismatch',
  side?: Side,
): void {
  for (const [name, digest] of Object.entries(known)) {
    const other = seen[name as HashAlgorithm]; // Hashes has no other keys
    if (other !== undefined && other !== digest)
      throw mismatch(path, `the ${name} ${other} instead of ${digest}`, code, side);
  }
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
