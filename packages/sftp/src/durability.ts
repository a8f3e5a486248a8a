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
    // Removed meanwhile: there is nothing left to keep. Some servers do not open directories, and flush them by themselves.
    const isIgnored = isMissing(error) || (kind === 'directory' && statusOf(error) !== undefined);
    if (!isIgnored) throw sftpFailure(error, absolute, 'made durable');
  } finally {
    session.handles.give(1);
  }
}
