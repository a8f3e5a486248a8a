import {
  childOf,
  type Entry,
  type FileEntry,
  type Hashes,
  nameProblem,
  type UnknownEntry,
  type Version,
} from '@syncengine/core';
import { type DriveFile, isFolder, isNative, shortcutType } from './drive-file.ts';

/** What names this very content: the head revision where Drive tells one, else content and time. */
export function versionOfFile(file: DriveFile): Version {
  return file.headRevisionId ?? `${file.md5 ?? 'unknown'}:${file.modifiedAt ?? 'unknown'}`;
}

/** An entry for one file or folder of Drive, at a path where nothing else stands. */
export function entryOfFile(path: string, file: DriveFile): Entry {
  const common = {
    path,
    identity: file.id,
    ...(file.modifiedAt === undefined ? {} : { modifiedAt: file.modifiedAt }),
    ...(file.createdAt === undefined ? {} : { createdAt: file.createdAt }),
  };
  if (file.parents.length > 1) return { ...common, kind: 'other', what: 'file that lies in several folders of Drive' };
  if (isFolder(file)) return { ...common, kind: 'directory' };
  if (isNative(file)) return { ...common, kind: 'other', what: kindOfNative(file) };
  return fileEntryOf(path, file);
}

/** An entry for what has bytes of its own. */
export function fileEntryOf(path: string, file: DriveFile): FileEntry {
  return {
    kind: 'file',
    path,
    identity: file.id,
    ...(file.modifiedAt === undefined ? {} : { modifiedAt: file.modifiedAt }),
    ...(file.createdAt === undefined ? {} : { createdAt: file.createdAt }),
    version: versionOfFile(file),
    size: file.size ?? 0,
    hashes: hashesOf(file),
  };
}

/**
 * What a folder shows under one name. Documents of the editors and shortcuts do not get into a file's way; several files
 * and folders of one name do, and then none of them is touched.
 */
export function entryOfNamesakes(directory: string, name: string, files: readonly DriveFile[]): Entry {
  const problem = nameProblem(name);
  if (problem !== undefined) return invalidEntry(directory, name, problem);
  const path = childOf(directory, name);
  const own = files.filter((file) => !isNative(file));
  const [only] = own.length === 0 ? files : own;
  if (own.length <= 1 && only !== undefined) return entryOfFile(path, only);
  return { kind: 'unknown', path, code: 'name-collision', message: collisionMessage(path, own.length) };
}

export function collisionMessage(path: string, count: number): string {
  return `${count} files or folders of Google Drive are all named ${JSON.stringify(path)}; none of them is touched. Rename all but one.`;
}

/** Names that no other side could hold are shown under one that can be shown, so that they get into nobody's way. */
function invalidEntry(directory: string, name: string, problem: string): UnknownEntry {
  const shown = name
    .replaceAll('/', '\u2215')
    .replaceAll('\0', '\u2400')
    .replace(/^\.{1,2}$/, (dots) => '\uff0e'.repeat(dots.length));
  const path = childOf(directory, shown === '' ? '(no name)' : shown.toWellFormed());
  const message = `${JSON.stringify(name)} in ${JSON.stringify(directory === '' ? 'the root' : directory)} of Google Drive is left alone: ${problem}. Rename it there.`;
  return { kind: 'unknown', path, code: 'invalid-name', message };
}

function kindOfNative(file: DriveFile): string {
  if (file.mimeType === shortcutType) return 'shortcut of Drive';
  return `Google ${file.mimeType.slice(file.mimeType.lastIndexOf('.') + 1)}`;
}

function hashesOf(file: DriveFile): Hashes {
  return {
    ...(file.md5 === undefined ? {} : { md5: file.md5 }),
    ...(file.sha1 === undefined ? {} : { sha1: file.sha1 }),
    ...(file.sha256 === undefined ? {} : { sha256: file.sha256 }),
  };
}
