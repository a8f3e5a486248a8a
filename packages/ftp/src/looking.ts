import { childOf, type Entry, nameOf, parentOf, SyncEngineError, storageFailure } from '@syncengine/core';
import type { Connection } from './connection.ts';
import { factsIn, parseFacts } from './facts.ts';
import { meaningOf, refusal } from './failures.ts';
import { type Glance, type Glances, timeOf } from './glances.ts';
import { entryOf, type Listed, unusableName } from './listed.ts';
import { type Listing, readListing, targetIn } from './listing.ts';
import { isDone, type Reply } from './reply.ts';
import type { Server } from './server.ts';
import type { Question, Territory } from './territory.ts';
import { linesIn, parseListLine } from './unix-list.ts';

/** Questions that are sent together. */
const batch = 64;

/** Looks at what stands on the server. */
export class Looker {
  readonly #server: Server;
  readonly #territory: Territory;
  readonly #glances: Glances;
  /** The server lists the directory itself as `.`; once seen, its absence means that a directory could not be read. */
  #listsItself = false;

  constructor(server: Server, territory: Territory, glances: Glances) {
    this.#server = server;
    this.#territory = territory;
    this.#glances = glances;
  }

  /** The quickest look: one packet, no data connection. */
  glance(path: string): Question<Glance> {
    return this.#glances.glance(path);
  }

  /** The permission bits of a file, where the server tells them. */
  mode(path: string): Question<number | undefined> {
    const place = this.#territory.place(path);
    if (this.#server.features.facts) {
      return {
        commands: [`MLST ${place}`],
        read: ([reply]) => (reply === undefined ? undefined : factsIn(reply.text)?.mode),
      };
    }
    if (isPattern(path)) return { commands: [], read: () => undefined };
    const own = (reply: Reply | undefined): Listed | undefined =>
      linesIn(reply).find(({ name }) => name === place || name === nameOf(path));
    return { commands: [`STAT ${place}`], read: ([reply]) => own(reply)?.mode };
  }

  /**
   * What stands at a path; `undefined` only when it is certain that nothing does.
   *
   * @throws SyncEngineError `permission-denied` where that cannot be seen
   */
  async stat(connection: Connection, path: string, signal?: AbortSignal): Promise<Entry | undefined> {
    if (path !== '') {
      const outcome = await this.#parent(connection, path, signal);
      if (outcome !== 'directory') return outcome;
    }
    const { commands, read } = this.glance(path);
    const glance = read(await connection.exchange(commands, signal));
    if (glance.state === 'entry') return glance.entry;
    if (path === '') return await this.#statRoot(connection, glance, signal);
    // Asking to rename something is a look that does not follow links; without a second name nothing comes of it.
    if (glance.state === 'nothing' && this.#server.features.facts) {
      const asked = await connection.command(`RNFR ${this.#territory.place(path)}`, signal);
      if (asked.code !== 350) return undefined;
    }
    const line = await this.#lineOf(connection, path, glance, signal);
    if (line === undefined && glance.state === 'nothing') {
      if (this.#server.features.facts) throw unreadable(path);
      return undefined;
    }
    if (line !== undefined && line.kind !== 'file' && (line.kind !== 'directory' || glance.state === 'nothing')) {
      return entryOf(path, line);
    }
    if (glance.state === 'perhaps-link') return glance.entry;
    throw unreadable(path);
  }

  /** A look that is good enough for comparing versions: of doubtful entries a certain one. */
  async look(
    connection: Connection,
    path: string,
    expected: string | undefined,
    signal?: AbortSignal,
  ): Promise<Entry | undefined> {
    const { commands, read } = this.glance(path);
    const glance = read(await connection.exchange(commands, signal));
    return this.ascertain(connection, path, glance, expected, signal);
  }

  async ascertain(
    connection: Connection,
    path: string,
    glance: Glance,
    expected: string | undefined,
    signal?: AbortSignal,
  ): Promise<Entry | undefined> {
    if (glance.state === 'entry') return glance.entry;
    const isLinkExpected = expected?.startsWith('link-') === true;
    const isDoubtful = glance.state === 'nothing' || this.#server.features.facts || isLinkExpected;
    return isDoubtful ? this.stat(connection, path, signal) : glance.entry;
  }

  /**
   * The direct children of a directory.
   *
   * @throws SyncEngineError `not-found`, `not-a-directory`, `permission-denied`, `unreadable`, `outside-root`
   */
  async list(connection: Connection, directory: string, signal?: AbortSignal): Promise<readonly Entry[]> {
    const { facts } = this.#server.features;
    const listing = await this.#listing(connection, directory, facts, signal);
    const lines = await this.#completed(connection, directory, listing.lines, signal);
    const { names } = this.#server;
    return [
      ...listing.unreadable,
      ...lines.map((line) => unusableName(directory, line.name, names) ?? entryOf(childOf(directory, line.name), line)),
    ];
  }

  /** The names in a directory of our own, as they were stored. */
  async names(connection: Connection, directory: string, signal?: AbortSignal): Promise<readonly Listed[]> {
    const listing = await this.#listing(connection, directory, this.#server.features.facts, signal);
    return listing.lines;
  }

  /** Makes sure that a directory is there and inside the root; else tells why not. */
  async enter(connection: Connection, directory: string, signal?: AbortSignal): Promise<Reply | undefined> {
    if (this.#territory.isKnown(directory)) return undefined;
    if (this.#server.features.facts && directory !== '') {
      // Servers make those wait who try to go where nothing is, and close the connection in the end. At the root something is.
      const root = this.#territory.isKnown('') ? undefined : this.#territory.enter('');
      const look = `MLST ${this.#territory.place(directory)}`;
      const [seen, ...replies] = await connection.exchange([look, ...(root?.commands ?? [])], signal);
      root?.read(replies);
      if (!isDone(seen)) return seen;
    }
    const { commands, read } = this.#territory.enter(directory);
    return read(await connection.exchange(commands, signal));
  }

  /** Why a server that refused something at a path did so, where its answer leaves that open. */
  async explain(
    connection: Connection,
    reply: Reply,
    path: string,
    done: string,
    signal?: AbortSignal,
  ): Promise<SyncEngineError> {
    if (meaningOf(reply) !== undefined) return refusal(reply, path, done);
    const entry = await this.stat(connection, path, signal);
    if (entry === undefined) return storageFailure('not-found', path);
    return refusal(reply, path, done, 'permission-denied');
  }

  /** `directory` when the parent is one that can be entered; else what follows from that for the path below. */
  async #parent(connection: Connection, path: string, signal?: AbortSignal): Promise<'directory' | undefined> {
    const parent = parentOf(path);
    const refused = await this.enter(connection, parent, signal);
    if (refused === undefined) return 'directory';
    const entry = await this.stat(connection, parent, signal);
    if (entry === undefined || entry.kind === 'file') return undefined;
    throw refusal(refused, path, 'looked at', 'permission-denied');
  }

  async #statRoot(connection: Connection, glance: Glance, signal?: AbortSignal): Promise<Entry | undefined> {
    // That the root itself may be a link is its owner's choice.
    if (glance.state === 'perhaps-link') return glance.entry;
    const asked = await connection.command(`RNFR ${this.#territory.place('')}`, signal);
    if (asked.code === 350) throw unreadable('');
    return undefined;
  }

  async #listing(connection: Connection, directory: string, facts: boolean, signal?: AbortSignal): Promise<Listing> {
    const { commands, read } = this.#territory.enter(directory);
    const chunks: Buffer[] = [];
    let refused: Reply | undefined;
    let last: Reply | undefined;
    const accept = (replies: readonly Reply[]): void => {
      refused = read(replies.slice(0, commands.length));
      last = replies[commands.length];
    };
    try {
      const command = facts ? 'MLSD' : 'LIST -a';
      const order = { before: commands, command };
      for await (const chunk of connection.download(order, accept, signal)) {
        // Where it could not go there, the server lists the directory in which it stayed; calling that off would cost more.
        if (refused === undefined) chunks.push(chunk);
      }
    } catch (error) {
      signal?.throwIfAborted();
      const reply = refused ?? (last === undefined || isDone(last) ? undefined : last);
      if (reply === undefined || connection.isClosed) throw error;
      throw await this.#notListed(connection, reply, directory, signal);
    }
    if (refused !== undefined) throw await this.#notListed(connection, refused, directory, signal);
    const listing = readListing(directory, Buffer.concat(chunks), facts ? parseFacts : parseListLine);
    if (listing.isTorn) {
      const message = `The listing of ${JSON.stringify(directory)} broke off; what is in it is not known.`;
      throw new SyncEngineError('connection', message, { path: directory, retry: 'yes' });
    }
    this.#listsItself ||= listing.hasItself;
    requireComplete(directory, last);
    if (this.#listsItself && !listing.hasItself) throw unreadable(directory);
    return listing;
  }

  async #notListed(connection: Connection, reply: Reply, directory: string, signal?: AbortSignal): Promise<Error> {
    const meaning = meaningOf(reply);
    if (meaning !== undefined && meaning !== 'permission-denied') return refusal(reply, directory, 'listed');
    const entry = await this.stat(connection, directory, signal);
    if (entry === undefined) return storageFailure('not-found', directory);
    if (entry.kind !== 'directory') return storageFailure('not-a-directory', directory);
    return refusal(reply, directory, 'listed', 'permission-denied');
  }

  /** Adds what the lines leave open: times where there are no facts, and where links lead. */
  async #completed(
    connection: Connection,
    directory: string,
    lines: readonly Listed[],
    signal?: AbortSignal,
  ): Promise<readonly Listed[]> {
    if (!this.#server.features.facts) return this.#withTimes(connection, directory, lines, signal);
    if (!lines.some((line) => line.kind === 'symlink' && line.target === undefined)) return lines;
    const plain = await this.#listing(connection, directory, false, signal);
    return lines.map((line) =>
      line.kind === 'symlink' ? { ...line, target: targetIn(plain.lines, line.name) } : line,
    );
  }

  async #withTimes(
    connection: Connection,
    directory: string,
    lines: readonly Listed[],
    signal?: AbortSignal,
  ): Promise<readonly Listed[]> {
    if (!this.#server.features.modificationTime) return lines;
    const completed: Listed[] = [];
    for (let start = 0; start < lines.length; start += batch) {
      const page = lines.slice(start, start + batch);
      const files = page.filter((line) => line.kind === 'file' && !/[\r\n\0]/.test(line.name));
      const commands = files.map((line) => `MDTM ${this.#territory.place(childOf(directory, line.name))}`);
      const replies = commands.length === 0 ? [] : await connection.exchange(commands, signal);
      const times = new Map(files.map((line, index) => [line, timeOf(replies[index])]));
      for (const line of page) {
        const modifiedAt = times.get(line);
        // A file whose time is not told was taken away meanwhile, or cannot be asked for under the name that is shown.
        const isLost = times.has(line) && modifiedAt === undefined;
        completed.push(isLost ? { ...line, size: undefined } : { ...line, modifiedAt });
      }
    }
    return completed;
  }

  /** What `STAT` tells of something that is no directory: a line as `LIST` has it, but without a data connection. */
  async #statusLines(connection: Connection, place: string, signal?: AbortSignal): Promise<readonly Listed[]> {
    return linesIn(await connection.command(`STAT ${place}`, signal));
  }

  /** The line of a plain listing that is about a path: it tells links as links. */
  async #lineOf(
    connection: Connection,
    path: string,
    glance: Glance,
    signal?: AbortSignal,
  ): Promise<Listed | undefined> {
    const isDirectory = glance.state === 'perhaps-link' && glance.entry.kind === 'directory';
    // A directory would answer with what is in it, and some characters would be taken for a pattern.
    if (!isDirectory && !isPattern(path)) {
      const place = this.#territory.place(path);
      const lines = await this.#statusLines(connection, place, signal);
      const own = lines.find(({ name }) => name === place || name === nameOf(path));
      if (own !== undefined) return own;
    }
    const listing = await this.#listing(connection, parentOf(path), false, signal);
    const name = nameOf(path);
    const line = listing.lines.find((each) => each.name === name);
    if (line !== undefined) return line;
    // A name with an arrow in it was cut in the wrong place.
    return listing.lines.find((each) => `${each.name} -> ${each.target}`.startsWith(`${name} -> `));
  }
}

/** Some servers would take it for one, where they list. */
function isPattern(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/**
 * Some servers say of a listing that it is not all there, but do not say so by the code.
 *
 * @throws SyncEngineError `permission-denied`, `unreadable`
 */
function requireComplete(directory: string, last: Reply | undefined): void {
  if (last === undefined || !/truncat|fail|denied|unable|error/i.test(last.text)) return;
  if (!/truncat/i.test(last.text)) throw unreadable(directory);
  const message = `The server lists only the beginning of ${JSON.stringify(directory)}; raise its limit (Pure-FTPd: --limitrecursion), or put fewer files into one directory. It says: ${last.text.trim()}`;
  throw new SyncEngineError('unreadable', message, { path: directory });
}

function unreadable(path: string): SyncEngineError {
  const message = `${path === '' ? 'The root' : JSON.stringify(path)} stands on the server, but it may not be looked at.`;
  return new SyncEngineError('permission-denied', message, { path });
}
