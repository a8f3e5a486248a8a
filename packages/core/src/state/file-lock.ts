import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isSystemError, type LockOwner, lockHeld, lockLost, ownerState, parseOwner } from './lock.ts';
import type { LockOptions, StateLock } from './store.ts';

/**
 * Takes a lock that is a file. The folder must exist.
 *
 * The file appears together with its content (a hard link to one written before), so that nobody sees it half written.
 * A holder that is gone is replaced in three steps: create the marker `<lock>-after-<token of the holder>`, which only
 * one can; look again whether the lock still names that holder; rename over it. Whoever comes late finds the marker, or
 * finds that the lock names another holder. A marker whose maker is gone is succeeded in the same way, by a marker after
 * *its* token. Tokens are never used twice, so an old marker can permit nothing.
 */
export async function takeFileLock(path: string, owner: LockOwner, options: LockOptions): Promise<StateLock> {
  const own = `${path}-${owner.token}.tmp`;
  try {
    await writeOwner(own, owner);
    while (!(await tryToTake(path, own, owner, options))) {
      options.signal?.throwIfAborted();
      // The holder may have swept it away.
      await writeOwner(own, owner);
    }
  } finally {
    await rm(own, { force: true });
  }
  const lock = new FileLock(path, owner);
  try {
    await sweep(path, owner);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
  return lock;
}

/** False when the lock changed hands meanwhile, and everything has to be looked at anew. */
async function tryToTake(path: string, own: string, owner: LockOwner, options: LockOptions): Promise<boolean> {
  const first = await linkExclusively(own, path);
  if (first !== 'exists') return first === 'linked';
  const trail: Array<{ readonly file: string; readonly token: string }> = [];
  for (let file = path; ; ) {
    const holder = await readOwner(file);
    if (holder === 'missing') return false;
    if (!mayBeReplaced(holder, owner, options, file === path)) throw lockHeld(path, holder, owner);
    const token = holder?.token ?? unreadable;
    trail.push({ file, token });
    file = `${path}-after-${token}`;
    const marked = await linkExclusively(own, file);
    if (marked === 'gone') return false;
    if (marked === 'linked') return replaceHolder(path, own, file, trail);
  }
}

/** Follows a marker that was just made to its end. */
async function replaceHolder(
  path: string,
  own: string,
  marker: string,
  trail: ReadonlyArray<{ readonly file: string; readonly token: string }>,
): Promise<boolean> {
  for (const { file, token } of trail) {
    const now = await readOwner(file);
    if (now === 'missing' || (now?.token ?? unreadable) !== token) {
      await rm(marker, { force: true });
      return false;
    }
  }
  await rename(own, path);
  await rm(marker, { force: true });
  return true;
}

function mayBeReplaced(
  holder: LockOwner | undefined,
  owner: LockOwner,
  options: LockOptions,
  isLockItself: boolean,
): boolean {
  const state = holder === undefined ? 'unknown' : ownerState(holder, owner);
  if (state === 'gone') return true;
  // A marker of a living process is about to become the lock: two that take over at once must not both succeed.
  return options.takeOver === true && (isLockItself || state === 'unknown');
}

class FileLock implements StateLock {
  readonly #path: string;
  readonly #owner: LockOwner;
  #released: Promise<void> | undefined;

  constructor(path: string, owner: LockOwner) {
    this.#path = path;
    this.#owner = owner;
  }

  async verify(): Promise<void> {
    if (!(await this.#isOurs())) throw lockLost(this.#path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  async #release(): Promise<void> {
    if (await this.#isOurs()) await rm(this.#path, { force: true });
  }

  async #isOurs(): Promise<boolean> {
    const holder = await readOwner(this.#path);
    return holder !== 'missing' && holder?.token === this.#owner.token;
  }
}

/** Stands for the token of a lock that cannot be read. */
const unreadable = 'unreadable';

async function readOwner(file: string): Promise<LockOwner | undefined | 'missing'> {
  try {
    return parseOwner(await readFile(file, 'utf8'));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 'missing';
    throw error;
  }
}

async function writeOwner(file: string, owner: LockOwner): Promise<void> {
  await writeFile(file, JSON.stringify(owner), { mode: 0o600 });
}

/** `gone`: `from` is not there any more. */
async function linkExclusively(from: string, to: string): Promise<'linked' | 'exists' | 'gone'> {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return 'exists';
    if (isSystemError(error, 'ENOENT')) return 'gone';
    if (isSystemError(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK')) return copyExclusively(from, to);
    throw error;
  }
}

/** For file systems without hard links. A kill in the middle leaves a lock that says nothing and has to be taken over. */
async function copyExclusively(from: string, to: string): Promise<'linked' | 'exists' | 'gone'> {
  try {
    await writeFile(to, await readFile(from), { flag: 'wx', mode: 0o600 });
    return 'linked';
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return 'exists';
    if (isSystemError(error, 'ENOENT')) return 'gone';
    throw error;
  }
}

/** Removes what killed processes left behind. Only the holder does this: for it, all markers but its own are void. */
async function sweep(path: string, owner: LockOwner): Promise<void> {
  const folder = dirname(path);
  const prefix = `${basename(path)}-`;
  const ownMarker = `${prefix}after-${owner.token}`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || name === ownMarker) continue;
    const file = join(folder, name);
    if (name.endsWith('.tmp')) {
      const waiting = await readOwner(file);
      if (waiting === 'missing' || (waiting !== undefined && ownerState(waiting, owner) !== 'gone')) continue;
    }
    await rm(file, { force: true });
  }
}
