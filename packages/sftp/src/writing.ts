import {
  type Content,
  collectBytes,
  exactly,
  type FileEntry,
  PromisedHashes,
  SyncEngineError,
  storageFailure,
  WatchedContent,
  type WriteOptions,
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
    const bytes = await collectBytes(exactly(source, path, options.signal));
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
  const { staging } = folder;
  const name = staging.take();
  const place = staging.placeOf(name);
  await session.handles.take(1, options.signal);
  let handle: Buffer | undefined;
  try {
    // Where it goes is found out while the staged file is opened.
    const [target, opened] = await Promise.allSettled([
      folder.root.locate(session, path),
      staging.inside(session, () => openNew(session, place)),
    ]);
    if (opened.status === 'fulfilled') handle = opened.value;
    if (target.status === 'rejected') throw target.reason;
    if (opened.status === 'rejected') throw opened.reason;
    const early = needsStanding(options) ? await look(session, target.value, path) : undefined;
    const file: StagedFile = { handle: opened.value, name };
    // Sent together: the server does one after the other, and answers each.
    const writing = writeAll(session, file.handle, bytes);
    const finishing = finish(session, file.handle, early, options, bytes.byteLength);
    handle = undefined;
    const standing = lookBefore(session, path, target.value, options);
    await settled([writing, finishing, standing], session, bytes.byteLength, folder, path);
    options.signal?.throwIfAborted();
    await commit(folder, session, place, path, target.value, await standing, options);
    staging.give(name);
    return fileEntryOf(path, await finishing);
  } catch (error) {
    if (handle !== undefined && !session.isLost) await session.close(handle);
    await staging.discard(session, name);
    throw error;
  } finally {
    session.handles.give(1);
  }
}

/** Replaced files keep their permissions, so those have to be known. */
function needsStanding(options: WriteOptions): boolean {
  return options.expected !== 'absent' && options.permissions === undefined;
}

function openNew(session: Session, place: string): Promise<Buffer> {
  // The server takes its mask off these permissions, as for any new file.
  return session.open(place, openFlags.write | openFlags.create | openFlags.exclusive, 0o666);
}

function writeAll(session: Session, handle: Buffer, bytes: Uint8Array): Promise<unknown> {
  const writes: Promise<void>[] = [];
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = pieceSize(session);
  for (let start = 0; start < buffer.byteLength; start += size) {
    writes.push(session.write(handle, buffer.subarray(start, start + size), start));
  }
  return Promise.all(writes);
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
  // Content that its owner may not read could not be opened again to be flushed.
  const isUnreadable = attributes.mode !== undefined && (attributes.mode & 0o400) === 0;
  if (isUnreadable && session.offers('fsync@openssh.com')) steps.push(session.fsync(handle));
  steps.push(session.close(handle));
  await allOf(steps);
  const stats = await looking;
  if (stats.size === size) return stats;
  throw new SyncEngineError('storage-failure', `The server stored ${stats.size} bytes instead of ${size}.`, {
    retry: 'yes',
  });
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
