import { isSyncEngineError } from '../errors.ts';
import type { WriteOptions } from '../storage/index.ts';
import { HashedContent, isWrongBeginning } from './hashed-content.ts';
import { shortcut } from './shortcut.ts';
import type { TransferRequest, Transferred } from './transfer-request.ts';
import { verify } from './verify.ts';

/** Smaller content is read into memory before it is written, where only its reading tells the time that it keeps. Bytes. */
const heldWhole = 1024 * 1024;

/**
 * Brings one file over: read under the expected version, hashed on the way, committed as a whole, and checked against
 * what the receiving store reports. A write that was cut off before goes on where it stopped.
 */
export async function transfer(request: TransferRequest): Promise<Transferred> {
  const { unfinished, signal } = request;
  // What was begun is gone on with.
  const copied = unfinished?.token === undefined ? await shortcut(request, request.entry.modifiedAt) : undefined;
  if (copied !== undefined) return copied;
  try {
    return await bring(request);
  } catch (error) {
    if (unfinished?.token === undefined || !isSpoilt(error)) throw error;
    await unfinished.giveUp(signal);
    if (!isWrongBeginning(error)) throw error;
    return await bring(request);
  }
}

async function bring(request: TransferRequest): Promise<Transferred> {
  const { from, to, origin, entry, path, expected, keepReplacedAt, signal, onProgress, unfinished } = request;
  const { permissions } = entry;
  const content = new HashedContent({
    from,
    to,
    origin,
    entry,
    onProgress,
    beginnings: unfinished?.beginnings,
    onBeginning: unfinished && ((beginnings) => unfinished.passed(beginnings)),
  });
  const modifiedAt = await timeOf(request, content);
  const resume = unfinished?.resumption;
  const options: WriteOptions = { modifiedAt, resume, permissions, expected, keepReplacedAt, signal };
  const written = await to.write(path, content, options);
  const hashes = content.digests;
  await verify(to, written, entry.size, hashes, signal);
  unfinished?.done();
  return { entry: written, hashes, transferredBytes: entry.size - content.received };
}

/** True for failures after which what is left of the write is no beginning of anything that will be written. */
function isSpoilt(error: unknown): boolean {
  return (
    isSyncEngineError(error) &&
    ['content-mismatch', 'content-length-mismatch', 'source-changed', 'precondition-failed'].includes(error.code)
  );
}

/** The time that the content keeps. Where the listing did not tell it, small content brings it along; else it is asked for. */
async function timeOf(
  { from, to, origin, entry, signal }: TransferRequest,
  content: HashedContent,
): Promise<number | undefined> {
  const isHidden = entry.modifiedAt === undefined && from.capabilities.modifiedAt.listed === false;
  if (!isHidden || to.capabilities.modifiedAt.settable === 'never') return entry.modifiedAt;
  const told = entry.size <= heldWhole ? await content.hold(signal) : undefined;
  if (told !== undefined) return told;
  const found = await from.stat(origin.path, { signal });
  return found?.kind === 'file' && found.version === entry.version ? found.modifiedAt : undefined;
}
