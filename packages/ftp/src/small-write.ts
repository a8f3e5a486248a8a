import { type FileEntry, parentOf, type WriteOptions } from '@syncengine/core';
import type { Connection } from './connection.ts';
import { isBroken, refusal } from './failures.ts';
import type { Parts } from './parts.ts';
import { afterTheCut, Placing, requirePlaced } from './placing.ts';
import { isDone, numberIn, type Reply } from './reply.ts';
import { timeCommands } from './server.ts';
import type { Question } from './territory.ts';
import { packetSize } from './transfer.ts';

/** Where a file will stand when the server has answered. */
export interface Landing {
  readonly landed: Promise<FileEntry>;
}

/**
 * Stores content that is at hand as a whole, where nothing stood. Two packets do it: one stages it, sets its time, looks whether
 * all of it has arrived and that nothing stands at the path, and announces the rename; the other one renames and looks at the
 * outcome. By then the connection is given back already, so the second packet takes along the first one of the next file:
 *
 *     RNTO, MLST of the file before; STOR, EPSV for the file to come, MFMT, SIZE, MLST of the path, RNFR
 *
 * Without facts, `MLST` is `SIZE` with `CWD` or `MDTM`. The data connection is made along with that, because its port was told
 * with the file before.
 *
 * Whatever is not as expected goes the longer way, step by step.
 */
export class SmallWrite {
  readonly #parts: Parts;
  readonly #path: string;
  readonly #staged: string;
  readonly #content: Uint8Array;
  readonly #options: WriteOptions;

  constructor(parts: Parts, path: string, staged: string, content: Uint8Array, options: WriteOptions) {
    this.#parts = parts;
    this.#path = path;
    this.#staged = staged;
    this.#content = content;
    this.#options = options;
  }

  /** Stages the file and begins to rename it; what comes of that is told later. */
  async begin(connection: Connection): Promise<Landing> {
    const { signal, expected } = this.#options;
    const { staging } = this.#parts;
    await staging.prepare(connection, false, signal);
    // What is replaced passes on its permissions, and may have to move out of the way: then there is more to do in between.
    const question = expected === 'absent' ? this.#question() : undefined;
    let [stored, ...rest] = await this.#stage(connection, question);
    if (!isDone(stored)) {
      await this.#withdraw(connection, rest);
      // Another client of this root may just have tidied up.
      await staging.prepare(connection, true, signal);
      [stored, ...rest] = await this.#stage(connection, question);
    }
    if (stored === undefined) throw new TypeError('The answer to an upload is missing.');
    let isReady = false;
    try {
      isReady = isDone(stored) && question?.read(rest) === true;
    } finally {
      if (!isReady) await this.#withdraw(connection, rest);
    }
    if (isReady) return { landed: this.#land(this.#rename(connection)) };
    if (!isDone(stored)) throw refusal(stored, this.#path, 'written', 'permission-denied');
    return { landed: Promise.resolve(await this.#placing(connection).place()) };
  }

  /** What is asked once the content has arrived: whether nothing speaks against renaming it. */
  #question(): Question<boolean> | undefined {
    const { territory, glances } = this.#parts;
    const parent = parentOf(this.#path);
    const time = timeCommands(this.#parts.server, territory.place(this.#staged), this.#options.modifiedAt);
    const enter = territory.isKnown(parent) ? undefined : territory.enter(parent);
    const look = glances.presence(this.#path);
    const before = [...time, `SIZE ${territory.place(this.#staged)}`, ...(enter?.commands ?? [])];
    const commands = [...before, ...look.commands, `RNFR ${territory.place(this.#staged)}`];
    if (commands.reduce((bytes, command) => bytes + Buffer.byteLength(command) + 2, 0) > packetSize - 300)
      return undefined;
    return {
      commands,
      read: (replies) => {
        const size = replies[time.length];
        if (size === undefined || numberIn(size) !== this.#content.byteLength) return false;
        if (enter?.read(replies.slice(time.length + 1, before.length)) !== undefined) return false;
        return replies.at(-1)?.code === 350 && !look.read(replies.slice(before.length, -1));
      },
    };
  }

  async #stage(connection: Connection, question: Question<boolean> | undefined): Promise<readonly Reply[]> {
    const command = `STOR ${this.#parts.territory.place(this.#staged)}`;
    try {
      return await connection.upload({ command, after: question?.commands }, this.#content, this.#options.signal);
    } catch (error) {
      // Where the connection goes, the announcement goes with it.
      if (!connection.isClosed) await Promise.allSettled([this.#stay(connection)]);
      throw error;
    }
  }

  async #rename(connection: Connection): Promise<readonly Reply[]> {
    const { territory, glances } = this.#parts;
    return connection.exchange([`RNTO ${territory.place(this.#path)}`, ...glances.outcome(this.#path).commands]);
  }

  async #land(renaming: Promise<readonly Reply[]>): Promise<FileEntry> {
    const { pool, glances } = this.#parts;
    const size = this.#content.byteLength;
    try {
      const [renamed, ...looked] = await renaming;
      if (isDone(renamed)) return requirePlaced(this.#path, size, glances.outcome(this.#path).read(looked));
    } catch (error) {
      if (!isBroken(error)) throw error;
      return await afterTheCut(
        this.#parts,
        { staged: this.#staged, path: this.#path, size },
        error,
        this.#options.signal,
      );
    }
    return pool.use(this.#options.signal, (connection) => this.#placing(connection).place());
  }

  async #withdraw(connection: Connection, replies: readonly Reply[]): Promise<void> {
    if (replies.at(-1)?.code === 350) await this.#stay(connection);
  }

  /** A rename that was announced has to follow, ProFTPD answers to nothing else: the file gets the name that it has. */
  async #stay(connection: Connection): Promise<void> {
    await connection.command(`RNTO ${this.#parts.territory.place(this.#staged)}`);
  }

  #placing(connection: Connection): Placing {
    return new Placing(this.#parts, connection, this.#staged, this.#path, this.#content.byteLength, this.#options);
  }
}
