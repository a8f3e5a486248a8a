import {
  isReserved,
  parentOf,
  quotedPath,
  requireExpected,
  SyncEngineError,
  storageFailure,
  type WriteOptions,
} from '@syncengine/core';
import type { Stats } from 'ssh2';
import { secondsOf } from './entry.ts';
import { isFailure, isMissing, sftpFailure } from './errors.ts';
import { readAhead } from './reading.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { Occupied, placeNew, replace } from './renaming.ts';
import { look, lookAt, standingEntry } from './root.ts';
import { openFlags, type Session, statusOf } from './ssh/index.ts';

export type PlacingOptions = Pick<WriteOptions, 'modifiedAt' | 'permissions' | 'expected' | 'keepReplacedAt'>;

/** What stands at the path, once it is sure that it may be replaced. For new files the commit itself looks. */
export async function lookBefore(
  session: Session,
  path: string,
  target: string,
  options: PlacingOptions,
): Promise<Stats | undefined> {
  if (options.expected === 'absent') return undefined;
  const standing = await look(session, target, path);
  if (standing?.isDirectory() === true) throw storageFailure('is-a-directory', path);
  if (options.expected !== undefined) {
    requireExpected(path, await standingEntry(session, path, target, standing), options.expected);
  }
  return standing;
}

/** The permissions and the time that a file gets before anybody may see it. */
export function dress(
  standing: Stats | undefined,
  options: PlacingOptions,
): { readonly mode?: number; readonly atime?: number; readonly mtime?: number } {
  const permissions = options.permissions ?? (standing?.isFile() === true ? standing.mode : undefined);
  const time = options.modifiedAt === undefined ? undefined : secondsOf(options.modifiedAt);
  return {
    ...(permissions === undefined ? {} : { mode: permissions & 0o777 }),
    ...(time === undefined ? {} : { atime: time, mtime: time }),
  };
}

/**
 * Gives what is staged its name, in one step, after what stands there was kept if that is wanted.
 *
 * @param staged where it lies
 * @param standing what was seen at the target
 * @throws SyncEngineError `precondition-failed`, `is-a-directory`, …
 */
export async function commit(
  folder: RemoteFolder,
  session: Session,
  staged: string,
  path: string,
  target: string,
  standing: Stats | undefined,
  options: PlacingOptions,
): Promise<void> {
  if (standing === undefined || options.keepReplacedAt === undefined) {
    await place(folder, session, staged, path, target, options);
  } else {
    const undo = await keepReplaced(folder, session, path, target, standing, options.keepReplacedAt, options);
    try {
      await place(folder, session, staged, path, target, options);
    } catch (error) {
      await undo();
      throw error;
    }
  }
  folder.durability.contentChanged(target);
  // When the connection is lost meanwhile, it is the flush that says so.
  if (folder.durability.isMuch) folder.shell.prepareFlush(session).catch(() => undefined);
}

async function place(
  folder: RemoteFolder,
  session: Session,
  staged: string,
  path: string,
  target: string,
  options: PlacingOptions,
): Promise<void> {
  const { expected } = options;
  const step = (): Promise<void> =>
    expected === 'absent' ? placeNew(session, staged, target) : replace(session, staged, path, target, expected);
  try {
    await step().catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await makeParents(folder, session, path);
      await step();
    });
  } catch (error) {
    throw await refusal(folder, session, error, path, target, options);
  }
}

/** Why a commit was refused: the server itself gives no reason. */
async function refusal(
  folder: RemoteFolder,
  session: Session,
  error: unknown,
  path: string,
  target: string,
  options: PlacingOptions,
): Promise<unknown> {
  if (!(error instanceof Occupied) && statusOf(error) === undefined) return error;
  const [standing, parent] = await Promise.all([
    look(session, target, path),
    look(session, folder.root.absolute(parentOf(path)), path),
  ]);
  if (standing?.isDirectory() === true) return storageFailure('is-a-directory', path, { cause: error });
  if (standing !== undefined && options.expected === 'absent') {
    return storageFailure('precondition-failed', path, { cause: error });
  }
  if (parent === undefined || parent.isFile()) return storageFailure('not-a-directory', path, { cause: error });
  if (isMissing(error) || error instanceof Occupied) return overtaken(error, path, options);
  return sftpFailure(error, path, 'written');
}

/** Somebody else is replacing it at this very moment, on a server that cannot do that in one step. */
function overtaken(cause: unknown, path: string, { expected }: PlacingOptions): SyncEngineError {
  if (expected !== undefined) return storageFailure('precondition-failed', path, { cause });
  const message = `${quotedPath(path)} could not be written: somebody else changed it at the same moment.`;
  return new SyncEngineError('storage-failure', message, { cause, path, retry: 'yes' });
}

/**
 * Keeps what stands at a place under another path too, so that the name can then change its meaning in one step.
 *
 * @returns how to take that back
 */
async function keepReplaced(
  folder: RemoteFolder,
  session: Session,
  path: string,
  target: string,
  standing: Stats,
  keepAt: string,
  options: PlacingOptions,
): Promise<() => Promise<void>> {
  const kept = await lookAt(session, folder.root, keepAt);
  if (kept.stats !== undefined) throw storageFailure('already-exists', keepAt);
  await makeParents(folder, session, keepAt);
  try {
    if (standing.isSymbolicLink()) await session.symlink(await session.readlink(target), kept.place);
    else if (!session.offers('hardlink@openssh.com')) await keepCopy(folder, session, target, kept.place, standing);
    else await session.hardlink(target, kept.place);
  } catch (error) {
    if (isMissing(error)) throw overtaken(error, path, options);
    throw sftpFailure(error, path, `kept at ${JSON.stringify(keepAt)}`);
  }
  folder.durability.nameChanged(kept.place);
  return async () => {
    if (!session.isLost) await session.unlink(kept.place);
  };
}

/** For servers without hard links. */
async function keepCopy(
  folder: RemoteFolder,
  session: Session,
  from: string,
  to: string,
  standing: Stats,
): Promise<void> {
  const name = folder.staging.take();
  try {
    await copyContent(session, from, folder.staging.placeOf(name), standing);
    await placeNew(session, folder.staging.placeOf(name), to);
  } catch (error) {
    await folder.staging.discard(session, name);
    throw error;
  }
  folder.staging.give(name);
}

/** Bytes that the server copies in one request; others have their turn in between. */
const copiedAtOnce = 64 * 1024 * 1024;

/** A new file with the same content, time and permissions: copied by the server itself where it can do that. */
export async function copyContent(
  session: Session,
  from: string,
  to: string,
  stats: Stats,
  signal?: AbortSignal,
): Promise<Stats> {
  await session.handles.take(2, signal);
  try {
    const source = await session.open(from, openFlags.read);
    try {
      const copy = await session.open(to, openFlags.write | openFlags.create | openFlags.exclusive, 0o600);
      try {
        if (session.offers('copy-data')) {
          for (let start = 0; start < stats.size; start += copiedAtOnce) {
            signal?.throwIfAborted();
            await session.copyData(source, start, Math.min(copiedAtOnce, stats.size - start), copy);
          }
        } else {
          let position = 0;
          for await (const bytes of readAhead(session, source, 0, stats.size, signal)) {
            await session.write(copy, bytes, position);
            position += bytes.byteLength;
          }
        }
        await session.fsetstat(copy, { mode: stats.mode & 0o777, atime: stats.mtime, mtime: stats.mtime });
        return await session.fstat(copy);
      } finally {
        if (!session.isLost) await session.close(copy);
      }
    } finally {
      if (!session.isLost) await session.close(source);
    }
  } finally {
    session.handles.give(2);
  }
}

/** Makes the missing parents of a path, but never the root itself: when it is missing, its disk is not mounted. */
export async function makeParents(folder: RemoteFolder, session: Session, path: string): Promise<void> {
  const parent = parentOf(path);
  if (parent === '') {
    const root = await look(session, folder.root.folder, path);
    if (root === undefined) throw storageFailure('root-missing', path);
    return;
  }
  if ((await makeDirectoryAt(folder, session, parent)).isMade) return;
  const real = await folder.root.follow(session, parent);
  if ((await look(session, real, parent))?.isDirectory() !== true) throw storageFailure('not-a-directory', parent);
}

/** What stands at the place of a directory that was to be made. */
export interface MadeDirectory {
  readonly place: string;
  /** False when something stood there already, which need not be a directory. */
  readonly isMade: boolean;
  readonly stats: Stats | undefined;
}

/**
 * Makes a directory and its missing parents.
 *
 * @param permissions default: the server's choice
 */
export async function makeDirectoryAt(
  folder: RemoteFolder,
  session: Session,
  path: string,
  permissions?: number,
): Promise<MadeDirectory> {
  if (isReserved(path)) folder.staging.makesReserved();
  const isSure = folder.madeNow.has(folder.root.absolute(parentOf(path)));
  const place = isSure ? folder.root.absolute(path) : await folder.root.locate(session, path);
  const make = async (): Promise<MadeDirectory> => {
    const making = session.mkdir(place, permissions);
    // OpenSSH does one after the other, so looks that are sent along see what was made.
    const looking = session.isOpenSsh ? look(session, place, path) : making.then(() => look(session, place, path));
    const resolving = session.isOpenSsh ? session.realpath(place) : undefined;
    const [made, seen, real] = await Promise.allSettled([making, looking, resolving]);
    if (made.status === 'rejected') throw made.reason;
    if (seen.status === 'rejected') throw seen.reason;
    if (real.status === 'fulfilled' && real.value === folder.root.absolute(path)) folder.madeNow.add(real.value);
    return { place, isMade: true, stats: seen.value };
  };
  try {
    const made = await make().catch(async (error: unknown) => {
      if (!isMissing(error)) throw error;
      await makeParents(folder, session, path);
      return await make();
    });
    folder.durability.nameChanged(place);
    if (isReserved(path)) folder.staging.makesReserved();
    return made;
  } catch (error) {
    const stats = isFailure(error) ? await look(session, place, path) : undefined;
    if (stats !== undefined) return { place, isMade: false, stats };
    throw isMissing(error)
      ? storageFailure('not-a-directory', path, { cause: error })
      : sftpFailure(error, path, 'made');
  }
}
