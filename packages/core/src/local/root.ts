import { lstatSync, realpathSync, type Stats } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { isSyncEngineError, SyncEngineError } from '../errors.ts';
import { isReserved, isWithin, parentOf } from '../paths/index.ts';
import { failure, quoted } from '../storage-failures.ts';
import { isMissing, localFailure } from './errors.ts';

/**
 * The folder that a local client must not leave. Turns the paths of the protocol into places on the disk, after a look at
 * what links on the way do.
 *
 * Another program that swaps a directory for a link between that look and the call that follows can still lead the
 * call astray: Node has no `openat`. Whoever can do that inside the root can change the files there anyway.
 */
export class Root {
  /** Absolute and free of links; without a slash at the end, so `''` is the root of the whole disk. */
  readonly path: string;

  /** Parents that were found to be directories inside the root in this turn of the event loop: their numbers. */
  readonly #proven = new Map<string, number>();

  constructor(path: string) {
    const real = realPathOf(resolve(path));
    this.path = real.endsWith(sep) ? real.slice(0, -1) : real;
  }

  /** The root in a form that the system takes. */
  get folder(): string {
    return this.path === '' || this.path.endsWith(':') ? `${this.path}${sep}` : this.path;
  }

  get id(): string {
    const path = this.path.replaceAll(sep, '/');
    return `file://${path === '' || path.startsWith('/') ? path : `/${path}`}`;
  }

  /**
   * Where a path stands. A link at the path itself is not followed.
   *
   * @throws SyncEngineError `outside-root` when a link on the way leads out
   */
  locate(path: string): string {
    const absolute = this.absolute(path);
    const parent = parentOf(path);
    if (parent === '') return absolute;
    const wanted = this.absolute(parent);
    if (this.#isProven(wanted)) return absolute;
    const real = realPath(wanted, path);
    if (real === wanted) {
      this.#prove(wanted);
      return absolute;
    }
    if (real === undefined) return this.#locateMissing(parent, path);
    if (!this.#holds(real)) throw failure('outside-root', path);
    return `${real}${absolute.slice(wanted.length)}`;
  }

  /**
   * Where a path leads, a link at the path itself followed.
   *
   * @throws SyncEngineError `outside-root` when a link leads out, `not-found` when nothing is there
   */
  follow(path: string): string {
    const absolute = this.absolute(path);
    if (path === '') return absolute;
    // What is no link leads to itself, inside a directory that is none.
    if (this.#isPlain(parentOf(path)) && look(absolute)?.isSymbolicLink() === false) return absolute;
    const real = realPath(absolute, path);
    if (real === undefined) {
      // Whether something is there is nobody's business when the way leads out.
      this.locate(path);
      throw failure('not-found', path);
    }
    if (!this.#holds(real)) throw failure('outside-root', path);
    return real;
  }

  /** What a path leads to; `undefined` when nothing is there, or the way leads out. */
  standingBehind(path: string): Stats | undefined {
    try {
      const standing = path !== '' && this.#isPlain(parentOf(path)) ? look(this.absolute(path)) : undefined;
      if (standing?.isSymbolicLink() === false) return standing;
      return look(this.follow(path));
    } catch (error) {
      if (isSyncEngineError(error, 'not-found') || isSyncEngineError(error, 'outside-root')) return undefined;
      throw error;
    }
  }

  /**
   * What the link at `path` leads to, for a caller who follows links; `undefined` when it is to be told as a link: it
   * leads nowhere, out of the root, into the reserved folder, or to a directory that is already on the way.
   */
  followed(path: string, link: string): { readonly absolute: string; readonly stats: Stats } | undefined {
    const real = realPath(link, path);
    if (real === undefined || !this.#holds(real) || isReserved(this.#relative(real))) return undefined;
    const stats = look(real);
    if (stats?.isDirectory() !== true) return stats && { absolute: real, stats };
    for (let on = parentOf(path); ; on = parentOf(on)) {
      const above = on === '' ? '' : this.#relative(this.follow(on));
      if (isWithin(above, this.#relative(real))) return undefined;
      if (on === '') return { absolute: real, stats };
    }
  }

  /** The number of a directory that is one, inside the root and by a way without links; `undefined` otherwise. */
  numberOf(directory: string): number | undefined {
    if (directory !== '' && !this.#isPlain(directory)) return undefined;
    const stats = look(this.absolute(directory));
    return stats?.isDirectory() === true ? stats.ino : undefined;
  }

  /** Inside the root and reached by a way without links, if it is there at all. */
  #isPlain(directory: string): boolean {
    const wanted = this.absolute(directory);
    if (this.#isProven(wanted)) return true;
    if (realPath(wanted, directory) !== wanted) return false;
    this.#prove(wanted);
    return true;
  }

  /** Still the same directory. To look at every one above it again, for each of many files in it, takes most of the time. */
  #isProven(directory: string): boolean {
    const number = this.#proven.get(directory);
    if (number === undefined) return false;
    const stats = look(directory);
    return stats?.isDirectory() === true && stats.ino === number;
  }

  #prove(directory: string): void {
    const stats = look(directory);
    if (stats?.isDirectory() !== true) return;
    if (this.#proven.size === 0) setImmediate(() => this.#proven.clear());
    this.#proven.set(directory, stats.ino);
  }

  /**
   * The deepest parent that is there decides. A link that leads nowhere counts as missing: nothing can be looked up
   * behind it, and no directory can be made where it stands.
   */
  #locateMissing(parent: string, path: string): string {
    for (let above = parentOf(parent); above !== ''; above = parentOf(above)) {
      const real = realPath(this.absolute(above), path);
      if (real === undefined) continue;
      if (!this.#holds(real)) throw failure('outside-root', path);
      break;
    }
    return this.absolute(path);
  }

  /** Where a path stands as long as no link is on the way. */
  absolute(path: string): string {
    if (path === '') return this.folder;
    if (sep === '/') return `${this.path}/${path}`;
    // On Windows these are no names but ways to other folders, streams and disks.
    if (/[\\:]/.test(path)) {
      throw new SyncEngineError('invalid-name', `${quoted(path)} is no path inside a root on Windows.`, { path });
    }
    return `${this.path}${sep}${path.replaceAll('/', sep)}`;
  }

  #holds(real: string): boolean {
    return real === this.folder || real.startsWith(`${this.path}${sep}`);
  }

  #relative(real: string): string {
    return real.slice(this.path.length + 1).replaceAll(sep, '/');
  }
}

/** What stands at a place; `undefined` when nothing does. */
export function look(absolute: string): Stats | undefined {
  try {
    return lstatSync(absolute, { throwIfNoEntry: false });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A place without links; `undefined` when it is missing, or is a link that leads nowhere. */
function realPath(absolute: string, path: string): string | undefined {
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw localFailure(error, path, 'reached');
  }
}

/** The real path of a folder that may not exist yet: that of its deepest ancestor that does, and the rest as it is. */
function realPathOf(absolute: string): string {
  const parent = dirname(absolute);
  try {
    return realpathSync.native(absolute);
  } catch (error) {
    if (!isMissing(error) || parent === absolute) throw localFailure(error, '', 'reached');
    const realParent = realPathOf(parent);
    return `${realParent.endsWith(sep) ? realParent : `${realParent}${sep}`}${absolute.slice(parent.length).replace(/^[\\/]/, '')}`;
  }
}
