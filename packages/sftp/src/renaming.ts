import { quotedPath, requireExpected, SyncEngineError, storageFailure, type WriteOptions } from '@syncengine/core';
import { asideOf, forgetWhere, noteWhere } from './aside.ts';
import { isFailure, isMissing } from './errors.ts';
import { look, standingEntry } from './root.ts';
import type { Session } from './ssh/index.ts';

/** Something stands at a place where nothing may. */
export class Occupied extends Error {
  override readonly name = 'Occupied';
}

/** Never replaces anything. */
export async function placeNew(session: Session, from: string, to: string): Promise<void> {
  // OpenSSH links a file to its new name and then removes the old one, so nothing is ever replaced.
  if (session.isOpenSsh) return await session.rename(from, to);
  if (session.offers('hardlink@openssh.com')) {
    try {
      await session.hardlink(from, to);
    } catch (error) {
      if (!isFailure(error) || (await look(session, to, to)) !== undefined) throw error;
      // A disk without such links.
      return await session.rename(from, to);
    }
    return await session.unlink(from);
  }
  // Some servers replace what stands there, whatever the protocol says.
  if ((await look(session, to, to)) !== undefined) throw new Occupied(to);
  await renameToFree(session, from, to);
}

/**
 * Replaces what stands at a place, in one step where the server can do that; else the old file steps aside, and comes back
 * if that fails.
 *
 * @throws SyncEngineError `precondition-failed` when it turned out not to be what was expected; Occupied when somebody else
 * was faster
 */
export async function replace(
  session: Session,
  staged: string,
  path: string,
  target: string,
  expected: WriteOptions['expected'],
): Promise<void> {
  if (session.offers('posix-rename@openssh.com')) return await session.replace(staged, target);
  await noteWhere(session, staged, path);
  try {
    await exchange(session, staged, path, target, expected);
  } finally {
    await forgetWhere(session, staged);
  }
}

/** The old file steps aside, and comes back if the new one does not get there. */
async function exchange(
  session: Session,
  staged: string,
  path: string,
  target: string,
  expected: WriteOptions['expected'],
): Promise<void> {
  const aside = asideOf(staged);
  try {
    await session.rename(target, aside);
  } catch (error) {
    if (!isMissing(error)) throw error;
    // Nothing stands there any more: only whoever expects nothing may go on.
    if (expected !== undefined) throw storageFailure('precondition-failed', path, { cause: error });
    return await renameToFree(session, staged, target);
  }
  try {
    const moved = await look(session, aside, path);
    // Whatever came in between the last look and the step aside is seen now that nobody else can reach it.
    if (moved?.isDirectory() === true) throw storageFailure('is-a-directory', path);
    if (expected !== undefined) requireExpected(path, await standingEntry(session, path, aside, moved), expected);
    await renameToFree(session, staged, target);
  } catch (error) {
    // Who was faster has replaced the old file: it must not come back over the newer one.
    if (error instanceof Occupied) await session.unlink(aside);
    else await comeBack(session, aside, path, target);
    throw error;
  }
  await session.unlink(aside);
}

/**
 * The server says no more than "Failure" when the place is taken, and by the time of a look it may be free again: others let
 * old files step aside there. A disk that refuses for good does so each time.
 */
const triesForPlace = 10;

/** @throws Occupied when somebody else took the place at this very moment */
async function renameToFree(session: Session, from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session.rename(from, to);
    } catch (error) {
      if (!isFailure(error)) throw error;
      if ((await look(session, to, to)) !== undefined) throw new Occupied(to, { cause: error });
      if (attempt === triesForPlace) throw error;
    }
  }
}

async function comeBack(session: Session, aside: string, path: string, target: string): Promise<void> {
  if (session.isLost) return;
  try {
    await renameToFree(session, aside, target);
  } catch (error) {
    throw keptAside(path, aside, error);
  }
}

function keptAside(path: string, aside: string, cause: unknown): SyncEngineError {
  const message =
    `${quotedPath(path)} could not be written, and what stood there could not come back, because somebody else changed it ` +
    `at the same moment; it was kept at ${JSON.stringify(aside)} on the server.`;
  return new SyncEngineError('storage-failure', message, { cause, path });
}
