import { type ReadOptions, storageFailure } from '@syncengine/core';
import type { Stats } from 'ssh2';
import { requireFile, versionOfStats } from './entry.ts';
import { sftpFailure } from './errors.ts';
import type { RemoteFolder } from './remote-folder.ts';
import { look } from './root.ts';
import { openFlags, type Session } from './ssh/index.ts';

/** Requests of one file that are on their way at once: enough to fill 100 MB/s at 40 ms. */
const requestsAtOnce = 64;

/** Bytes that one request asks for: what every server gives, and what fits into one packet of SSH. */
const requestSize = 32 * 1024;

/** The content of a file; `read` of the protocol. A file that grows meanwhile ends where it ended when it was opened. */
export async function* readFile(folder: RemoteFolder, path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { expected, range, signal } = options;
  const session = await folder.pool.take(signal);
  try {
    const absolute = await folder.root.follow(session, path);
    // Opening a pipe would hold up the whole connection, so what it is has to be known before.
    requireWanted(path, await look(session, absolute, path), expected);
    signal?.throwIfAborted();
    const opened = await openFile(session, absolute, path, expected, signal);
    try {
      const end = Math.min(range?.end ?? opened.size, opened.size);
      yield* readAhead(session, opened.handle, range?.start ?? 0, end, signal);
    } finally {
      await closeFile(session, opened.handle);
    }
    if (expected !== undefined) {
      const stats = await look(session, await folder.root.follow(session, path), path);
      if (stats === undefined || versionOfStats(stats) !== expected) throw storageFailure('source-changed', path);
    }
  } catch (error) {
    throw sftpFailure(error, path, 'read', 'unreadable');
  } finally {
    folder.pool.give(session);
  }
}

/** Bytes of an open file in order, with many requests under way; a consumer who is slow is waited for. */
export async function* readAhead(
  session: Session,
  handle: Buffer,
  start: number,
  end: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const ahead = new ReadAhead(session, handle, start, end);
  try {
    for (let request = ahead.next(); request !== undefined; request = ahead.next()) {
      const bytes = await request.bytes;
      signal?.throwIfAborted();
      if (bytes.byteLength === 0) return;
      yield bytes;
      // Fewer bytes than asked for: the rest is asked for again, unless this is the end.
      const stop = request.position + request.length;
      for (let position = request.position + bytes.byteLength; position < stop; ) {
        const more = await session.read(handle, position, stop - position);
        signal?.throwIfAborted();
        if (more.byteLength === 0) return;
        position += more.byteLength;
        yield more;
      }
    }
  } finally {
    ahead.stop();
  }
}

interface ReadRequest {
  readonly position: number;
  readonly length: number;
  readonly bytes: Promise<Buffer>;
  /** What it takes of the connection's share, until its bytes are handed on. */
  readonly share: number;
}

/** The requests of one file that are under way. One always may be; more as far as the connection has room. */
class ReadAhead {
  readonly #session: Session;
  readonly #handle: Buffer;
  readonly #end: number;
  readonly #running: ReadRequest[] = [];
  #position: number;
  #held = 0;

  constructor(session: Session, handle: Buffer, start: number, end: number) {
    this.#session = session;
    this.#handle = handle;
    this.#position = start;
    this.#end = end;
  }

  /** The request whose bytes come next; `undefined` at the end. */
  next(): ReadRequest | undefined {
    this.#session.bytes.give(this.#held);
    this.#ask();
    const request = this.#running.shift();
    this.#held = request?.share ?? 0;
    return request;
  }

  stop(): void {
    this.#session.bytes.give(this.#running.splice(0).reduce((sum, request) => sum + request.share, this.#held));
    this.#held = 0;
  }

  #ask(): void {
    while (this.#position < this.#end && this.#running.length < requestsAtOnce) {
      const length = Math.min(requestSize, this.#end - this.#position);
      const isFirst = this.#running.length === 0;
      if (!isFirst && !this.#session.bytes.takeIfFree(length)) return;
      const bytes = this.#session.read(this.#handle, this.#position, length);
      // Whoever stops early never looks at the rest.
      bytes.catch(() => undefined);
      this.#running.push({ position: this.#position, length, bytes, share: isFirst ? 0 : length });
      this.#position += length;
    }
  }
}

async function openFile(
  session: Session,
  absolute: string,
  path: string,
  expected: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ readonly handle: Buffer; readonly size: number }> {
  await session.handles.take(1, signal);
  let handle: Buffer;
  try {
    handle = await session.open(absolute, openFlags.read);
  } catch (error) {
    session.handles.give(1);
    throw error;
  }
  try {
    const stats = await session.fstat(handle);
    requireWanted(path, stats, expected);
    return { handle, size: stats.size };
  } catch (error) {
    await closeFile(session, handle);
    throw error;
  }
}

async function closeFile(session: Session, handle: Buffer): Promise<void> {
  try {
    // With the connection the file is closed as well.
    if (!session.isLost) await session.close(handle);
  } finally {
    session.handles.give(1);
  }
}

function requireWanted(path: string, stats: Stats | undefined, expected: string | undefined): void {
  if (stats === undefined) throw storageFailure('not-found', path);
  requireFile(path, stats);
  if (expected !== undefined && versionOfStats(stats) !== expected) throw storageFailure('source-changed', path);
}
