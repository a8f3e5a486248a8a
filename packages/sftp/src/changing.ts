import {
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  isWithin,
  joinKey,
  type MetadataChange,
  type MoveOptions,
  type RemoveOptions,
  requireExpected,
  type SymlinkEntry,
  storageFailure,
  unsupportedFailure,
  type Version,
} from '@syncengine/core';
import type { Stats } from 'ssh2';
import { entryOf, fileEntryOf, requireFile, secondsOf, versionOfStats } from './entry.ts';
import { isFailure, isMissing, sftpFailure } from './errors.ts';
import {
  commit,
  copyContent,
  lookBefore,
  type MadeDirectory,
  makeDirectoryAt,
  makeParents,
  type PlacingOptions,
} from './placing.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { placeNew } from './renaming.ts';
import { look, lookAt, standingEntry } from './root.ts';
import type { Session } from './ssh/index.ts';

/** Removes a file, a link or an empty directory. */
export async function removeEntry(
  folder: RemoteFolder,
  session: Session,
  path: string,
  { expected, kind }: RemoveOptions,
): Promise<void> {
  if (path === '') throw unsupportedFailure(path, 'is never removed');
  const { place, stats } = await standingAt(folder, session, path, expected);
  if (kind === 'directory' && !stats.isDirectory()) throw storageFailure('precondition-failed', path);
  try {
    if (stats.isDirectory()) await session.rmdir(place);
    else await session.unlink(place);
  } catch (error) {
    await requireStillDirectory(session, place, path, stats, error);
    const isFull = isFailure(error) && stats.isDirectory() && (await holdsSomething(session, place));
    throw isFull ? storageFailure('not-empty', path, { cause: error }) : sftpFailure(error, path, 'removed');
  }
  folder.durability.nameChanged(place);
}

/** A server that could not remove a directory may say that it is missing, although a file has taken its place. */
async function requireStillDirectory(
  session: Session,
  place: string,
  path: string,
  before: Stats,
  cause: unknown,
): Promise<void> {
  if (!before.isDirectory() || session.isLost) return;
  const standing = await look(session, place, path);
  if (standing !== undefined && !standing.isDirectory()) throw storageFailure('precondition-failed', path, { cause });
}

/** Makes a directory with its parents, or the root with all that is above it. */
export async function makeDirectory(
  folder: RemoteFolder,
  session: Session,
  path: string,
  permissions: number | undefined,
): Promise<DirectoryEntry> {
  const mode = permissions === undefined ? undefined : permissions & 0o777;
  // Mostly files follow, and over a distance each round trip counts.
  if (path !== '') folder.staging.prepare(session);
  const made =
    path === '' ? await makeRoot(session, folder.root.folder) : await makeDirectoryAt(folder, session, path, mode);
  let { stats } = made;
  // The server took its mask off what was asked for.
  if (made.isMade && mode !== undefined && stats !== undefined && (stats.mode & 0o777) !== mode) {
    await session.setstat(made.place, { mode });
    stats = await look(session, made.place, path);
  }
  const entry = stats === undefined ? undefined : entryOf(path, stats);
  if (entry?.kind !== 'directory') throw storageFailure('not-a-directory', path);
  return entry;
}

async function makeRoot(session: Session, place: string): Promise<MadeDirectory> {
  const standing = await look(session, place, '');
  if (standing !== undefined) return { place, isMade: false, stats: standing };
  const above = place.slice(0, Math.max(1, place.lastIndexOf('/')));
  if (above !== place) await makeRoot(session, above);
  try {
    await session.mkdir(place);
  } catch (error) {
    throw isMissing(error) ? storageFailure('not-a-directory', '', { cause: error }) : sftpFailure(error, '', 'made');
  }
  return { place, isMade: true, stats: await look(session, place, '') };
}

/**
 * Renames without replacing: the server does that surely for files. Directories and links are renamed after a look at the
 * new name.
 */
export async function moveEntry(
  folder: RemoteFolder,
  session: Session,
  from: string,
  to: string,
  options: MoveOptions,
): Promise<void> {
  const [{ place, stats }, goal] = await Promise.all([
    standingAt(folder, session, from, options.expected),
    lookAt(session, folder.root, to),
  ]);
  const isInside = (to !== from && isWithin(to, from)) || (goal.place !== place && goal.place.startsWith(`${place}/`));
  if (from === '' || isInside) throw unsupportedFailure(from, 'cannot be moved into itself');
  const isRespelling =
    from !== to && !folder.caseSensitive && joinKey(from, 'ignore-case') === joinKey(to, 'ignore-case');
  if (goal.stats !== undefined && !isRespelling) throw storageFailure('already-exists', to);
  const rename = (): Promise<void> => {
    if (isRespelling && session.offers('posix-rename@openssh.com')) return session.replace(place, goal.place);
    return stats.isFile() ? placeNew(session, place, goal.place) : session.rename(place, goal.place);
  };
  try {
    try {
      await rename();
    } catch (error) {
      if (!isMissing(error)) throw error;
      await makeParents(folder, session, to);
      await rename();
    }
  } catch (error) {
    const standing = await look(session, goal.place, to);
    if (standing !== undefined) throw storageFailure('already-exists', to, { cause: error });
    throw sftpFailure(error, from, 'moved');
  }
  folder.durability.moved(place, goal.place);
}

/** Copies one file without replacing, on the server itself where it can do that. */
export async function copyEntry(
  folder: RemoteFolder,
  session: Session,
  from: string,
  to: string,
  options: MoveOptions,
): Promise<FileEntry> {
  const source = await folder.root.follow(session, from);
  const before = await fileAt(session, source, from);
  requireExpected(from, fileEntryOf(from, before), options.expected);
  const goal = await lookAt(session, folder.root, to);
  if (goal.stats !== undefined) throw storageFailure('already-exists', to);
  const name = folder.staging.take();
  const staged = folder.staging.placeOf(name);
  try {
    const copied = await folder.staging.inside(session, () =>
      copyContent(session, source, staged, before, options.signal),
    );
    const after = await fileAt(session, source, from);
    if (versionOfStats(after) !== versionOfStats(before) || copied.size !== before.size) {
      throw storageFailure('source-changed', from);
    }
    options.signal?.throwIfAborted();
    await commit(folder, session, staged, to, goal.place, undefined, { expected: 'absent' });
    folder.staging.give(name);
    return fileEntryOf(to, copied);
  } catch (error) {
    await folder.staging.discard(session, name);
    throw asExisting(error, to);
  }
}

/** Makes a symbolic link, all at once. */
export async function makeLink(
  folder: RemoteFolder,
  session: Session,
  path: string,
  target: string,
  options: PlacingOptions,
): Promise<SymlinkEntry> {
  const place = await folder.root.locate(session, path);
  const standing = await lookBefore(session, path, place, options);
  if (options.expected === 'absent') await makeNewLink(folder, session, path, place, target);
  else {
    const name = folder.staging.take();
    const staged = folder.staging.placeOf(name);
    try {
      await folder.staging.inside(session, () => session.symlink(target, staged));
      await commit(folder, session, staged, path, place, standing, options);
      folder.staging.give(name);
    } catch (error) {
      await folder.staging.discard(session, name);
      throw error;
    }
  }
  folder.durability.nameChanged(place);
  const entry = await standingEntry(session, path, place, await look(session, place, path));
  if (entry?.kind !== 'symlink') throw storageFailure('precondition-failed', path);
  return entry;
}

/** A new link is a single step that never replaces anything. */
async function makeNewLink(
  folder: RemoteFolder,
  session: Session,
  path: string,
  place: string,
  target: string,
): Promise<void> {
  try {
    await session.symlink(target, place);
  } catch (error) {
    const standing = await look(session, place, path);
    if (standing !== undefined) {
      throw storageFailure(standing.isDirectory() ? 'is-a-directory' : 'precondition-failed', path, { cause: error });
    }
    if (!isMissing(error)) throw error;
    await makeParents(folder, session, path);
    await session.symlink(target, place);
  }
}

/** Changes what is given of times and permissions, and nothing else. */
export async function changeMetadata(
  folder: RemoteFolder,
  session: Session,
  path: string,
  change: MetadataChange,
  expected: Version | undefined,
): Promise<Entry> {
  const { place, stats } = await standingAt(folder, session, path, expected);
  if (stats.isSymbolicLink()) {
    throw unsupportedFailure(path, 'is a link, and the metadata of links cannot be changed');
  }
  const { modifiedAt, permissions } = change;
  await session.setstat(place, {
    // The bits beyond the nine are none of our business, so they stay as they are.
    ...(permissions === undefined ? {} : { mode: (stats.mode & 0o7000) | (permissions & 0o777) }),
    ...(modifiedAt === undefined ? {} : { atime: stats.atime, mtime: secondsOf(modifiedAt) }),
  });
  folder.durability.metadataChanged(place, stats.isFile());
  const after = await look(session, place, path);
  if (after === undefined) throw storageFailure('not-found', path);
  return entryOf(path, after);
}

async function standingAt(
  folder: RemoteFolder,
  session: Session,
  path: string,
  expected: Version | undefined,
): Promise<{ readonly place: string; readonly stats: Stats }> {
  const { place, stats } = await lookAt(session, folder.root, path);
  if (stats === undefined) throw storageFailure('not-found', path);
  if (expected !== undefined) requireExpected(path, await standingEntry(session, path, place, stats), expected);
  return { place, stats };
}

async function fileAt(session: Session, place: string, path: string): Promise<Stats> {
  const stats = await look(session, place, path);
  if (stats === undefined) throw storageFailure('not-found', path);
  requireFile(path, stats);
  return stats;
}

/** A copy never replaces, and says so in the words of a copy. */
function asExisting(error: unknown, to: string): unknown {
  const isOccupied =
    error instanceof Error && 'code' in error && ['precondition-failed', 'is-a-directory'].includes(String(error.code));
  const isAboutGoal = isOccupied && 'path' in error && error.path === to;
  return isAboutGoal ? storageFailure('already-exists', to, { cause: error }) : error;
}

async function holdsSomething(session: Session, place: string): Promise<boolean> {
  await session.handles.take(1);
  try {
    const handle = await session.opendir(place);
    try {
      for (let page = await session.readdir(handle); page !== undefined; page = await session.readdir(handle)) {
        if (page.length > 0) return true;
      }
      return false;
    } finally {
      await session.close(handle);
    }
  } finally {
    session.handles.give(1);
  }
}
