import {
  type Content,
  exactly,
  type FileEntry,
  PromisedHashes,
  parentOf,
  SyncEngineError,
  storageFailure,
  WatchedContent,
  type WriteOptions,
  wholeOf,
} from '@syncengine/core';
import type { Stats } from 'ssh2';
import { fileEntryOf } from './entry.ts';
import { isFailure, sftpFailure } from './errors.ts';
import { commit, dress, lookBefore } from './placing.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { Resuming, type StagedFile } from './resuming.ts';
import { look } from './root.ts';
import { openFlags, type Session } from './ssh/index.ts';

/** Content up to this many bytes is collected before anything is staged. */
const smallSize = 256 * 1024;

/** Writes of one file that are on their way at once; fewer where their order is not sure, see `Resuming`. */
const requestsAtOnce = { inOrder: 64, other: 16 } as const;

/** Stores a file; `write` of the protocol. */
export async function writeFile(
  folder: RemoteFolder,
  path: string,
  content: Content,
  options: WriteOptions,
): Promise<FileEntry> {
  const source = new WatchedContent(content);
  try {
    if (content.size > smallSize) {
      const write = new LargeWrite(folder, path, source, options);
      return await folder.largeWrites.run(() => write.run(), options.signal);
    }
    const check = new PromisedHashes(options.hashes);
    const bytes = await wholeOf(source, path, options.signal);
    check.update(bytes);
    check.require(path);
    return await folder.pool.use((session) => writeSmall(folder, session, path, bytes, options), options.signal);
  } catch (error) {
    throw error === source.failure ? error : sftpFailure(error, path, 'written');
  }
}

async function writeSmall(
  folder: RemoteFolder,
  session: Session,
  path: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<FileEntry> {
  const { staging, ways, root } = folder;
  const name = staging.take();
  const parent = root.absolute(parentOf(path));
  if (!session.handles.takeIfFree(1)) await session.handles.take(1, options.signal);
  ways.enter(parent);
  let handle: Buffer | undefined;
  try {
    // Where it goes is found out while the staged file is opened.
    const locating = ways.isSure(parent) ? undefined : locate(folder, session, path, parent);
    locating?.catch(() => undefined);
    const place = staging.placeOf(name);
    try {
      handle = await staging.inside(session, () => openNew(session, place));
    } catch (error) {
      await locating;
      throw error;
    }
    const target = locating === undefined ? root.absolute(path) : await locating;
    const early = needsStanding(options) ? await look(session, target, path) : undefined;
    const filling = fill(session, handle, early, bytes, options);
    handle = undefined;
    const standing = options.expected === 'absent' ? undefined : lookBefore(session, path, target, options);
    await settled(standing === undefined ? [filling] : [filling, standing], session, bytes.byteLength, folder, path);
    options.signal?.throwIfAborted();
    await commit(folder, session, place, path, target, await standing, options);
    staging.give(name);
    return fileEntryOf(path, await filling);
  } catch (error) {
    if (handle !== undefined && !session.isLost) await session.close(handle);
    await staging.discard(session, name);
    throw error;
  } finally {
    ways.leave(parent);
    session.handles.give(1);
  }
}

async function locate(folder: RemoteFolder, session: Session, path: string, parent: string): Promise<string> {
  const target = await folder.root.locate(session, path);
  if (target === folder.root.absolute(path)) folder.ways.found(parent);
  return target;
}

/** Fills a staged file, dresses it, looks at it, and closes it; all sent at once. */
async function fill(
  session: Session,
  handle: Buffer,
  standing: Stats | undefined,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<Stats> {
  const attributes = dress(standing, options);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const finish = { attributes, isFlushed: isToBeFlushed(session, attributes.mode) };
  return complete(await session.fill(handle, buffer, pieceSize(session), finish), bytes.byteLength);
}

/** Content that its owner may not read could not be opened again to be flushed. */
function isToBeFlushed(session: Session, mode: number | undefined): boolean {
  return mode !== undefined && (mode & 0o400) === 0 && session.offers('fsync@openssh.com');
}

function complete(stats: Stats, size: number): Stats {
  if (stats.size === size) return stats;
  throw new SyncEngineError('storage-failure', `The server stored ${stats.size} bytes instead of ${size}.`, {
    retry: 'yes',
  });
}

/** Replaced files keep their permissions, so those have to be known. */
function needsStanding(options: WriteOptions): boolean {
  return options.expected !== 'absent' && options.permissions === undefined;
}

function openNew(session: Session, place: string): Promise<Buffer> {
  // The server takes its mask off these permissions, as for any new file.
  return session.open(place, openFlags.write | openFlags.create | openFlags.exclusive, 0o666);
}

/** Dresses a complete file, looks at it, and closes it; all sent at once. */
async function finish(
  session: Session,
  handle: Buffer,
  standing: Stats | undefined,
  options: WriteOptions,
  size: number,
): Promise<Stats> {
  const attributes = dress(standing, options);
  const steps: Promise<unknown>[] = [];
  if (Object.keys(attributes).length > 0) steps.push(session.fsetstat(handle, attributes));
  const looking = session.fstat(handle);
  steps.push(looking);
  if (isToBeFlushed(session, attributes.mode)) steps.push(session.fsync(handle));
  steps.push(session.close(handle));
  await allOf(steps);
  return complete(await looking, size);
}

/** Waits for all, and throws the first failure in the order given, with the reason that the server did not tell. */
async function settled(
  steps: readonly Promise<unknown>[],
  session: Session,
  size: number,
  folder: RemoteFolder,
  path: string,
): Promise<void> {
  try {
    await allOf(steps);
  } catch (error) {
    if (isFailure(error) && (await isFull(folder, session, size))) {
      throw storageFailure('no-space', path, { cause: error });
    }
    throw error;
  }
}

async function allOf(steps: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(steps)) if (outcome.status === 'rejected') throw outcome.reason;
}

async function isFull(folder: RemoteFolder, session: Session, size: number): Promise<boolean> {
  if (session.isLost || !session.offers('statvfs@openssh.com')) return false;
  return (await session.space(folder.root.folder)).freeBytes < size;
}

/** Bytes of one write: OpenSSH takes up to 255 KiB, other servers what fits into one packet of SSH. */
function pieceSize(session: Session): number {
  return session.isOpenSsh ? 128 * 1024 : 30 * 1024;
}

/** A write whose content passes through piece by piece, and that can go on where an earlier one was cut off. */
class LargeWrite {
  readonly #folder: RemoteFolder;
  readonly #path: string;
  readonly #content: Content;
  readonly #options: WriteOptions;

  constructor(folder: RemoteFolder, path: string, content: Content, options: WriteOptions) {
    this.#folder = folder;
    this.#path = path;
    this.#content = content;
    this.#options = options;
  }

  run(): Promise<FileEntry> {
    return this.#folder.pool.use((session) => this.#write(session), this.#options.signal);
  }

  async #write(session: Session): Promise<FileEntry> {
    const { signal } = this.#options;
    const target = await this.#folder.root.locate(session, this.#path);
    // What would fail at the end anyway fails before the bytes are sent.
    const early = await lookBefore(session, this.#path, target, this.#options);
    if (this.#options.expected === 'absent') await requireAbsent(session, this.#path, target);
    await session.handles.take(1, signal);
    const resuming = new Resuming(this.#folder, session, this.#options.resume);
    let isOpen = false;
    try {
      const staged = await resuming.open(this.#content.size);
      isOpen = true;
      const received = await this.#send(session, staged, resuming);
      if (received !== this.#content.size) throw new TypeError('A content was sent that has another size.');
      const finishing = finish(session, staged.handle, early, this.#options, this.#content.size);
      isOpen = false;
      const standing = lookBefore(session, this.#path, target, this.#options);
      await settled([finishing, standing], session, 0, this.#folder, this.#path);
      signal?.throwIfAborted();
      const place = this.#folder.staging.placeOf(staged.name);
      await commit(this.#folder, session, place, this.#path, target, await standing, this.#options);
      resuming.done();
      return fileEntryOf(this.#path, await finishing);
    } catch (error) {
      await resuming.fail(error, isOpen);
      throw error;
    } finally {
      session.handles.give(1);
    }
  }

  /** @returns where the file ends */
  async #send(session: Session, staged: StagedFile, resuming: Resuming): Promise<number> {
    const { signal } = this.#options;
    const check = new PromisedHashes(this.#options.hashes);
    const writes = new Writes(session, staged.handle);
    let position = 0;
    try {
      const received = resuming.received;
      if (received !== undefined) {
        // Whoever promised a hash promised it for the whole.
        await check.take(received.open());
        position = received.size;
      }
      for await (const chunk of exactly(this.#content, this.#path, signal, received)) {
        check.update(chunk);
        await writes.send(chunk, position);
        position += chunk.byteLength;
      }
      check.require(this.#path);
    } catch (error) {
      await writes.end().catch(() => undefined);
      throw error;
    }
    await settled([writes.end()], session, this.#content.size - position, this.#folder, this.#path);
    return position;
  }
}

async function requireAbsent(session: Session, path: string, target: string): Promise<void> {
  const standing = await look(session, target, path);
  if (standing !== undefined)
    throw storageFailure(standing.isDirectory() ? 'is-a-directory' : 'precondition-failed', path);
}

/** The writes of one file that are under way. One always may be; more as far as the connection has room. */
class Writes {
  readonly #session: Session;
  readonly #handle: Buffer;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  constructor(session: Session, handle: Buffer) {
    this.#session = session;
    this.#handle = handle;
  }

  /** Sends a chunk as soon as there is room for it. */
  async send(chunk: Uint8Array, position: number): Promise<void> {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const size = pieceSize(this.#session);
    for (let start = 0; start < buffer.byteLength; start += size) {
      const piece = buffer.subarray(start, start + size);
      const share = await this.#room(piece.byteLength);
      if (this.#failure !== undefined) throw this.#failure.error;
      this.#start(piece, position + start, share);
    }
  }

  /** Waits for what is under way. */
  async end(): Promise<void> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #room(length: number): Promise<number> {
    const most = this.#session.isOpenSsh ? requestsAtOnce.inOrder : requestsAtOnce.other;
    for (;;) {
      if (this.#running.size === 0) return 0;
      if (this.#running.size < most && this.#session.bytes.takeIfFree(length)) return length;
      await Promise.race(this.#running);
    }
  }

  #start(piece: Buffer, position: number, share: number): void {
    const write: Promise<void> = this.#session.write(this.#handle, piece, position).then(
      () => this.#ended(write, share),
      (error: unknown) => {
        this.#failure ??= { error };
        this.#ended(write, share);
      },
    );
    this.#running.add(write);
  }

  #ended(write: Promise<void>, share: number): void {
    this.#running.delete(write);
    this.#session.bytes.give(share);
  }
}
