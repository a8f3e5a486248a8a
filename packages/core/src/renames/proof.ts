import type { BaseRecord } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { HashAlgorithm, Hashes, StorageCapabilities, SyncedEntry } from '../storage/index.ts';

const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

/**
 * True when `entry` is, beyond doubt, what the base knows under another name: the same stable id, and the same birth
 * time or the same content. An id alone proves nothing, because stores use ids again.
 */
export function isProvenById(
  entry: SyncedEntry,
  base: BaseRecord,
  side: Side,
  capabilities: StorageCapabilities,
): boolean {
  if (!hasSameIdentity(entry, base, side, capabilities) || entry.kind !== base.kind) return false;
  const { createdAt } = base[side];
  if (createdAt !== undefined && entry.createdAt !== undefined) return entry.createdAt === createdAt;
  if (entry.kind === 'symlink') return entry.target === base.target;
  return entry.kind === 'file' && hasSameContent(entry, base);
}

export function hasSameIdentity(
  entry: SyncedEntry,
  base: BaseRecord,
  side: Side,
  capabilities: StorageCapabilities,
): boolean {
  return capabilities.stableIdentity && entry.identity !== undefined && entry.identity === base[side].identity;
}

/** True when size and a common digest are the same. */
export function hasSameContent(entry: SyncedEntry, base: BaseRecord): boolean {
  if (entry.kind !== 'file' || base.kind !== 'file' || entry.size !== base.size) return false;
  return algorithms.some((name) => isSame(name, entry.hashes, base.hashes));
}

/** The digest that would tell whether a file has the content that the base knows; `undefined` when none can. */
export function tellingDigest(base: BaseRecord, capabilities: StorageCapabilities): HashAlgorithm | undefined {
  return algorithms.find((name) => base.hashes?.[name] !== undefined && capabilities.hashes.onRequest.includes(name));
}

function isSame(name: HashAlgorithm, left: Hashes | undefined, right: Hashes | undefined): boolean {
  return left?.[name] !== undefined && left[name] === right?.[name];
}
