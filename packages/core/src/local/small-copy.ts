import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { createHasher, ownAlgorithm, PromisedHashes } from '../hashing/index.ts';
import type { CopyFromOptions, FileEntry } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import { fileEntryOf, requireFile, requireVersion } from './entry.ts';
import { errorNumber } from './errors.ts';
import { type LocalFolder, placeFile } from './placing.ts';
import { smallSize } from './reading.ts';
import { look } from './root.ts';
import { discard } from './staging.ts';
import { openStaged } from './writing.ts';

/**
 * Copies a small file from one local folder into another, all in one step: a stream would cost more than the bytes. What was
 * read is hashed on the way and told with the entry. `undefined` for what may not be read: the ordinary way tells of which
 * side that is.
 */
export function copySmall(
  origin: LocalFolder,
  from: string,
  folder: LocalFolder,
  to: string,
  options: CopyFromOptions,
): FileEntry | undefined {
  const place = origin.root.follow(from);
  const bytes = contentOf(place, from, options.version);
  if (bytes === undefined) return undefined;
  const check = new PromisedHashes(options.hashes);
  check.update(bytes);
  check.require(to);
  const hasher = createHasher(ownAlgorithm);
  hasher.update(bytes);
  const digest = hasher.digest();
  const staged = openStaged(folder, to);
  try {
    for (let position = 0; position < bytes.byteLength; ) {
      position += writeSync(staged.descriptor, bytes, position, bytes.byteLength - position, position);
    }
    requireVersion(from, look(place), options.version);
  } catch (error) {
    discard(staged.place, staged.descriptor);
    throw error;
  }
  const entry = fileEntryOf(to, placeFile(folder, staged, to, options));
  return { ...entry, hashes: { [ownAlgorithm]: digest } };
}

function contentOf(place: string, path: string, version: string): Buffer | undefined {
  const descriptor = openReadable(place);
  if (descriptor === undefined) return undefined;
  try {
    const stats = fstatSync(descriptor);
    requireFile(path, stats);
    requireVersion(path, stats, version);
    const bytes = roomFor(stats.size);
    let length = 0;
    while (length < bytes.byteLength) {
      const read = readSync(descriptor, bytes, length, bytes.byteLength - length, length);
      if (read === 0) throw failure('source-changed', path);
      length += read;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** Used again for each file: memory that was never touched before costs more than the bytes that are read into it. */
let room: Buffer | undefined;

/** Room for that many bytes, until the next call. */
function roomFor(size: number): Buffer {
  if (size > smallSize) return Buffer.allocUnsafe(size);
  room ??= Buffer.allocUnsafeSlow(smallSize);
  return room.subarray(0, size);
}

/** `undefined` for what may not be read. */
export function openReadable(place: string): number | undefined {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorNumber(error) === 'EACCES' || errorNumber(error) === 'EPERM') return undefined;
    throw error;
  }
}
