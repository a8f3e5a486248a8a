import { type Entry, isReserved, isWithin, parentOf, storageFailure } from '@syncengine/core';
import type { Stats } from 'ssh2';
import { entryOf } from './entry.ts';
import { isMissing, sftpFailure } from './errors.ts';
import { realPath } from './real-path.ts';
import type { Session } from './ssh/index.ts';

/** The folder on the server below which everything happens, and the guard that nothing leads out of it. */
export class Root {
  /** Absolute, without links and without a slash at the end; `''` when the root is `/`. */
  readonly path: string;

  constructor(realPathOfRoot: string) {
    this.path = realPathOfRoot.replace(/\/+$/, '');
  }

  /** The root in a form that the server takes. */
  get folder(): string {
    return this.path === '' ? '/' : this.path;
  }

  /** Where a path stands if no link is on the way. */
  absolute(path: string): string {
    return path === '' ? this.folder : `${this.path}/${path}`;
  }

  /**
   * Where a path stands. A link at the path itself is not followed.
   *
   * @throws SyncEngineError `outside-root` when a link on the way leads out
   */
  async locate(session: Session, path: string): Promise<string> {
    const absolute = this.absolute(path);
    const parent = parentOf(path);
    if (parent === '') return absolute;
    const wanted = this.absolute(parent);
    const real = await realPath(session, wanted, path);
    if (real === wanted) return absolute;
    if (real === undefined) return await this.#locateMissing(session, parent, path);
    if (!this.#holds(real)) throw storageFailure('outside-root', path);
    return `${real}${absolute.slice(wanted.length)}`;
  }

  /**
   * Where a path leads, a link at the path itself followed.
   *
   * @throws SyncEngineError `outside-root` when a link leads out, `not-found` when nothing is there
   */
  async follow(session: Session, path: string): Promise<string> {
    const absolute = this.absolute(path);
    if (path === '') return absolute;
    const real = await realPath(session, absolute, path);
    if (real === undefined) {
      // Whether something is there is nobody's business when the way leads out.
      await this.locate(session, path);
      throw storageFailure('not-found', path);
    }
    if (!this.#holds(real)) throw storageFailure('outside-root', path);
    return real;
  }

  /**
   * What the link at `path` leads to, for a caller who follows links; `undefined` when it is to be told as a link: it
   * leads nowhere, out of the root, into the reserved folder, or to a directory that is already on the way.
   */
  async followed(
    session: Session,
    path: string,
    link: string,
  ): Promise<{ readonly absolute: string; readonly stats: Stats } | undefined> {
    const real = await realPath(session, link, path);
    if (real === undefined || !this.#holds(real) || isReserved(this.#relative(real))) return undefined;
    const stats = await look(session, real, path);
    if (stats?.isDirectory() !== true) {
      return stats === undefined || stats.isSymbolicLink() ? undefined : { absolute: real, stats };
    }
    for (let on = parentOf(path); ; on = parentOf(on)) {
      const above = on === '' ? '' : this.#relative(await this.follow(session, on));
      if (isWithin(above, this.#relative(real))) return undefined;
      if (on === '') return { absolute: real, stats };
    }
  }

  /** The deepest parent that is there decides. */
  async #locateMissing(session: Session, parent: string, path: string): Promise<string> {
    for (let above = parentOf(parent); above !== ''; above = parentOf(above)) {
      const real = await realPath(session, this.absolute(above), path);
      if (real === undefined) continue;
      if (!this.#holds(real)) throw storageFailure('outside-root', path);
      break;
    }
    return this.absolute(path);
  }

  #holds(real: string): boolean {
    return real === this.folder || real.startsWith(`${this.path}/`);
  }

  #relative(real: string): string {
    return real.slice(this.path.length + 1);
  }
}

/**
 * What stands at a place; `undefined` when nothing does.
 *
 * @param path what an error is about
 */
export async function look(session: Session, absolute: string, path: string): Promise<Stats | undefined> {
  try {
    return await session.lstat(absolute);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw sftpFailure(error, path, 'looked at');
  }
}

/** What stands at a path, looked at while it is made sure that the way there stays inside. */
export async function lookAt(
  session: Session,
  root: Root,
  path: string,
): Promise<{ readonly place: string; readonly stats: Stats | undefined }> {
  const looking = look(session, root.absolute(path), path);
  // When the way leads out, that is what is told.
  looking.catch(() => undefined);
  const place = await root.locate(session, path);
  return { place, stats: await looking };
}

/** The entry of what stands at a place. */
export async function standingEntry(
  session: Session,
  path: string,
  place: string,
  standing: Stats | undefined,
): Promise<Entry | undefined> {
  if (standing === undefined) return undefined;
  return entryOf(path, standing, standing.isSymbolicLink() ? await session.readlink(place) : undefined);
}
