import { type DirectoryEntry, type Entry, parentOf, storageFailure } from '@syncengine/core';
import type { Connection } from './connection.ts';
import { refusal } from './failures.ts';
import type { Looker } from './looking.ts';
import { isDone } from './reply.ts';
import type { Server } from './server.ts';
import type { Territory } from './territory.ts';

/** Makes directories. */
export class Directories {
  readonly #server: Server;
  readonly #territory: Territory;
  readonly #looker: Looker;

  constructor(server: Server, territory: Territory, looker: Looker) {
    this.#server = server;
    this.#territory = territory;
    this.#looker = looker;
  }

  /** Makes a directory with its parents; `''` makes the root with the folders above it. */
  async make(connection: Connection, path: string, signal?: AbortSignal): Promise<DirectoryEntry> {
    if (path === '') return this.#makeRoot(connection, signal);
    await this.ensure(connection, parentOf(path), signal);
    const { commands, read } = this.#looker.glance(path);
    const [made, ...replies] = await connection.exchange([`MKD ${this.#territory.place(path)}`, ...commands], signal);
    const entry = await this.#looker.ascertain(connection, path, read(replies), undefined, signal);
    if (isDone(made)) this.#territory.learn(path);
    if (entry?.kind === 'directory') return entry;
    if (entry !== undefined) throw storageFailure('not-a-directory', path);
    if (made === undefined || isDone(made)) throw storageFailure('not-found', path);
    throw refusal(made, path, 'made', 'permission-denied');
  }

  /**
   * Makes sure that a directory stands inside the root. The root itself is never made here: when it is missing, its disk is not
   * there.
   *
   * @throws SyncEngineError `not-a-directory`, `root-missing`, `outside-root`
   */
  async ensure(connection: Connection, directory: string, signal?: AbortSignal): Promise<void> {
    const refused = await this.#looker.enter(connection, directory, signal);
    if (refused === undefined) return;
    if (directory === '') throw storageFailure('root-missing', directory);
    await this.ensure(connection, parentOf(directory), signal);
    const made = await connection.command(`MKD ${this.#territory.place(directory)}`, signal);
    if (isDone(made)) return this.#territory.learn(directory);
    // Another connection may have made it at the same moment.
    if ((await this.#looker.enter(connection, directory, signal)) === undefined) return;
    const entry: Entry | undefined = await this.#looker.stat(connection, directory, signal);
    if (entry !== undefined && entry.kind !== 'directory') throw storageFailure('not-a-directory', directory);
    throw refusal(made, directory, 'made', 'permission-denied');
  }

  async #makeRoot(connection: Connection, signal?: AbortSignal): Promise<DirectoryEntry> {
    const names = this.#server.root.split('/').slice(1);
    if ((await this.#looker.enter(connection, '', signal)) !== undefined) {
      const commands = names.map((_, index) => `MKD /${names.slice(0, index + 1).join('/')}`);
      const last = (await connection.exchange(commands, signal)).at(-1);
      const refused = await this.#looker.enter(connection, '', signal);
      if (refused !== undefined) {
        const entry = await this.#looker.stat(connection, '', signal);
        if (entry !== undefined && entry.kind !== 'directory') throw storageFailure('not-a-directory', '');
        throw refusal(last === undefined || isDone(last) ? refused : last, '', 'made', 'permission-denied');
      }
    }
    const entry = await this.#looker.stat(connection, '', signal);
    return entry?.kind === 'directory' ? entry : { kind: 'directory', path: '' };
  }
}
