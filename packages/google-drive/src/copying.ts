import {
  type CopyFromOptions,
  type FileEntry,
  type HashAlgorithm,
  type Hashes,
  isSyncEngineError,
  nameOf,
  requireHashes,
  storageFailure,
} from '@syncengine/core';
import { type DriveFile, isFolder, isNative } from './drive-file.ts';
import { fileEntryOf, versionOfFile } from './entry.ts';
import { discard } from './folders.ts';
import type { Mirror } from './mirror.ts';
import { locate } from './place.ts';
import { settled } from './settle.ts';
import { openPlace, requireAlone, type Writer } from './writing.ts';

/**
 * Copies a file of another client's folder inside of Drive; `undefined` where Drive cannot, or not as a write would: what is
 * replaced keeps its id and its earlier versions, which takes a write, and what this account may not see or copy has to
 * pass through here.
 */
export async function copyBetween(
  writer: Writer,
  origin: Mirror,
  from: string,
  to: string,
  options: CopyFromOptions,
): Promise<FileEntry | undefined> {
  const { version, expected, signal } = options;
  for (;;) {
    const file = await fileToCopy(writer, origin, from, signal);
    if (file === undefined) return undefined;
    if (versionOfFile(file) !== version) throw storageFailure('source-changed', from);
    const place = await openPlace(writer, to, expected, signal);
    if (place.file !== undefined) return undefined;
    const held = await writer.folders.hold(place, signal);
    try {
      const made = await copyInto(writer, file, held.id, from, to, options);
      const isAlone = made !== undefined && (await requireAlone(writer, made, to, expected));
      await held.release(made === undefined ? 'failed' : 'kept');
      if (made === undefined) return undefined;
      if (isAlone) return fileEntryOf(to, made);
    } catch (error) {
      await held.release('failed');
      throw error;
    }
  }
}

/** The file as this account sees it. What is shown as a file and is none has no bytes that could be copied. */
async function fileToCopy(
  { files }: Writer,
  origin: Mirror,
  from: string,
  signal: AbortSignal | undefined,
): Promise<DriveFile | undefined> {
  await origin.refresh(signal);
  const { file } = await locate(origin, from, signal);
  if (file === undefined) throw storageFailure('not-found', from);
  if (isFolder(file)) throw storageFailure('is-a-directory', from);
  if (isNative(file) || file.parents.length > 1) return undefined;
  try {
    return await files.get(file.id, { path: from, signal });
  } catch (error) {
    if (isSyncEngineError(error, 'not-found')) return undefined;
    throw error;
  }
}

/** `undefined` where this account may not copy it. */
async function copyInto(
  { files, ids }: Writer,
  file: DriveFile,
  folderId: string,
  from: string,
  to: string,
  { modifiedAt, hashes = {}, signal }: CopyFromOptions,
): Promise<DriveFile | undefined> {
  const id = await ids.take();
  const change = { id, name: nameOf(to), parents: [folderId], modifiedAt };
  const copy = (): Promise<DriveFile> => files.copy(file.id, change, { path: to, signal });
  let made: DriveFile;
  try {
    made = await settled(files, id, to, copy, (now) => !now.trashed);
  } catch (error) {
    if (isSyncEngineError(error, 'permission-denied')) return undefined;
    throw error;
  }
  try {
    if (made.md5 !== file.md5 || made.size !== file.size) throw storageFailure('source-changed', from);
    requireTold(to, hashes, fileEntryOf(to, made).hashes ?? {});
    return made;
  } catch (error) {
    await discard(files, made.id, to);
    throw error;
  }
}

/** What was promised, as far as Drive tells it; the content itself does not pass by. */
function requireTold(path: string, promised: Hashes, told: Hashes): void {
  const known: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5'];
  const both = known.filter((algorithm) => promised[algorithm] !== undefined && told[algorithm] !== undefined);
  requireHashes(path, Object.fromEntries(both.map((algorithm) => [algorithm, promised[algorithm]])), told);
}
