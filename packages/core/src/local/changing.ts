import {
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSyncEngineError } from '../errors.ts';
import { isWithin, joinKey } from '../paths/index.ts';
import type {
  DirectoryEntry,
  Entry,
  FileEntry,
  MetadataChange,
  MoveOptions,
  RemoveOptions,
  SymlinkEntry,
  Version,
} from '../storage/index.ts';
import { failure, requireExpected, unsupported } from '../storage-failures.ts';
import { entryOf, fileEntryOf, requireFile, versionOfStats } from './entry.ts';
import { errorNumber, isMissing } from './errors.ts';
import {
  commit,
  commitNearby,
  keepReplaced,
  type LocalFolder,
  linkOrRename,
  lookBefore,
  makeDirectoryAt,
  makeParents,
  type PlacingOptions,
  placeFile,
  secondsOf,
} from './placing.ts';
import { look } from './root.ts';
import { discard, removeFile } from './staging.ts';
import { openStaged } from './writing.ts';

/** Removes a file, a link or an empty directory. */
export function removeEntry(folder: LocalFolder, path: string, { expected, kind }: RemoveOptions): void {
  if (path === '') throw unsupported(path, 'is never removed');
  const { place, stats } = standingAt(folder, path, expected);
  if (kind === 'directory' && !stats.isDirectory()) throw failure('precondition-failed', path);
  if (stats.isDirectory()) rmdirSync(place);
  else unlinkSync(place);
  folder.durability.nameChanged(place);
}

/** Makes a directory with its parents, or the root with all that is above it. */
export function makeDirectory(folder: LocalFolder, path: string, permissions: number | undefined): DirectoryEntry {
  const place = folder.root.locate(path);
  const made = path === '' ? makeRoot(folder, place) : makeDirectoryAt(folder, path);
  // Afterwards, because the system takes its mask off what is asked for at making.
  if (made && permissions !== undefined) chmodSync(place, permissions & 0o777);
  const entry = entryOf(path, place, lstatSync(place));
  if (entry.kind !== 'directory') throw failure('not-a-directory', path);
  return entry;
}

function makeRoot(folder: LocalFolder, place: string): boolean {
  if (look(place) !== undefined) return false;
  mkdirSync(place, { recursive: true });
  folder.durability.nameChanged(place);
  return true;
}

/**
 * Renames without replacing. Files get the new name as a hard link and then lose the old one, because that alone surely
 * replaces nothing; a kill in between leaves both names. Directories and links are renamed after a look at the new
 * name: there an entry made by another program within that moment could be lost only if it were a link or an empty
 * directory, or a file where a link is moved to.
 */
export function moveEntry(
  folder: LocalFolder,
  from: string,
  to: string,
  caseSensitive: boolean,
  options: MoveOptions,
): void {
  const { place, stats } = standingAt(folder, from, options.expected);
  if (from === '' || (to !== from && isWithin(to, from))) throw unsupported(from, 'cannot be moved into itself');
  const target = folder.root.locate(to);
  const standing = look(target);
  const isRespelling = standing !== undefined && !caseSensitive && isSame(stats, standing) && isSpelledAlike(from, to);
  if (standing !== undefined && !isRespelling) throw failure('already-exists', to);
  makeParents(folder, to);
  if (isRespelling || !stats.isFile()) renameSync(place, target);
  else if (!linkOrRename(place, target)) throw failure('already-exists', to);
  folder.durability.moved(place, target, stats.isDirectory());
}

/** Copies one file without replacing; where the disk can, both share their blocks. */
export async function copyEntry(
  folder: LocalFolder,
  from: string,
  to: string,
  options: MoveOptions,
): Promise<FileEntry> {
  const source = folder.root.follow(from);
  const before = fileAt(source, from);
  requireExpected(from, fileEntryOf(from, before), options.expected);
  const target = folder.root.locate(to);
  if (look(target) !== undefined) throw failure('already-exists', to);
  const staged = openStaged(folder, to);
  try {
    await copyFile(source, staged.place, constants.COPYFILE_FICLONE);
    options.signal?.throwIfAborted();
    if (versionOfStats(fileAt(source, from)) !== versionOfStats(before)) throw failure('source-changed', from);
  } catch (error) {
    discard(staged.place, staged.descriptor);
    throw error;
  }
  const placing = { expected: 'absent', modifiedAt: before.mtimeMs, permissions: before.mode & 0o777 } as const;
  try {
    return fileEntryOf(to, placeFile(folder, staged, to, placing));
  } catch (error) {
    throw isSyncEngineError(error, 'precondition-failed') ? failure('already-exists', to, { cause: error }) : error;
  }
}

/** Makes a symbolic link, all at once. */
export function makeLink(folder: LocalFolder, path: string, target: string, options: PlacingOptions): SymlinkEntry {
  const place = folder.root.locate(path);
  if (options.expected === 'absent') makeNewLink(folder, path, place, target);
  else {
    const standing = lookBefore(path, place, options);
    const undo = keepReplaced(folder, place, standing, options.keepReplacedAt);
    try {
      replaceByLink(folder, path, place, target, options);
    } catch (error) {
      undo();
      throw error;
    }
  }
  folder.durability.nameChanged(place);
  const entry = entryOf(path, place, lstatSync(place));
  if (entry.kind !== 'symlink') throw failure('precondition-failed', path);
  return entry;
}

/** Changes what is given of times and permissions, and nothing else. */
export function changeMetadata(
  folder: LocalFolder,
  path: string,
  change: MetadataChange,
  expected: Version | undefined,
): Entry {
  const { place, stats } = standingAt(folder, path, expected);
  if (stats.isSymbolicLink()) throw unsupported(path, 'is a link, and the metadata of links cannot be changed');
  const { modifiedAt, permissions } = change;
  // The bits beyond the nine are none of our business, so they stay as they are.
  if (permissions !== undefined) chmodSync(place, (stats.mode & 0o7000) | (permissions & 0o777));
  if (modifiedAt !== undefined) utimesSync(place, secondsOf(stats.atimeMs), secondsOf(modifiedAt));
  folder.durability.metadataChanged(place, stats.isFile());
  return entryOf(path, place, lstatSync(place));
}

/** A new link is a single step that never replaces anything. */
function makeNewLink(folder: LocalFolder, path: string, place: string, target: string): void {
  try {
    symlinkSync(target, place);
  } catch (error) {
    if (errorNumber(error) === 'EEXIST') {
      throw failure(look(place)?.isDirectory() === true ? 'is-a-directory' : 'precondition-failed', path);
    }
    if (!isMissing(error)) throw error;
    makeParents(folder, path);
    symlinkSync(target, place);
  }
}

function replaceByLink(
  folder: LocalFolder,
  path: string,
  place: string,
  target: string,
  options: PlacingOptions,
): void {
  const stageLink = (): string =>
    folder.staging.at(dirname(place), (free) => {
      symlinkSync(target, free);
      return free;
    });
  const staged = stageLink();
  try {
    if (commit(folder, staged, path, place, options)) return;
  } finally {
    removeFile(staged);
  }
  // The path lies on another disk.
  makeParents(folder, path);
  folder.staging.stageInside(dirname(place));
  const nearby = stageLink();
  try {
    commitNearby(folder, nearby, path, place, options);
  } finally {
    removeFile(nearby);
  }
}

function standingAt(
  folder: LocalFolder,
  path: string,
  expected: Version | undefined,
): { readonly place: string; readonly stats: Stats } {
  const place = folder.root.locate(path);
  const stats = look(place);
  if (stats === undefined) throw failure('not-found', path);
  requireExpected(path, entryOf(path, place, stats), expected);
  return { place, stats };
}

function fileAt(place: string, path: string): Stats {
  const stats = look(place);
  if (stats === undefined) throw failure('not-found', path);
  requireFile(path, stats);
  return stats;
}

function isSame(left: Stats, right: Stats): boolean {
  return left.ino === right.ino && left.dev === right.dev;
}

/** Two spellings of one name, on a disk that does not tell them apart. */
function isSpelledAlike(from: string, to: string): boolean {
  return from !== to && joinKey(from, 'ignore-case') === joinKey(to, 'ignore-case');
}
