import {
  type Entry,
  type FileEntry,
  parentOf,
  requireExpected,
  SyncEngineError,
  storageFailure,
  type WriteOptions,
} from '@syncengine/core';
import type { Connection } from './connection.ts';
import { isBroken, refusal } from './failures.ts';
import type { Parts } from './parts.ts';
import { isDone, isUnknownCommand, numberIn, type Reply } from './reply.ts';
import { timeCommands } from './server.ts';

/** Puts a staged file that is complete at its path. */
export class Placing {
  readonly #parts: Parts;
  readonly #connection: Connection;
  readonly #staged: string;
  readonly #path: string;
  readonly #size: number;
  readonly #options: WriteOptions;
  /** The permission bits of the file that is replaced. */
  #mode: number | undefined;

  constructor(parts: Parts, connection: Connection, staged: string, path: string, size: number, options: WriteOptions) {
    this.#parts = parts;
    this.#connection = connection;
    this.#staged = staged;
    this.#path = path;
    this.#size = size;
    this.#options = options;
  }

  async place(): Promise<FileEntry> {
    const standing = await this.#prepare();
    const undo = await this.#keepReplaced(standing);
    try {
      return await this.#commit(standing);
    } catch (error) {
      if (isBroken(error)) {
        const placed = { staged: this.#staged, path: this.#path, size: this.#size };
        return await afterTheCut(this.#parts, placed, error, this.#options.signal);
      }
      await undo();
      throw error;
    }
  }

  /** Sets the time, looks whether all has arrived and at what stands at the path; all in one packet. */
  async #prepare(): Promise<Entry | undefined> {
    const { territory, looker } = this.#parts;
    const { signal, expected } = this.#options;
    const path = this.#path;
    const parent = parentOf(path);
    const time = timeCommands(this.#parts.server, territory.place(this.#staged), this.#options.modifiedAt);
    const enter = territory.isKnown(parent) ? undefined : territory.enter(parent);
    const { commands, read } = looker.glance(path);
    const mode = expected === 'absent' ? undefined : looker.mode(path);
    const sent = [...time, `SIZE ${territory.place(this.#staged)}`, ...(enter?.commands ?? []), ...commands];
    const last = sent.length;
    const replies = await this.#connection.exchange([...sent, ...(mode?.commands ?? [])], signal);
    this.#requireWhole(replies[time.length]);
    const refused = enter?.read(replies.slice(time.length + 1, time.length + 1 + enter.commands.length));
    const glance = read(replies.slice(last - commands.length, last));
    // A parent that is missing has no children; what else may be the matter with it is seen when it is made.
    const isAbsent = glance.state === 'nothing' && (refused !== undefined || expected === 'absent');
    const link = expected === 'absent' ? undefined : expected;
    const standing = isAbsent ? undefined : await looker.ascertain(this.#connection, path, glance, link, signal);
    if (standing?.kind === 'directory') throw storageFailure('is-a-directory', path);
    requireExpected(path, standing, expected);
    if (standing?.kind === 'file') this.#mode = mode?.read(replies.slice(last));
    if (refused !== undefined) await this.#parts.directories.ensure(this.#connection, parent, signal);
    return standing;
  }

  #requireWhole(reply: Reply | undefined): void {
    if (reply === undefined || isUnknownCommand(reply)) return;
    const size = numberIn(reply);
    if (size === this.#size) return;
    const message = `Of ${JSON.stringify(this.#path)}, ${size ?? 'no'} bytes arrived instead of ${this.#size}; they were not kept.`;
    throw new SyncEngineError('connection', message, { path: this.#path, retry: 'yes' });
  }

  async #commit(standing: Entry | undefined): Promise<FileEntry> {
    const path = this.#path;
    let [renamed, entry] = await this.#rename();
    if (!isDone(renamed)) {
      // The parent went away since it was seen, or nothing can be renamed onto a file here.
      this.#parts.territory.forget(parentOf(path));
      await this.#parts.directories.ensure(this.#connection, parentOf(path), this.#options.signal);
      [renamed, entry] =
        standing === undefined || this.#options.keepReplacedAt !== undefined
          ? await this.#rename()
          : await this.#swap();
    }
    if (!isDone(renamed)) {
      throw await this.#parts.looker.explain(this.#connection, renamed, path, 'written', this.#options.signal);
    }
    return requirePlaced(path, this.#size, entry);
  }

  /** The one step in which the name changes its meaning, and a look at the outcome. */
  async #rename(): Promise<[Reply, Entry | undefined]> {
    const { territory, looker } = this.#parts;
    const { commands, read } = looker.glance(this.#path);
    const staged = territory.place(this.#staged);
    // What was for few eyes stays so; a server that does not know how cannot be helped.
    const dress = this.#mode === undefined ? [] : [`SITE CHMOD ${this.#mode.toString(8).padStart(3, '0')} ${staged}`];
    const names = [...dress, `RNFR ${staged}`, `RNTO ${territory.place(this.#path)}`];
    const answers = await this.#connection.exchange([...names, ...commands]);
    const [renamed, ...replies] = answers.slice(names.length - 1);
    if (renamed === undefined) throw new TypeError('The answer to a rename is missing.');
    const glance = read(replies);
    return [renamed, glance.state === 'nothing' ? undefined : glance.entry];
  }

  /** Where nothing can be renamed onto a file: the old one steps aside, and comes back should the new one not get there. */
  async #swap(): Promise<[Reply, Entry | undefined]> {
    const { territory, staging, directories } = this.#parts;
    const aside = staging.asidePath(this.#path);
    await directories.ensure(this.#connection, parentOf(aside.path));
    const moved = await this.#move(this.#path, aside.path);
    const outcome: [Reply, Entry | undefined] = isDone(moved) ? await this.#rename() : [moved, undefined];
    if (isDone(moved)) {
      if (isDone(outcome[0])) await this.#connection.command(`DELE ${territory.place(aside.path)}`);
      else await this.#move(aside.path, this.#path);
    }
    for (let folder = parentOf(aside.path); folder.length >= aside.folder.length; folder = parentOf(folder)) {
      await this.#connection.command(`RMD ${territory.place(folder)}`);
    }
    territory.forget(aside.folder);
    return outcome;
  }

  /** Moves what is to be replaced to where it is kept. The answer takes that back. */
  async #keepReplaced(standing: Entry | undefined): Promise<() => Promise<void>> {
    const { keepReplacedAt: kept, signal } = this.#options;
    if (kept === undefined || standing === undefined) return async () => undefined;
    const { looker, directories } = this.#parts;
    await directories.ensure(this.#connection, parentOf(kept), signal);
    if ((await looker.look(this.#connection, kept, undefined, signal)) !== undefined) {
      throw storageFailure('already-exists', kept);
    }
    const moved = await this.#move(this.#path, kept);
    if (!isDone(moved)) throw refusal(moved, kept, 'moved to the trash', 'permission-denied');
    return async () => {
      await this.#move(kept, this.#path);
    };
  }

  async #move(from: string, to: string): Promise<Reply> {
    const { territory } = this.#parts;
    const commands = [`RNFR ${territory.place(from)}`, `RNTO ${territory.place(to)}`];
    const [asked, moved] = await this.#connection.exchange(commands);
    if (asked === undefined || moved === undefined) throw new TypeError('The answer to a rename is missing.');
    return asked.code === 350 ? moved : asked;
  }
}

/** @throws SyncEngineError `unsupported-name` when something else stands where the file was put */
export function requirePlaced(path: string, size: number, entry: Entry | undefined): FileEntry {
  if (entry?.kind === 'file' && entry.size === size) return entry;
  const found = entry === undefined ? 'nothing stands there' : `something else stands there (${entry.kind})`;
  const message = `${JSON.stringify(path)} was stored, but ${found} under this name: the server altered it.`;
  throw new SyncEngineError('unsupported-name', message, { path });
}

/** The connection broke while the name changed its meaning: another one sees whether it did. */
export async function afterTheCut(
  { pool, looker }: Parts,
  placed: { readonly staged: string; readonly path: string; readonly size: number },
  cause: unknown,
  signal: AbortSignal | undefined,
): Promise<FileEntry> {
  const [staged, entry] = await pool.use(signal, async (connection) => [
    await looker.stat(connection, placed.staged, signal),
    await looker.stat(connection, placed.path, signal),
  ]);
  if (staged === undefined && entry?.kind === 'file' && entry.size === placed.size) return entry;
  throw cause;
}
