import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { forEachConcurrently } from '../control/index.ts';
import { isMissing, localFailure } from './errors.ts';
import { look } from './root.ts';

/** Files and directories that are flushed at once: a disk takes some side by side, and each holds a file open. */
const concurrency = 8;

/** Windows flushes only what is open for writing, and no directories. */
const onWindows = process.platform === 'win32';

/** From so many on, one flush of a whole disk takes less time than one for each, even when others write to that disk too. */
const many = 128;

/** False once this system turned out to have no such command. */
let hasDiskFlush = process.platform === 'linux';

/** What was changed since the last flush, and how to make it survive a power cut. */
export class Durability {
  #files = new Set<string>();
  #directories = new Set<string>();

  /** A name in a directory was made, replaced or taken away. */
  nameChanged(absolute: string): void {
    this.#directories.add(dirname(absolute));
  }

  contentChanged(absolute: string): void {
    this.#files.add(absolute);
    this.nameChanged(absolute);
  }

  metadataChanged(absolute: string, isFile: boolean): void {
    (isFile ? this.#files : this.#directories).add(absolute);
  }

  /** What waits to be flushed goes along when it is renamed. */
  moved(from: string, to: string, isDirectory: boolean): void {
    this.nameChanged(from);
    this.nameChanged(to);
    if (this.#files.delete(from)) this.#files.add(to);
    if (!isDirectory) return;
    for (const waiting of [this.#files, this.#directories]) {
      for (const absolute of [...waiting]) {
        if (absolute !== from && !absolute.startsWith(`${from}${sep}`)) continue;
        waiting.delete(absolute);
        waiting.add(`${to}${absolute.slice(from.length)}`);
      }
    }
  }

  /** Files first: a name that survives must not lead to content that did not. */
  async flush(signal: AbortSignal | undefined): Promise<void> {
    const files = this.#files;
    const directories = this.#directories;
    this.#files = new Set();
    this.#directories = new Set();
    try {
      if (files.size + directories.size >= many && (await flushDisks(foldersOf(files, directories), signal))) return;
      await forEachConcurrently(files, concurrency, (file) => flushOne(file, signal));
      if (!onWindows) await forEachConcurrently(directories, concurrency, (directory) => flushOne(directory, signal));
    } catch (error) {
      // Nothing is forgotten: the next flush does all of it again.
      for (const file of files) this.#files.add(file);
      for (const directory of directories) this.#directories.add(directory);
      throw error;
    }
  }
}

/**
 * Flushes the whole disks on which places lie, in one wait; `false` where that cannot be done. Node has no call for it, the
 * system has a command.
 */
async function flushDisks(folders: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<boolean> {
  if (!hasDiskFlush) return false;
  signal?.throwIfAborted();
  const disks = new Map<number, string>();
  for (const folder of folders) {
    const stats = look(folder);
    if (stats?.isDirectory() === true && !disks.has(stats.dev)) disks.set(stats.dev, folder);
  }
  if (disks.size > 0) hasDiskFlush = await succeeds('sync', ['-f', '--', ...disks.values()]);
  return hasDiskFlush;
}

/** Where everything lies that waits: there are far fewer of them to look at. */
function foldersOf(files: ReadonlySet<string>, directories: ReadonlySet<string>): ReadonlySet<string> {
  const folders = new Set(directories);
  for (const file of files) folders.add(dirname(file));
  return folders;
}

function succeeds(command: string, parameters: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, parameters, (error) => resolve(error === null));
  });
}

async function flushOne(absolute: string, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  try {
    const handle = await open(absolute, onWindows ? 'r+' : 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Removed or replaced by something else meanwhile: there is nothing left to keep.
    if (!isMissing(error)) throw localFailure(error, absolute, 'made durable');
  }
}
