import { type Entry, nameOf, parentOf } from '@syncengine/core';
import { isExportVersion } from './documents.ts';
import { type DriveFile, folderType, shortcutType } from './drive-file.ts';
import type { DriveTree } from './tree.ts';

/**
 * Fills a picture with what was told of it once, in canonical order. What of an entry was not told, as with several files
 * of one name, leaves its folder to be listed again.
 */
export async function seedTree(tree: DriveTree, pages: AsyncIterable<readonly Entry[]>): Promise<void> {
  const folders = new Map([['', tree.rootId]]);
  const children = new Map<string, DriveFile[]>([[tree.rootId, []]]);
  const doubtful = new Set<string>();
  for await (const page of pages) {
    for (const entry of page) {
      const parent = folders.get(parentOf(entry.path));
      if (parent === undefined) continue;
      const file = fileOf(entry, parent);
      if (file === undefined) {
        doubtful.add(parent);
        continue;
      }
      children.get(parent)?.push(file);
      if (entry.kind !== 'directory') continue;
      folders.set(entry.path, file.id);
      children.set(file.id, []);
    }
  }
  // Folders stand before what they hold, so each is in the tree when its children are put in.
  for (const [folder, files] of children) {
    if (doubtful.has(folder)) for (const file of files) tree.put(file);
    else tree.complete(folder, files);
  }
}

/** What Drive told then, as far as an entry shows it; `undefined` where that is not enough. */
function fileOf(entry: Entry, parent: string): DriveFile | undefined {
  const { identity } = entry;
  // A document that was shown as a file has neither that name nor that content.
  if (entry.kind === 'file' && isExportVersion(entry.version)) return undefined;
  const mimeType = mimeTypeOf(entry);
  if (identity === undefined || mimeType === undefined) return undefined;
  const hashes = entry.kind === 'file' ? entry.hashes : undefined;
  const withoutRevision = `${hashes?.md5 ?? 'unknown'}:${entry.modifiedAt ?? 'unknown'}`;
  const version = entry.kind === 'file' ? entry.version : undefined;
  return {
    id: identity,
    name: nameOf(entry.path),
    mimeType,
    parents: [parent],
    driveId: undefined,
    trashed: false,
    // Whatever Drive tells from now on is newer.
    version: 0,
    modifiedAt: entry.modifiedAt,
    createdAt: entry.createdAt,
    size: entry.kind === 'file' ? entry.size : undefined,
    md5: hashes?.md5,
    sha1: hashes?.sha1,
    sha256: hashes?.sha256,
    headRevisionId: version === withoutRevision ? undefined : version,
  };
}

function mimeTypeOf(entry: Entry): string | undefined {
  switch (entry.kind) {
    case 'file':
      return 'application/octet-stream';
    case 'directory':
      return folderType;
    case 'other': {
      if (entry.what === 'shortcut of Drive') return shortcutType;
      const native = /^Google (\S+)$/.exec(entry.what)?.[1];
      return native === undefined ? undefined : `application/vnd.google-apps.${native}`;
    }
    case 'symlink':
    case 'unknown':
      return undefined;
  }
}
