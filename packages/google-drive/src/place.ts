import { SyncEngineError, storageFailure } from '@syncengine/core';
import type { Documents } from './documents.ts';
import { type DriveFile, isFolder, isNative } from './drive-file.ts';
import { collisionMessage } from './entry.ts';
import type { Mirror } from './mirror.ts';
import type { DriveTree } from './tree.ts';

/** What stands at a path, and what is on the way there. */
export interface Place {
  readonly path: string;
  readonly tree: DriveTree;
  /** The deepest folder on the way that is there; of an existing path, the one that it lies in. */
  readonly folderId: string;
  /** Names from that folder to the path: one where only the last is missing, or nothing is. */
  readonly names: readonly string[];
  /** What stands at the path; never one of several. */
  readonly file: DriveFile | undefined;
  /** What stands on the way and is no folder, so that nothing can lie below it. */
  readonly obstacle: DriveFile | undefined;
}

/**
 * Follows the names of a path, as the picture is.
 *
 * @throws SyncEngineError `name-collision` where several of one name stand at the path or on the way
 */
export async function locate(mirror: Mirror, path: string, signal?: AbortSignal): Promise<Place> {
  const { documents } = mirror;
  const tree = mirror.tree(path);
  const names = path.split('/');
  let folderId = tree.rootId;
  for (const [index, name] of names.entries()) {
    await mirror.complete(tree, folderId, signal);
    const isLast = index === names.length - 1;
    const standing = only(tree.named(folderId, name), path, names.slice(0, index + 1).join('/'));
    const file = standing ?? (isLast ? documentShownAs(documents, tree, folderId, name) : undefined);
    if (isLast || file === undefined) {
      return { path, tree, folderId, names: names.slice(index), file, obstacle: undefined };
    }
    if (!isFolder(file)) return { path, tree, folderId, names: names.slice(index), file: undefined, obstacle: file };
    folderId = file.id;
  }
  throw new TypeError('A path has at least one name.');
}

/** The file at a place. @throws SyncEngineError `not-found`, `is-a-directory`, `unsupported` */
export function requireFile(place: Place): DriveFile {
  const { path, file } = place;
  if (file === undefined) throw storageFailure('not-found', path);
  if (isFolder(file)) throw storageFailure('is-a-directory', path);
  requireOwnBytes(path, file);
  return file;
}

/**
 * What has no bytes of its own, or lies in several places at once, is left alone whatever is asked.
 *
 * @throws SyncEngineError `unsupported`
 */
export function requireOwnBytes(path: string, file: DriveFile): void {
  if (!isNative(file) && file.parents.length <= 1) return;
  const what = isNative(file) ? 'is a document of Google’s editors or a shortcut' : 'lies in several folders at once';
  throw new SyncEngineError('unsupported', `${JSON.stringify(path)} ${what}, and is left alone.`, { path });
}

function documentShownAs(documents: Documents, tree: DriveTree, folderId: string, name: string): DriveFile | undefined {
  for (const hidden of documents.hiddenNames(name)) {
    const [document, ...others] = tree.named(folderId, hidden);
    if (document !== undefined && others.length === 0 && documents.shownName(document) === name) return document;
  }
  return undefined;
}

function only(files: readonly DriveFile[], path: string, ambiguous: string): DriveFile | undefined {
  const own = files.filter((file) => !isNative(file));
  if (own.length > 1) {
    throw new SyncEngineError('name-collision', collisionMessage(ambiguous, own.length), { path });
  }
  return own[0] ?? files[0];
}
