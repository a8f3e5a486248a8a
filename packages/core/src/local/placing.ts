import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  futimesSync,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  renameSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { parentOf } from '../paths/index.ts';
import type { WriteOptions } from '../storage/index.ts';
import { failure, requireExpected, unsupported } from '../storage-failures.ts';
import type { Durability } from './durability.ts';
import { entryOf } from './entry.ts';
import { errorNumber, isLinkRefused, isMissing } from './errors.ts';
import { look, type Root } from './root.ts';
import { discard, removeFile, type Staging } from './staging.ts';

/** What the parts of a local client share. */
export interface LocalFolder {
  readonly root: Root;
  readonly staging: Staging;
  readonly durability: Durability;
}

/** A staged file that is complete but for its metadata. */
export interface StagedFile {
  readonly place: string;
  readonly descriptor: number;
}

export type PlacingOptions = Pick<WriteOptions, 'modifiedAt' | 'permissions' | 'expected' | 'keepReplacedAt'>;

/**
 * Puts a staged file at its path: the precondition is looked at, what stands there is kept if that is wanted, and then the
 * name changes its meaning in one step. Afterwards the descriptor is closed and the staged name gone, in any case.
 */
export function placeFile(folder: LocalFolder, staged: StagedFile, path: string, options: PlacingOptions): Stats {
  let { place, descriptor } = staged;
  try {
    const target = folder.root.locate(path);
    const standing = lookBefore(path, target, options);
    dress(descriptor, standing, options);
    const undo = keepReplaced(folder, target, standing, options.keepReplacedAt);
    try {
      if (!commit(folder, place, path, target, options)) {
        const nearby = stageNearby(folder, staged, path, target);
        discard(place, descriptor);
        ({ place, descriptor } = nearby);
        dress(descriptor, standing, options);
        commitNearby(folder, place, path, target, options);
      }
    } catch (error) {
      undo();
      throw error;
    }
    const stats = fstatSync(descriptor);
    folder.durability.nameChanged(target);
    // Content that its owner may not read could not be opened again to be flushed.
    if ((stats.mode & 0o400) === 0) fsyncSync(descriptor);
    else folder.durability.contentChanged(target);
    closeSync(descriptor);
    return stats;
  } catch (error) {
    discard(place, descriptor);
    throw error;
  }
}

/** What stands at the path, once it is sure that it may be replaced. For new files the commit itself looks. */
export function lookBefore(path: string, target: string, options: PlacingOptions): Stats | undefined {
  if (options.expected === 'absent') return undefined;
  const standing = look(target);
  if (standing?.isDirectory() === true) throw failure('is-a-directory', path);
  if (options.expected !== undefined) {
    requireExpected(path, standing === undefined ? undefined : entryOf(path, target, standing), options.expected);
  }
  return standing;
}

/**
 * Gives what is staged its name, in one step; `false` when the path lies on another disk.
 *
 * @throws SyncEngineError `precondition-failed`, `is-a-directory`
 */
export function commit(
  folder: LocalFolder,
  place: string,
  path: string,
  target: string,
  options: PlacingOptions,
): boolean {
  const step = (): boolean => {
    try {
      if (options.expected !== 'absent') renameSync(place, target);
      else if (!linkOrRename(place, target)) {
        throw failure(look(target)?.isDirectory() === true ? 'is-a-directory' : 'precondition-failed', path);
      }
      return true;
    } catch (error) {
      if (errorNumber(error) === 'EXDEV') return false;
      throw error;
    }
  };
  try {
    return step();
  } catch (error) {
    if (!isMissing(error)) throw error;
    makeParents(folder, path);
    return step();
  }
}

/** The same for what is staged in the directory itself, where there is no further way out. */
export function commitNearby(
  folder: LocalFolder,
  place: string,
  path: string,
  target: string,
  options: PlacingOptions,
): void {
  if (commit(folder, place, path, target, options)) return;
  throw unsupported(path, 'lies on a disk of its own and cannot be replaced in one step');
}

/**
 * Keeps what stands at a place under another path too, so that the name can then change its meaning in one step.
 *
 * @returns how to take that back
 */
export function keepReplaced(
  folder: LocalFolder,
  target: string,
  standing: Stats | undefined,
  keepAt: string | undefined,
): () => void {
  if (keepAt === undefined || standing === undefined) return () => undefined;
  const kept = folder.root.locate(keepAt);
  if (look(kept) !== undefined) throw failure('already-exists', keepAt);
  makeParents(folder, keepAt);
  // Some systems follow a link that is to be linked to.
  if (standing.isSymbolicLink()) symlinkSync(readlinkSync(target), kept);
  else keepFile(folder, target, kept, standing);
  folder.durability.nameChanged(kept);
  return () => removeFile(kept);
}

/** Makes the missing parents of a path, but never the root itself: when it is missing, its disk is not mounted. */
export function makeParents(folder: LocalFolder, path: string): void {
  const parent = parentOf(path);
  if (parent !== '') {
    if (!makeDirectoryAt(folder, parent)) requireDirectory(folder, parent);
  } else if (look(folder.root.folder) === undefined) throw failure('root-missing', path);
}

/** Makes a directory and its missing parents; `false` when something stands there already. */
export function makeDirectoryAt(folder: LocalFolder, path: string): boolean {
  const place = folder.root.locate(path);
  try {
    return makeOne(folder, place);
  } catch (error) {
    if (!isMissing(error)) throw error;
    makeParents(folder, path);
    return makeOne(folder, place);
  }
}

/**
 * Gives something a new name, never replacing anything; `false` when something stands there. A hard link is the one step
 * that does so surely; disks without such links get a look and then a rename.
 */
export function linkOrRename(from: string, to: string): boolean {
  try {
    linkSync(from, to);
  } catch (error) {
    if (errorNumber(error) === 'EEXIST') return false;
    if (!isLinkRefused(error)) throw error;
    if (look(to) !== undefined) return false;
    renameSync(from, to);
    return true;
  }
  try {
    unlinkSync(from);
  } catch (error) {
    // It could not leave its place: a second name for the same content must not stay behind.
    removeFile(to);
    throw error;
  }
  return true;
}

/**
 * Node hands times to the system as seconds. Up to Node 20 they are cut off after the microseconds, later ones are kept to the
 * nanosecond: a quarter of a microsecond is added, away from zero, so that the nearest microsecond is met in both cases. As
 * text, because a negative number would mean now.
 */
export function secondsOf(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  return String((microseconds + (microseconds < 0 ? -0.25 : 0.25)) / 1_000_000);
}

function makeOne(folder: LocalFolder, place: string): boolean {
  try {
    mkdirSync(place);
  } catch (error) {
    if (errorNumber(error) === 'EEXIST') return false;
    throw error;
  }
  folder.durability.nameChanged(place);
  return true;
}

function requireDirectory(folder: LocalFolder, path: string): void {
  if (folder.root.standingBehind(path)?.isDirectory() !== true) throw failure('not-a-directory', path);
}

/** Permissions and times: what a file needs before anybody may see it. */
function dress(descriptor: number, standing: Stats | undefined, options: PlacingOptions): void {
  const permissions = options.permissions ?? (standing?.isFile() === true ? standing.mode : undefined);
  if (permissions !== undefined) fchmodSync(descriptor, permissions & 0o777);
  if (options.modifiedAt !== undefined) {
    const seconds = secondsOf(options.modifiedAt);
    futimesSync(descriptor, seconds, seconds);
  }
}

/** The same content on the disk where it is to go, for a directory on another disk than the root. */
function stageNearby(folder: LocalFolder, staged: StagedFile, path: string, target: string): StagedFile {
  const directory = dirname(target);
  makeParents(folder, path);
  const { mode } = fstatSync(staged.descriptor);
  // The copy takes over the permissions, and must be open for writing.
  fchmodSync(staged.descriptor, 0o600);
  folder.staging.stageInside(directory);
  return folder.staging.at(directory, (place) => {
    copyFileSync(staged.place, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const descriptor = openSync(place, 'r+');
    fchmodSync(descriptor, mode & 0o777);
    return { place, descriptor };
  });
}

function keepFile(folder: LocalFolder, target: string, kept: string, standing: Stats): void {
  try {
    linkSync(target, kept);
  } catch (error) {
    const mayCopy = standing.isFile() && (isLinkRefused(error) || errorNumber(error) === 'EXDEV');
    if (!mayCopy) throw error;
    copyFileSync(target, kept, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    utimesSync(kept, secondsOf(standing.mtimeMs), secondsOf(standing.mtimeMs));
    folder.durability.contentChanged(kept);
  }
}
