import {
  type CallOptions,
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  isWithin,
  type MetadataChange,
  type MoveOptions,
  type RemoveOptions,
  requireExpected,
  storageFailure,
  unsupportedFailure,
} from '@syncengine/core';
import { type DriveFile, isFolder } from './drive-file.ts';
import { entryOfFile, fileEntryOf, versionOfFile } from './entry.ts';
import type { FileCalls } from './file-calls.ts';
import { discard, type Folders } from './folders.ts';
import type { IdSupply } from './id-supply.ts';
import type { Mirror } from './mirror.ts';
import { locate, type Place, requireFile, requireOwnBytes } from './place.ts';
import { settled } from './settle.ts';
import { removedNow } from './trashed.ts';

export interface Changer {
  readonly mirror: Mirror;
  readonly files: FileCalls;
  readonly folders: Folders;
  readonly ids: IdSupply;
}

/** Puts a file, or a folder in which nothing is, into Drive's trash. */
export async function removeEntry(changer: Changer, path: string, options: RemoveOptions): Promise<void> {
  const { mirror, files, folders } = changer;
  const { signal, expected } = options;
  await mirror.refresh(signal);
  const { file } = await locate(mirror, path, signal);
  if (file === undefined) throw storageFailure('not-found', path);
  if (isFolder(file)) {
    if (!(await folders.isEmpty(file.id, path, signal))) throw storageFailure('not-empty', path);
  } else {
    requireOwnBytes(path, file);
    requireExpected(path, entryOfFile(path, file), expected);
  }
  // Drive does not tell when something was put into the trash of My Drive.
  const change = { trashed: true, ...(isFolder(file) ? {} : { appProperties: removedNow(Date.now()) }) };
  const trash = (): Promise<DriveFile> => files.update(file.id, change, undefined, { path, signal });
  mirror.put(await settled(files, file.id, path, trash, (now) => now.trashed));
}

/** Makes a folder with those above it; one that is there is fine. */
export async function makeDirectory(changer: Changer, path: string, options: CallOptions): Promise<DirectoryEntry> {
  const { mirror, folders } = changer;
  const { signal } = options;
  await mirror.refresh(signal);
  const place = await locate(mirror, path, signal);
  const held = await folders.hold(place, signal);
  try {
    const name = place.names.at(-1) ?? '';
    const folder = await folders.make(place.tree, held.id, name, path);
    folders.keep(folder.id);
    await held.release('kept');
    return directoryEntryOf(path, folder);
  } catch (error) {
    await held.release('failed');
    throw error;
  }
}

/** One step, however much a folder holds. */
export async function moveEntry(changer: Changer, from: string, to: string, options: MoveOptions): Promise<void> {
  const { mirror, files, folders } = changer;
  const { signal } = options;
  await mirror.refresh(signal);
  const source = await locate(mirror, from, signal);
  const { file } = source;
  if (file === undefined) throw storageFailure('not-found', from);
  requireMovable(from, file, options);
  if (from !== to && isFolder(file) && isWithin(to, from))
    throw unsupportedFailure(from, 'cannot be moved into itself');
  const target = await locate(mirror, to, signal);
  if (target.file !== undefined) throw storageFailure('already-exists', to);
  const held = await folders.hold(target, signal);
  try {
    const name = target.names.at(-1) ?? '';
    // Renaming counts as a modification on Drive, unless it is told otherwise.
    const change = { name, modifiedAt: file.modifiedAt };
    const parents = { from: source.folderId, to: held.id };
    const move = (): Promise<DriveFile> => files.move(file.id, change, parents, { path: from, signal });
    const isDone = (now: DriveFile): boolean => now.name === name && now.parents.includes(held.id) && !now.trashed;
    mirror.put(await settled(files, file.id, from, move, isDone));
    await held.release('kept');
  } catch (error) {
    await held.release('failed');
    throw error;
  }
}

/** A copy inside of Drive, without moving the content. */
export async function copyFile(changer: Changer, from: string, to: string, options: MoveOptions): Promise<FileEntry> {
  const { mirror, files, folders, ids } = changer;
  const { signal, expected } = options;
  await mirror.refresh(signal);
  const file = requireFile(await locate(mirror, from, signal));
  requireExpected(from, entryOfFile(from, file), expected);
  const target = await locate(mirror, to, signal);
  if (target.file !== undefined) throw storageFailure('already-exists', to);
  const held = await folders.hold(target, signal);
  try {
    const id = await ids.take();
    const change = { id, name: target.names.at(-1) ?? '', parents: [held.id], modifiedAt: file.modifiedAt };
    const copy = (): Promise<DriveFile> => files.copy(file.id, change, { path: from, signal });
    const made = await settled(files, id, to, copy, (now) => !now.trashed);
    if (made.md5 !== file.md5) {
      await discard(files, made.id, to);
      throw storageFailure('precondition-failed', from);
    }
    mirror.put(made);
    await held.release('kept');
    return fileEntryOf(to, made);
  } catch (error) {
    await held.release('failed');
    throw error;
  }
}

/** Sets the time of a file or folder; its version stays. */
export async function changeMetadata(
  changer: Changer,
  path: string,
  { modifiedAt }: MetadataChange,
  options: RemoveOptions,
): Promise<Entry> {
  const { mirror, files } = changer;
  const { signal, expected } = options;
  await mirror.refresh(signal);
  const { file } = await locate(mirror, path, signal);
  if (file === undefined) throw storageFailure('not-found', path);
  if (!isFolder(file)) requireOwnBytes(path, file);
  requireExpected(path, entryOfFile(path, file), expected);
  if (modifiedAt === undefined) return entryOfFile(path, file);
  const changed = await files.update(file.id, { modifiedAt }, undefined, { path, signal });
  mirror.put(changed);
  return entryOfFile(path, changed);
}

export function directoryEntryOf(path: string, folder: DriveFile): DirectoryEntry {
  const { id, modifiedAt, createdAt } = folder;
  return {
    kind: 'directory',
    path,
    identity: id,
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(createdAt === undefined ? {} : { createdAt }),
  };
}

function requireMovable(path: string, file: DriveFile, { expected }: MoveOptions): void {
  if (!isFolder(file)) requireOwnBytes(path, file);
  if (expected !== undefined && (isFolder(file) || versionOfFile(file) !== expected)) {
    throw storageFailure('precondition-failed', path);
  }
}

/** What stands at a place, as the protocol tells it. */
export function entryAt({ path, file }: Place): Entry | undefined {
  return file === undefined ? undefined : entryOfFile(path, file);
}
