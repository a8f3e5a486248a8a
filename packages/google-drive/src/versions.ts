import {
  type CallOptions,
  type Content,
  createHasher,
  type FileEntry,
  isSyncEngineError,
  type RestoreVersionOptions,
  SyncEngineError,
  storageFailure,
  type WriteOptions,
} from '@syncengine/core';
import type { DriveFile } from './drive-file.ts';
import { fileEntryOf } from './entry.ts';
import { statusOf } from './failures.ts';
import type { DriveRevision } from './revision-calls.ts';
import { settled } from './settle.ts';
import { notRemoved } from './trashed.ts';
import { driveVersions, type Historian } from './version-listing.ts';
import { openPlace } from './writing.ts';

/** The content of a version, whole, and checked against the md5 hash that Drive tells. */
export async function* readDriveVersion(
  historian: Historian,
  path: string,
  id: string,
  { signal }: CallOptions,
): AsyncGenerator<Uint8Array> {
  const { fileId, revisionId } = await requireOf(historian, path, id, signal);
  const revision = await revisionWith(historian, { fileId, revisionId }, path, signal);
  yield* contentOf(historian, fileId, revision, path, signal);
}

async function* contentOf(
  { contents, acknowledgeAbuse }: Historian,
  fileId: string,
  revision: DriveRevision,
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher('md5');
  let received = 0;
  for await (const chunk of contents.downloadRevision(fileId, revision.id, { path, signal, acknowledgeAbuse })) {
    received += chunk.byteLength;
    hasher.update(chunk);
    yield chunk;
  }
  signal?.throwIfAborted();
  if (received === revision.size && (revision.md5 === undefined || hasher.digest() === revision.md5)) return;
  const message = `A version of ${JSON.stringify(path)} came from Google Drive with ${received} of ${revision.size} bytes, or damaged.`;
  throw new SyncEngineError('content-mismatch', message, { path, retry: 'yes' });
}

/**
 * What lies in the trash in its own folder is taken out of it, if nothing stands at its path. All else becomes the newest
 * content of what stands there.
 */
export async function restoreDriveVersion(
  historian: Historian,
  path: string,
  id: string,
  { expected, signal }: RestoreVersionOptions,
  write: (content: Content, options: WriteOptions) => Promise<FileEntry>,
): Promise<FileEntry> {
  const { writer, revisions } = historian;
  const { files, mirror } = writer;
  const { fileId, revisionId } = await requireOf(historian, path, id, signal);
  const revision = await revisionWith(historian, { fileId, revisionId }, path, signal);
  const file = await files.get(fileId, { path, signal });
  const isHead = (await revisions.list(fileId, { path, signal })).at(-1)?.id === revisionId;
  const place = await openPlace(writer, path, expected, signal);
  const isAtHome = place.names.length === 1 && file.parents.length === 1 && file.parents[0] === place.folderId;
  if (place.file === undefined && file.trashed && isHead && isAtHome && file.name === place.names[0]) {
    const change = { trashed: false, appProperties: notRemoved };
    const untrash = (): Promise<DriveFile> => files.update(fileId, change, undefined, { path, signal });
    const restored = await settled(files, fileId, path, untrash, (now) => !now.trashed);
    mirror.put(restored);
    return fileEntryOf(path, restored);
  }
  const modifiedAt = isHead ? (file.modifiedAt ?? revision.modifiedAt) : revision.modifiedAt;
  const content = {
    size: revision.size,
    open: () => contentOf(historian, fileId, revision, path, signal),
  };
  return await write(content, { modifiedAt, expected, signal });
}

/** @throws SyncEngineError `not-found` for what is no version of this path */
async function requireOf(
  historian: Historian,
  path: string,
  id: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly fileId: string; readonly revisionId: string }> {
  signal?.throwIfAborted();
  const [fileId = '', revisionId = '', ...more] = id.split('/');
  if (fileId === '' || revisionId === '' || more.length > 0) throw storageFailure('not-found', path);
  // Another client told of it: then this one looks, too.
  if (!historian.told.has(fileId)) for await (const _page of driveVersions(historian, path, { signal }));
  if (historian.told.get(fileId) !== path) throw storageFailure('not-found', path);
  return { fileId, revisionId };
}

async function revisionWith(
  { revisions }: Historian,
  { fileId, revisionId }: { readonly fileId: string; readonly revisionId: string },
  path: string,
  signal: AbortSignal | undefined,
): Promise<DriveRevision> {
  try {
    return await revisions.get(fileId, revisionId, { path, signal });
  } catch (error) {
    if (isSyncEngineError(error) && statusOf(error) === 400) throw storageFailure('not-found', path, { cause: error });
    throw error;
  }
}
