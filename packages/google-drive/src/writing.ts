import {
  type Content,
  collectBytes,
  createHasher,
  type Expectation,
  exactly,
  type FileEntry,
  type HashAlgorithm,
  type Hashes,
  isSyncEngineError,
  requireExpected,
  requireHashes,
  SyncEngineError,
  storageFailure,
  type WriteOptions,
} from '@syncengine/core';
import type { Changer } from './changing.ts';
import type { ContentCalls } from './content-calls.ts';
import { type DriveFile, isFolder, isNative } from './drive-file.ts';
import { entryOfFile, fileEntryOf } from './entry.ts';
import { byAge, discard, withoutFolder } from './folders.ts';
import { mediaTypeOf } from './media-type.ts';
import { locate, type Place, requireOwnBytes } from './place.ts';
import { settled } from './settle.ts';

export interface Writer extends Changer {
  readonly contents: ContentCalls;
  /** Up to this many bytes go in one request. */
  readonly singleRequestLimit: number;
  /** Bytes of one request of a larger content. */
  readonly chunkSize: number;
  /** Where credentials may be sent to. */
  readonly origin: string;
}

/** Stores a content that fits into one request. */
export async function writeSmall(
  writer: Writer,
  path: string,
  content: Content,
  options: WriteOptions,
): Promise<FileEntry> {
  const { signal, hashes = {} } = options;
  const bytes = await collectBytes(exactly(content, path, signal));
  const digests = digestsOf(bytes, [...promised(hashes), 'md5']);
  requireHashes(path, hashes, digests);
  for (;;) {
    const place = await openPlace(writer, path, options.expected, signal);
    const file = await (place.file === undefined
      ? create(writer, place, bytes, digests.md5, options)
      : replace(writer, place.file, path, bytes, digests.md5, options));
    if (file !== undefined) return fileEntryOf(path, file);
  }
}

/**
 * The place of a write, right before it is made, when everything about it is as the caller expects.
 *
 * @throws SyncEngineError `precondition-failed`, `is-a-directory`, `not-a-directory`, `unsupported`
 */
export async function openPlace(
  writer: Writer,
  path: string,
  expected: Expectation | undefined,
  signal: AbortSignal | undefined,
): Promise<Place> {
  await writer.mirror.refresh(signal);
  const place = await locate(writer.mirror, path, signal).catch((error: unknown) => {
    // Whatever the several of one name are, nothing was to stand there.
    if (expected !== 'absent' || !isSyncEngineError(error, 'name-collision')) throw error;
    throw storageFailure('precondition-failed', path, { cause: error });
  });
  const { file } = place;
  if (file !== undefined && isFolder(file)) throw storageFailure('is-a-directory', path);
  // That it is a document says more than that it is no version of a file.
  if (file !== undefined && expected !== 'absent') requireOwnBytes(path, file);
  requireExpected(path, file === undefined ? undefined : entryOfFile(path, file), expected);
  if (place.obstacle !== undefined) throw storageFailure('not-a-directory', path);
  return place;
}

/**
 * Looks whether somebody made a file of the same name at the same moment. Then the older one stays, and ours is taken away
 * again: whoever comes second sees the first.
 *
 * @returns false when the file was taken away
 * @throws SyncEngineError `precondition-failed` when nothing was to stand there
 */
export async function requireAlone(
  writer: Writer,
  made: DriveFile,
  path: string,
  expected: Expectation | undefined,
): Promise<boolean> {
  const { mirror, files } = writer;
  mirror.put(made);
  await mirror.refresh();
  const [parent = ''] = made.parents;
  const namesakes = mirror.tree(path).named(parent, made.name);
  const oldest = namesakes.filter((file) => !isNative(file)).sort(byAge)[0];
  if (oldest === undefined || oldest.id === made.id) return true;
  await discard(files, made.id, path);
  mirror.drop(made.id);
  if (expected === 'absent') throw storageFailure('precondition-failed', path);
  return false;
}

export function notAsSent(path: string): SyncEngineError {
  const message = `Google Drive stored another content at ${JSON.stringify(path)} than was sent (by its md5 hash).`;
  return new SyncEngineError('content-mismatch', message, { path, retry: 'yes' });
}

/** The algorithms of which a digest was promised. */
export function promised(hashes: Hashes): HashAlgorithm[] {
  const all: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];
  return all.filter((algorithm) => hashes[algorithm] !== undefined);
}

async function create(
  writer: Writer,
  place: Place,
  bytes: Uint8Array,
  md5: string | undefined,
  { modifiedAt, signal, expected }: WriteOptions,
): Promise<DriveFile | undefined> {
  const { files, folders, ids } = writer;
  const { path } = place;
  const held = await folders.hold(place, signal);
  try {
    const id = await ids.take();
    const name = place.names.at(-1) ?? '';
    signal?.throwIfAborted();
    const change = { id, name, parents: [held.id], modifiedAt };
    const media = { bytes, mimeType: mediaTypeOf(name) };
    const send = (): Promise<DriveFile> => files.create(change, media, { path, signal });
    const made = await settled(files, id, path, send, (file) => file.md5 === md5).catch((error: unknown) => {
      throw withoutFolder(error, path);
    });
    if (made.md5 !== md5) {
      await discard(files, id, path);
      throw notAsSent(path);
    }
    const isAlone = await requireAlone(writer, made, path, expected);
    await held.release('kept');
    return isAlone ? made : undefined;
  } catch (error) {
    await held.release('failed');
    throw error;
  }
}

async function replace(
  { files, mirror }: Writer,
  file: DriveFile,
  path: string,
  bytes: Uint8Array,
  md5: string | undefined,
  { modifiedAt, signal }: WriteOptions,
): Promise<DriveFile> {
  const media = { bytes, mimeType: mediaTypeOf(file.name) };
  const send = (): Promise<DriveFile> => files.update(file.id, { modifiedAt }, media, { path, signal });
  const isDone = (now: DriveFile): boolean => now.md5 === md5 && now.headRevisionId !== file.headRevisionId;
  const replaced = await settled(files, file.id, path, send, isDone);
  mirror.put(replaced);
  if (replaced.md5 !== md5) throw notAsSent(path);
  return replaced;
}

function digestsOf(bytes: Uint8Array, algorithms: readonly HashAlgorithm[]): Hashes {
  const digests = new Map<HashAlgorithm, string>();
  for (const algorithm of algorithms) {
    const hasher = createHasher(algorithm);
    hasher.update(bytes);
    digests.set(algorithm, hasher.digest());
  }
  return Object.fromEntries(digests);
}
