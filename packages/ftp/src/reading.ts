import {
  type Entry,
  type FileEntry,
  type ReadOptions,
  SyncEngineError,
  storageFailure,
  unsupportedFailure,
} from '@syncengine/core';
import type { Connection } from './connection.ts';
import { meaningOf, refusal } from './failures.ts';
import type { Glance } from './glances.ts';
import { resolveLink } from './links.ts';
import type { Parts } from './parts.ts';
import { isDone, type Reply } from './reply.ts';

/** Content up to this many bytes is taken over before any of it is passed on: then the connection is free at once. */
const wholeSize = 256 * 1024;

/** A quick look was not enough to begin reading. */
class Doubt extends Error {
  readonly reply: Reply | undefined;

  constructor(reply: Reply | undefined) {
    super('A closer look is needed.');
    this.reply = reply;
  }
}

/** The content of a file; `read` of the protocol. A link that leads to a file inside the root is followed. */
export async function* readFile(parts: Parts, path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { pool, server } = parts;
  const { signal, range, expected } = options;
  // Without facts a link looks like what it points to; who expects a version has listed it as a file.
  const isDoubtful = !server.features.facts && expected === undefined;
  const connection = await pool.takeForReading(signal);
  let isLent = true;
  const giveBack = (): void => {
    if (isLent) pool.giveBackAfterReading(connection);
    isLent = false;
  };
  try {
    const known =
      isDoubtful || range !== undefined ? await certain(parts, connection, path, undefined, options) : undefined;
    if (range !== undefined && known !== undefined && range.start >= Math.min(range.end, known.size)) return;
    const reading = new Reading(parts, connection, path, options);
    let chunks = reading.chunks(known);
    let first: IteratorResult<Uint8Array, void>;
    try {
      first = await chunks.next();
    } catch (error) {
      if (!(error instanceof Doubt)) throw error;
      chunks = reading.chunks(await certain(parts, connection, path, error.reply, options));
      first = await chunks.next();
    }
    if (reading.length <= wholeSize) {
      const whole: Uint8Array[] = [];
      for (; first.done !== true; first = await chunks.next()) whole.push(first.value);
      giveBack();
      yield* whole;
      return;
    }
    try {
      for (; first.done !== true; first = await chunks.next()) yield first.value;
    } finally {
      await chunks.return();
    }
  } catch (error) {
    if (error instanceof Doubt) throw storageFailure('source-changed', path, { cause: error, retry: 'yes' });
    throw error;
  } finally {
    giveBack();
  }
}

class Reading {
  /** Bytes that will come, once the first have come. */
  length = Number.POSITIVE_INFINITY;
  readonly #parts: Parts;
  readonly #connection: Connection;
  readonly #path: string;
  readonly #options: ReadOptions;

  constructor(parts: Parts, connection: Connection, path: string, options: ReadOptions) {
    this.#parts = parts;
    this.#connection = connection;
    this.#path = path;
    this.#options = options;
  }

  /** @param known what a closer look has shown already; without it a quick one comes first, in the same packet */
  async *chunks(known: FileEntry | undefined): AsyncGenerator<Uint8Array, void> {
    const { looker, territory } = this.#parts;
    const { signal, range } = this.#options;
    const offset = range?.start ?? 0;
    const { commands, read } = looker.glance(this.#path);
    const enter = territory.enter(parentPath(this.#path));
    const before = territory.isKnown(parentPath(this.#path)) ? commands : [...enter.commands, ...commands];
    const entered = before.length - commands.length;
    let entry = known;
    const accept = (replies: readonly Reply[]): void => {
      const refused = entered === 0 ? undefined : enter.read(replies.slice(0, entered));
      const last = replies[before.length];
      if (refused !== undefined) throw new Doubt(refused);
      entry ??= this.#fileIn(read(replies.slice(entered, before.length)), last);
      this.#requireExpected(entry);
      if (last !== undefined && !isDone(last) && this.length === Number.POSITIVE_INFINITY) throw new Doubt(last);
      this.length = Math.max(0, Math.min(range?.end ?? entry.size, entry.size) - offset);
    };
    const order = { before, offset, command: `RETR ${territory.place(this.#path)}` };
    let received = 0;
    for await (const chunk of this.#connection.download(order, accept, signal)) {
      const rest = this.length - received;
      received += chunk.byteLength;
      if (range !== undefined && chunk.byteLength >= rest) {
        if (rest > 0) yield chunk.subarray(0, rest);
        break;
      }
      yield chunk;
    }
    await this.#requireSame(entry, range === undefined ? received : Math.min(received, this.length));
  }

  #fileIn(glance: Glance, last: Reply | undefined): FileEntry {
    if (glance.state === 'nothing') throw new Doubt(last);
    const isCertain = glance.state === 'entry' || !this.#parts.server.features.facts;
    if (!isCertain || glance.entry.kind !== 'file') throw new Doubt(last);
    return glance.entry;
  }

  #requireExpected(entry: FileEntry): void {
    const { expected } = this.#options;
    if (expected !== undefined && entry.version !== expected) throw storageFailure('source-changed', this.#path);
  }

  /** Looks once more when all has come: an end that came too early is none, and a file that was changed meanwhile is another. */
  async #requireSame(entry: FileEntry | undefined, received: number): Promise<void> {
    const { expected, signal } = this.#options;
    const isWhole = received === this.length;
    if (isWhole && expected === undefined) return;
    const { commands, read } = this.#parts.looker.glance(this.#path);
    // Calling off the rest of a file may have cost the connection.
    const replies = this.#connection.isClosed
      ? await this.#parts.pool.use(signal, (connection) => connection.exchange(commands, signal))
      : await this.#connection.exchange(commands, signal);
    const glance = read(replies);
    const now = glance.state !== 'nothing' && glance.entry.kind === 'file' ? glance.entry.version : undefined;
    const isDoubtful = glance.state === 'perhaps-link' && this.#parts.server.features.facts;
    if (!isDoubtful && now !== entry?.version) throw storageFailure('source-changed', this.#path);
    if (isWhole) return;
    const message = `Of ${JSON.stringify(this.#path)}, ${received} bytes came instead of ${this.length}.`;
    throw new SyncEngineError('connection', message, { path: this.#path, retry: 'yes' });
  }
}

/**
 * The file that is to be read, after a closer look; a link is followed inside the root.
 *
 * @param reply what the server said when it was tried without one
 */
async function certain(
  parts: Parts,
  connection: Connection,
  path: string,
  reply: Reply | undefined,
  { signal }: ReadOptions,
): Promise<FileEntry> {
  const meaning = reply === undefined ? undefined : meaningOf(reply);
  if (reply !== undefined && (meaning === 'throttled' || meaning === 'connection')) throw refusal(reply, path, 'read');
  let entry: Entry | undefined = await parts.looker.stat(connection, path, signal);
  if (entry?.kind === 'symlink') {
    const followed = await resolveLink(parts, connection, entry, signal);
    if (followed.kind === 'symlink') throw storageFailure('outside-root', path);
    entry = followed;
  }
  if (entry === undefined) throw storageFailure('not-found', path);
  if (entry.kind === 'directory') throw storageFailure('is-a-directory', path);
  if (entry.kind !== 'file') throw unsupportedFailure(path, 'is no file whose content could be read');
  if (reply !== undefined && !isDone(reply)) throw refusal(reply, path, 'read', 'permission-denied');
  return entry;
}

function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
