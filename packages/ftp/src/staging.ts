import { nameOf, reservedName, storageFailure } from '@syncengine/core';
import type { Connection } from './connection.ts';
import { isBroken, refusal } from './failures.ts';
import type { Looker } from './looking.ts';
import { isLeftBehind, isStagedName, stagedName } from './owner.ts';
import { isDone } from './reply.ts';
import type { Territory } from './territory.ts';

const folder = `${reservedName}/staging`;

/** How the name of a folder ends that holds, under its own path, what had to step aside. */
const asideMark = '.aside';

/** The folder where content stays until it is complete: `.syncengine/staging` of the root. */
export class Staging {
  readonly #territory: Territory;
  readonly #looker: Looker;
  #isUsed = false;

  constructor(territory: Territory, looker: Looker) {
    this.#territory = territory;
    this.#looker = looker;
  }

  /** Something may have been left in the folder, or the folder itself. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** A path for something new. */
  newPath(): string {
    return `${folder}/${stagedName()}`;
  }

  /** The folder into which something at `path` steps aside, and where it is then. */
  asidePath(path: string): { readonly folder: string; readonly path: string } {
    const aside = `${folder}/${stagedName()}${asideMark}`;
    return { folder: aside, path: `${aside}/${path}` };
  }

  /** The token of an unfinished write, and the other way round; `undefined` for what is no token of ours. */
  tokenOf(path: string): string {
    return path.slice(folder.length + 1);
  }

  pathOf(token: string | undefined): string | undefined {
    return token !== undefined && isStagedName(token) ? `${folder}/${token}` : undefined;
  }

  /**
   * Makes sure that the folder is there, inside the root.
   *
   * @param again whether what is known of it is to be forgotten: another client of this root may have tidied up
   * @throws SyncEngineError `root-missing`, `permission-denied`
   */
  async prepare(connection: Connection, again: boolean, signal?: AbortSignal): Promise<void> {
    if (again) this.#territory.forget(reservedName);
    this.#isUsed = true;
    if (this.#territory.isKnown(folder)) return;
    if ((await this.#looker.enter(connection, '', signal)) !== undefined) {
      throw storageFailure('root-missing', reservedName);
    }
    for (const directory of [reservedName, folder]) {
      if (this.#territory.isKnown(directory)) continue;
      const made = await connection.command(`MKD ${this.#territory.place(directory)}`, signal);
      if (isDone(made)) this.#territory.learn(directory);
      // It was there before, or another connection has made it at the same moment.
      else if ((await this.#looker.enter(connection, directory, signal)) !== undefined) {
        throw refusal(made, directory, 'made', 'permission-denied');
      }
    }
  }

  /** Removes a staged file; gone already is fine. */
  async discard(connection: Connection, path: string): Promise<void> {
    const reply = await connection.command(`DELE ${this.#territory.place(path)}`);
    if (isDone(reply)) return;
    // Whatever is left stays out of everybody's way, and the next run removes it.
    this.#isUsed = true;
  }

  /** Removes what processes that are gone have left, and puts back what they had moved aside. */
  async recover(connection: Connection, keep: ReadonlySet<string>, now: number, signal?: AbortSignal): Promise<void> {
    if ((await this.#looker.enter(connection, folder, signal)) !== undefined) return;
    this.#isUsed = true;
    for (const { path, modifiedAt } of await this.#looker.list(connection, folder, signal)) {
      const name = nameOf(path);
      const isAside = name.endsWith(asideMark);
      const owner = isAside ? name.slice(0, -asideMark.length) : name;
      if (keep.has(name) || !isLeftBehind(owner, modifiedAt === undefined ? undefined : now - modifiedAt)) continue;
      if (isAside) await this.#putBack(connection, `${folder}/${name}`, '', signal);
      else await this.discard(connection, `${folder}/${name}`);
    }
  }

  /** Removes the folders if they are empty. */
  async tidy(connection: Connection): Promise<void> {
    if (!this.#isUsed) return;
    try {
      await connection.exchange([`RMD ${this.#territory.place(folder)}`, `RMD ${this.#territory.place(reservedName)}`]);
    } catch (error) {
      // Empty folders harm nobody, and the client is about to close.
      if (!isBroken(error)) throw error;
    }
    this.#territory.forget(reservedName);
  }

  /** What was moved aside for a moment goes back to its place, unless something new has taken that. */
  async #putBack(connection: Connection, aside: string, path: string, signal?: AbortSignal): Promise<void> {
    const here = path === '' ? aside : `${aside}/${path}`;
    for (const entry of await this.#looker.list(connection, here, signal)) {
      const original = entry.path.slice(aside.length + 1);
      if (entry.kind === 'directory') await this.#putBack(connection, aside, original, signal);
      else if ((await this.#looker.stat(connection, original, signal)) !== undefined) {
        await this.discard(connection, entry.path);
      } else {
        const from = this.#territory.place(entry.path);
        await connection.exchange([`RNFR ${from}`, `RNTO ${this.#territory.place(original)}`], signal);
      }
    }
    await connection.command(`RMD ${this.#territory.place(here)}`, signal);
  }
}
