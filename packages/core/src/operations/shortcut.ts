import { otherSide } from '../compare/index.ts';
import { isSyncEngineError } from '../errors.ts';
import { ownAlgorithm } from '../hashing/index.ts';
import type { FileEntry, Hashes } from '../storage/index.ts';
import type { TransferRequest, Transferred } from './transfer-request.ts';
import { verify } from './verify.ts';

/**
 * Brings a file over without moving its content through this process, where the two clients know a way; `undefined` where
 * they do not. The content does not pass by, so its digest is what the two sides tell of it, and may stay unknown.
 */
export async function shortcut(
  request: TransferRequest,
  modifiedAt: number | undefined,
): Promise<Transferred | undefined> {
  const { from, to, origin, entry, path, expected, keepReplacedAt, signal, onProgress, unfinished } = request;
  if (to.copyFrom === undefined || !isProvable(request)) return undefined;
  const { permissions } = entry;
  const { version, size } = entry;
  const resume = unfinished?.resumption;
  const known = { version, size, modifiedAt, permissions, hashes: origin.hashes };
  const options = { ...known, expected, keepReplacedAt, resume, onProgress, signal };
  const copied = await to.copyFrom(from, origin.path, path, options).catch((error: unknown) => {
    // What is missing or has changed is what was to be copied: a copy makes the folders that it needs.
    const isAboutOrigin = isSyncEngineError(error, 'source-changed') || isSyncEngineError(error, 'not-found');
    throw isAboutOrigin ? error.onSide(origin.side) : error;
  });
  if (copied === undefined) return undefined;
  const hashes = await digestsOf(request, copied);
  await verify(to, copied, entry.size, hashes, signal);
  onProgress(entry.size);
  unfinished?.done();
  return { entry: copied, hashes, transferredBytes: entry.size, isShortcut: true };
}

/** False where the next run could not tell whether the source changed: that takes a digest of what was copied. */
function isProvable({ to, origin, entry, isRacy }: TransferRequest): boolean {
  const { listed, onRequest } = to.capabilities.hashes;
  const canHash = listed.length > 0 || (to.hash !== undefined && onRequest.includes(ownAlgorithm));
  return canHash || Object.keys(origin.hashes).length > 0 || !isRacy(origin.side, entry);
}

/** All that is known; where a version alone will not do in the next run, what was written is read. */
async function digestsOf({ to, origin, entry, isRacy, signal }: TransferRequest, copied: FileEntry): Promise<Hashes> {
  const hashes = { ...copied.hashes, ...origin.hashes };
  const isTrusted = !isRacy(origin.side, entry) && !isRacy(otherSide(origin.side), copied);
  if (isTrusted || Object.keys(hashes).length > 0 || to.hash === undefined) return hashes;
  if (!to.capabilities.hashes.onRequest.includes(ownAlgorithm)) return hashes;
  return { [ownAlgorithm]: await to.hash(copied.path, ownAlgorithm, { expected: copied.version, signal }) };
}
