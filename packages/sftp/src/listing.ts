import { childOf, type Entry, isReserved, isSyncEngineError, type LookOptions, storageFailure } from '@syncengine/core';
import { entryOf, replacement } from './entry.ts';
import { isMissing, sftpFailure } from './errors.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { look } from './root.ts';
import type { NamedStats, Session } from './ssh/index.ts';

/** Requests for more of one directory that are under way at once; OpenSSH gives a hundred entries for each. */
const mostRequests = 16;

/** The children of a directory; `list` of the protocol. */
export async function* listDirectory(
  folder: RemoteFolder,
  directory: string,
  options: LookOptions,
): AsyncGenerator<readonly Entry[]> {
  const { signal, followSymlinks = false } = options;
  signal?.throwIfAborted();
  if (isReserved(directory) && folder.staging.isReservedGone) throw storageFailure('not-found', directory);
  const session = await folder.pool.take(signal);
  // Whoever lists the root mostly wants to know the space next.
  if (directory === '') folder.space.askAlong(session);
  try {
    await session.handles.take(1, signal);
    const giveHandle = (): void => session.handles.give(1);
    let handle: Buffer | undefined;
    try {
      const opened = await openFollowed(folder, session, directory);
      handle = opened.handle;
      const { absolute } = opened;
      for await (const page of pages(session, handle)) {
        signal?.throwIfAborted();
        yield await describe(folder, session, directory, absolute, page, followSymlinks);
        signal?.throwIfAborted();
      }
    } finally {
      if (handle === undefined) giveHandle();
      // Nobody waits for it: a directory that was read has nothing more to tell.
      else session.close(handle).then(giveHandle, giveHandle);
    }
  } catch (error) {
    throw sftpFailure(error, directory, 'listed', 'unreadable');
  } finally {
    folder.pool.give(session);
  }
}

/** A link told as what it points to, where that is allowed; every other entry as it is. */
export async function followedEntry(
  folder: RemoteFolder,
  session: Session,
  entry: Entry,
  absolute: string,
): Promise<Entry> {
  if (entry.kind !== 'symlink') return entry;
  const target = await folder.root.followed(session, entry.path, absolute);
  return target === undefined ? entry : entryOf(entry.path, target.stats);
}

/** Opens a directory while it is found out whether a link leads elsewhere: mostly none does. */
async function openFollowed(
  folder: RemoteFolder,
  session: Session,
  directory: string,
): Promise<{ readonly absolute: string; readonly handle: Buffer }> {
  const wanted = folder.root.absolute(directory);
  const [following, opening] = await Promise.allSettled([
    folder.root.follow(session, directory),
    open(session, wanted, directory),
  ]);
  const isWanted = following.status === 'fulfilled' && following.value === wanted;
  // What lies behind the link was not read.
  if (!isWanted && opening.status === 'fulfilled') await session.close(opening.value);
  if (following.status === 'rejected') throw following.reason;
  if (!isWanted) return { absolute: following.value, handle: await open(session, following.value, directory) };
  if (opening.status === 'rejected') throw opening.reason;
  return { absolute: wanted, handle: opening.value };
}

async function open(session: Session, absolute: string, directory: string): Promise<Buffer> {
  const opening = session.opendir(absolute);
  // Of our own folders some are mostly missing.
  const early = isReserved(directory) ? look(session, absolute, directory) : undefined;
  early?.catch(() => undefined);
  try {
    return await opening;
  } catch (error) {
    if (!isMissing(error)) throw error;
    // The server does not tell a file from nothing.
    const standing = await (early ?? look(session, absolute, directory));
    throw standing === undefined || standing.isDirectory() ? error : storageFailure('not-a-directory', directory);
  }
}

/** Of a large directory several pages are asked for at once: each would cost a whole round trip. */
async function* pages(session: Session, handle: Buffer): AsyncGenerator<readonly NamedStats[]> {
  // Only OpenSSH surely answers them one after the other.
  const limit = session.isOpenSsh ? mostRequests : 1;
  const running: Promise<readonly NamedStats[] | undefined>[] = [];
  let wanted = 2;
  for (;;) {
    while (running.length < Math.min(wanted, limit)) {
      const page = session.readdir(handle);
      // After the last page nobody looks at the answers that are still to come.
      page.catch(() => undefined);
      running.push(page);
    }
    const page = await running.shift();
    if (page === undefined) break;
    yield page;
    wanted *= 2;
  }
}

async function describe(
  folder: RemoteFolder,
  session: Session,
  directory: string,
  absolute: string,
  page: readonly NamedStats[],
  follow: boolean,
): Promise<Entry[]> {
  const prefix = absolute === '/' ? '' : absolute;
  const entries: Array<Entry | Promise<Entry | undefined>> = [];
  const doubtful: NamedStats[] = [];
  for (const child of page) {
    const { filename, attrs } = child;
    if (filename.includes(replacement)) doubtful.push(child);
    else if (attrs.isSymbolicLink() || !isComplete(child)) {
      entries.push(lookCloser(folder, session, childOf(directory, filename), `${prefix}/${filename}`, follow));
    } else entries.push(entryOf(childOf(directory, filename), attrs));
  }
  const [described, undecodable] = await Promise.all([
    Promise.all(entries),
    decode(folder, session, directory, prefix, doubtful, follow),
  ]);
  return [...described, ...undecodable].filter((entry) => entry !== undefined);
}

/** Some servers leave out what they do not know. */
function isComplete({ attrs }: NamedStats): boolean {
  return [attrs.mode, attrs.size, attrs.mtime].every((value) => typeof value === 'number');
}

/** What the listing alone does not tell; `undefined` when it was taken away meanwhile. */
async function lookCloser(
  folder: RemoteFolder,
  session: Session,
  path: string,
  place: string,
  follow: boolean,
): Promise<Entry | undefined> {
  try {
    const stats = await session.lstat(place);
    const entry = entryOf(path, stats, stats.isSymbolicLink() ? await session.readlink(place) : undefined);
    return follow ? await followedEntry(folder, session, entry, place) : entry;
  } catch (error) {
    if (isMissing(error)) return undefined;
    const reason = sftpFailure(error, path, 'looked at', 'unreadable');
    if (!isSyncEngineError(reason) || reason.code === 'connection' || reason.code === 'timeout') throw reason;
    return { kind: 'unknown', path, code: reason.code, message: reason.message };
  }
}

/**
 * Names with the replacement character: that is what bytes that are no UTF-8 are read as, and now and then an honest name.
 * An honest one is found under its name; all others can be told, but not touched.
 */
async function decode(
  folder: RemoteFolder,
  session: Session,
  directory: string,
  prefix: string,
  doubtful: readonly NamedStats[],
  follow: boolean,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const found = new Set<string>();
  for (const [index, { filename }] of doubtful.entries()) {
    const path = childOf(directory, filename);
    const honest = found.has(filename)
      ? undefined
      : await lookCloser(folder, session, path, `${prefix}/${filename}`, follow);
    found.add(filename);
    if (honest !== undefined) entries.push(honest);
    else {
      const message = `The name ${JSON.stringify(path)} is no valid UTF-8; rename it, and it will be synchronised.`;
      entries.push({ kind: 'unknown', path: `${path} (${index + 1})`, code: 'invalid-name', message });
    }
  }
  return entries;
}
