import { isSyncEngineError, requireValidPath } from '@syncengine/core';
import { isFailure, isMissing } from './errors.ts';
import { look, type Root } from './root.ts';
import { openFlags, type Session } from './ssh/index.ts';

/** How the name of an old file ends that waits in staging, and of the note that tells where it stood. */
export const asideEnds = { file: '-replaced', note: '-replaced-from' } as const;

/** Bytes of a note: the longest path that servers take. */
const longestNote = 4096;

/** Where the old file waits while what is staged takes its place, on a server that cannot do both in one step. */
export function asideOf(staged: string): string {
  return `${staged}${asideEnds.file}`;
}

function noteOf(staged: string): string {
  return `${staged}${asideEnds.note}`;
}

/** Notes where an old file stands that is about to step aside: after a kill in between, the next run puts it back. */
export async function noteWhere(session: Session, staged: string, path: string): Promise<void> {
  await session.handles.take(1);
  try {
    const handle = await session.open(noteOf(staged), openFlags.write | openFlags.create | openFlags.exclusive, 0o600);
    const steps = [session.write(handle, Buffer.from(path), 0), session.close(handle)];
    for (const outcome of await Promise.allSettled(steps)) if (outcome.status === 'rejected') throw outcome.reason;
  } finally {
    session.handles.give(1);
  }
}

/** The old file has come back, or is needed no longer, or stays where it is for somebody to find. */
export async function forgetWhere(session: Session, staged: string): Promise<void> {
  if (session.isLost) return;
  try {
    await session.unlink(noteOf(staged));
  } catch (error) {
    // A note alone harms nobody: the next run removes it.
    if (!isMissing(error) && !isFailure(error)) throw error;
  }
}

/**
 * Puts an old file back to which a killed write had no time to give a successor. Where the successor stands, the old one is
 * not needed any more. Where something else stands, it stays for somebody to find.
 *
 * @param isStaged whether what was to take its place is still staged
 */
export async function putBack(session: Session, root: Root, staged: string, isStaged: boolean): Promise<void> {
  const path = await notedPath(session, staged);
  const aside = asideOf(staged);
  if (path !== undefined && (await look(session, aside, path)) !== undefined) {
    const target = await placeOf(session, root, path);
    const isFree = target !== undefined && (await look(session, target, path)) === undefined;
    if (isFree) await moveBack(session, aside, target);
    else if (!isStaged) await session.unlink(aside);
  }
  await forgetWhere(session, staged);
}

async function moveBack(session: Session, aside: string, target: string): Promise<void> {
  try {
    await session.rename(aside, target);
  } catch (error) {
    // Its folder is gone, or somebody took the place at this very moment: it stays for somebody to find.
    if (!isMissing(error) && !isFailure(error)) throw error;
  }
}

/** `undefined` where the place is outside by now. */
async function placeOf(session: Session, root: Root, path: string): Promise<string | undefined> {
  try {
    return await root.locate(session, path);
  } catch (error) {
    if (isSyncEngineError(error, 'outside-root')) return undefined;
    throw error;
  }
}

/** `undefined` for a note that was never finished, or is none of ours. */
async function notedPath(session: Session, staged: string): Promise<string | undefined> {
  await session.handles.take(1);
  try {
    const handle = await session.open(noteOf(staged), openFlags.read);
    try {
      const path = (await session.read(handle, 0, longestNote)).toString('utf8');
      requireValidPath(path);
      return path === '' ? undefined : path;
    } finally {
      if (!session.isLost) await session.close(handle);
    }
  } catch (error) {
    if (isMissing(error) || isSyncEngineError(error, 'invalid-name')) return undefined;
    throw error;
  } finally {
    session.handles.give(1);
  }
}
