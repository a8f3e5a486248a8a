import { isMissing, sftpFailure } from './errors.ts';
import { openFlags, type Session, statusOf } from './ssh/index.ts';

/** Up to so many files and directories are flushed one by one; for more, the whole disk is flushed at once. */
const fewEnough = 24;

/** What was changed since the last flush, and how to make it survive a power cut of the server. */
export class Durability {
  #files = new Set<string>();
  #directories = new Set<string>();

  /** A name in a directory was made, replaced or taken away. */
  nameChanged(absolute: string): void {
    this.#directories.add(absolute.slice(0, Math.max(1, absolute.lastIndexOf('/'))));
  }

  contentChanged(absolute: string): void {
    this.#files.add(absolute);
    this.nameChanged(absolute);
  }

  /** True when there is so much that the whole disk will be flushed. */
  get isMuch(): boolean {
    return this.#files.size + this.#directories.size > fewEnough;
  }

  metadataChanged(absolute: string, isFile: boolean): void {
    (isFile ? this.#files : this.#directories).add(absolute);
  }

  /** What waits to be flushed goes along when it is renamed. */
  moved(from: string, to: string): void {
    this.nameChanged(from);
    this.nameChanged(to);
    for (const waiting of [this.#files, this.#directories]) {
      for (const absolute of [...waiting]) {
        if (absolute !== from && !absolute.startsWith(`${from}/`)) continue;
        waiting.delete(absolute);
        waiting.add(`${to}${absolute.slice(from.length)}`);
      }
    }
  }

  /**
   * Files first: a name that survives must not lead to content that did not.
   *
   * @param flushDisk flushes the whole disk of the root; false when the server has no such command
   */
  async flush(session: Session, flushDisk: () => Promise<boolean>): Promise<void> {
    const isMuch = this.isMuch;
    const files = this.#files;
    const directories = this.#directories;
    this.#files = new Set();
    this.#directories = new Set();
    try {
      if (isMuch && (await flushDisk())) return;
      if (!session.offers('fsync@openssh.com')) return;
      if (!isMuch && session.isOpenSsh) return await flushFew(session, files, directories);
      await Promise.all([...files].map((file) => flushOne(session, file, 'file')));
      await Promise.all([...directories].map((directory) => flushOne(session, directory, 'directory')));
    } catch (error) {
      // Nothing is forgotten: the next flush does all of it again.
      for (const file of files) this.#files.add(file);
      for (const directory of directories) this.#directories.add(directory);
      throw error;
    }
  }
}

/** A few in two round trips. OpenSSH does one after the other, so no directory is flushed before the files. */
async function flushFew(session: Session, files: ReadonlySet<string>, directories: ReadonlySet<string>): Promise<void> {
  const places = [...files, ...directories];
  const isDirectory = (place: string): boolean => !files.has(place);
  await session.handles.take(places.length);
  const handles = new Map<string, Buffer>();
  try {
    await ofEach(places, isDirectory, async (place) => {
      handles.set(place, await session.open(place, openFlags.read));
    });
    const inOrder = places.filter((place) => handles.has(place));
    await ofEach(inOrder, isDirectory, async (place) => {
      const handle = handles.get(place);
      if (handle !== undefined) await session.fsync(handle);
    });
  } finally {
    // Nobody waits for that: there is nothing more to be told.
    for (const handle of handles.values()) session.close(handle).catch(() => undefined);
    session.handles.give(places.length);
  }
}

/** Does something of each at once, and waits for all before the first failure that counts is told. */
async function ofEach(
  places: readonly string[],
  isDirectory: (place: string) => boolean,
  work: (place: string) => Promise<void>,
): Promise<void> {
  const outcomes = await Promise.allSettled(places.map((place) => work(place)));
  for (const [index, outcome] of outcomes.entries()) {
    const place = places[index] ?? '';
    if (outcome.status === 'rejected') requireFlushed(outcome.reason, place, isDirectory(place));
  }
}

async function flushOne(session: Session, absolute: string, kind: 'file' | 'directory'): Promise<void> {
  await session.handles.take(1);
  try {
    const handle = await session.open(absolute, openFlags.read);
    try {
      await session.fsync(handle);
    } finally {
      await session.close(handle);
    }
  } catch (error) {
    requireFlushed(error, absolute, kind === 'directory');
  } finally {
    session.handles.give(1);
  }
}

/** @throws SyncEngineError unless there is nothing that could have been flushed */
function requireFlushed(error: unknown, absolute: string, isDirectory: boolean): void {
  // Removed meanwhile: there is nothing left to keep. Some servers do not open directories, and flush them by themselves.
  const isIgnored = isMissing(error) || (isDirectory && statusOf(error) !== undefined);
  if (!isIgnored) throw sftpFailure(error, absolute, 'made durable');
}
