import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { isAbortError, isSyncEngineError, SyncEngineError } from '../errors.ts';
import { LocalStorageClient } from '../local/index.ts';
import { takeFileLock } from './file-lock.ts';
import { isSystemError, type LockOwner } from './lock.ts';
import {
  type LockOptions,
  requireStateName,
  type StateBytes,
  type StateFolder,
  type StateLock,
  type StateStore,
} from './store.ts';

const chunkBytes = 256 * 1024;
// State names private paths: nobody else may read it.
const fileMode = 0o600;
const folderMode = 0o700;

/**
 * Where state is kept unless the application says otherwise: `$XDG_STATE_HOME/syncengine` or
 * `~/.local/state/syncengine`, on macOS `~/Library/Application Support/syncengine`, on Windows
 * `%LOCALAPPDATA%\syncengine`.
 */
export function defaultStateFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'syncengine');
  if (process.platform === 'win32') {
    return join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'syncengine');
  }
  const configured = process.env['XDG_STATE_HOME'];
  // The specification of XDG wants a relative path to be ignored.
  return join(configured?.startsWith('/') ? configured : join(homedir(), '.local', 'state'), 'syncengine');
}

/** State as files in a folder, which is created on the first write. */
export class FileStateStore implements StateStore {
  readonly location: string;
  readonly #appending = new Map<string, FileHandle>();

  /** @param folder Relative to the current directory, or absolute. */
  constructor(folder: string) {
    this.location = resolve(folder);
  }

  async folder(): Promise<StateFolder | undefined> {
    try {
      const client = new LocalStorageClient(this.location);
      const entry = await client.stat('');
      return entry?.kind === 'directory' ? { id: client.id, entry } : undefined;
    } catch (error) {
      // A folder that may not be looked at is told by the first call that needs it.
      if (isSyncEngineError(error, 'permission-denied')) return undefined;
      throw error;
    }
  }

  async read(
    name: string,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<StateBytes | undefined> {
    const file = this.#fileOf(name);
    options.signal?.throwIfAborted();
    return attempt('read', file, async () => {
      const size = await sizeOf(file);
      if (size === undefined) return undefined;
      return { byteLength: size, [Symbol.asyncIterator]: () => readChunks(file, options.signal) };
    });
  }

  async replace(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    await this.close(name);
    const file = this.#fileOf(name);
    const staged = `${file}-${crypto.randomUUID()}.tmp`;
    await attempt('write', file, async () => {
      await makeFolder(dirname(file));
      await removeStaged(file);
    });
    try {
      await writeStaged(staged, content);
      await attempt('write', file, async () => {
        await rename(staged, file);
        await flushFolder(dirname(file));
      });
    } catch (error) {
      await attempt('remove', staged, () => rm(staged, { force: true }));
      throw error;
    }
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.#fileOf(name);
    await attempt('write', file, async () => {
      const handle = this.#appending.get(name) ?? (await this.#openForAppending(name, file));
      await handle.appendFile(bytes);
      await handle.datasync();
    });
  }

  async close(name: string): Promise<void> {
    const handle = this.#appending.get(name);
    if (handle === undefined) return;
    this.#appending.delete(name);
    await attempt('close', this.#fileOf(name), () => handle.close());
  }

  async truncate(name: string, length: number): Promise<void> {
    await this.close(name);
    const file = this.#fileOf(name);
    await attempt('write', file, async () => {
      const handle = await open(file, 'r+');
      try {
        await handle.truncate(length);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  async remove(name: string): Promise<void> {
    await this.close(name);
    const file = this.#fileOf(name);
    await attempt('remove', file, async () => {
      if ((await sizeOf(file)) === undefined) return;
      await rm(file, { force: true });
      await flushFolder(dirname(file));
    });
  }

  async list(prefix: string): Promise<readonly string[]> {
    const names: string[] = [];
    // Only the folder that the prefix names can hold matches.
    const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    await attempt('read', join(this.location, start), () => collectNames(this.location, start, names));
    return names.filter((name) => name.startsWith(prefix));
  }

  async lock(name: string, owner: LockOwner, options: LockOptions = {}): Promise<StateLock> {
    const file = `${this.#fileOf(name)}.lock`;
    options.signal?.throwIfAborted();
    return attempt('lock', file, async () => {
      await makeFolder(dirname(file));
      return takeFileLock(file, owner, options);
    });
  }

  #fileOf(name: string): string {
    requireStateName(name);
    return join(this.location, name);
  }

  async #openForAppending(name: string, file: string): Promise<FileHandle> {
    await makeFolder(dirname(file));
    const handle = await open(file, 'a', fileMode);
    this.#appending.set(name, handle);
    // The file may be new, and its name has to survive a power cut too.
    await flushFolder(dirname(file));
    return handle;
  }
}

async function* readChunks(file: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await attempt('read', file, () => open(file, 'r'));
  try {
    for (;;) {
      signal?.throwIfAborted();
      // Consumers keep slices of it, so each chunk has a buffer of its own.
      const buffer = new Uint8Array(chunkBytes);
      const { bytesRead } = await attempt('read', file, () => handle.read(buffer, 0, chunkBytes, null));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function writeStaged(staged: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  const handle = await attempt('write', staged, () => open(staged, 'wx', fileMode));
  try {
    for await (const chunk of content) await attempt('write', staged, () => handle.writeFile(chunk));
    await attempt('write', staged, () => handle.sync());
  } finally {
    await handle.close();
  }
}

/** What a killed process left of an earlier replacement. */
async function removeStaged(file: string): Promise<void> {
  const prefix = `${basename(file)}-`;
  for (const name of await readdir(dirname(file))) {
    if (name.startsWith(prefix) && name.endsWith('.tmp')) await rm(join(dirname(file), name), { force: true });
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function collectNames(location: string, folder: string, names: string[]): Promise<void> {
  try {
    for (const entry of await readdir(join(location, folder), { withFileTypes: true })) {
      if (entry.isDirectory()) await collectNames(location, `${folder}${entry.name}/`, names);
      // Locks and staged files have a dot in their name, files that were stored have none.
      else if (entry.isFile() && !entry.name.includes('.')) names.push(`${folder}${entry.name}`);
    }
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}

/**
 * Makes a folder with its parents. Not by Node's own recursion: that never ends where a folder is said to be missing right after
 * it was found, as in `/proc`.
 */
async function makeFolder(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let above = folder; !(await makeOneFolder(above, above !== dirname(above))); above = dirname(above)) {
    missing.unshift(above);
  }
  for (const below of missing) await makeOneFolder(below, false);
}

/** `false` when its parent is missing, and that may be. */
async function makeOneFolder(folder: string, mayLackParent: boolean): Promise<boolean> {
  try {
    await mkdir(folder, { mode: folderMode });
  } catch (error) {
    if (mayLackParent && isSystemError(error, 'ENOENT')) return false;
    // The root of a disk says that it is a directory, or that it may not be written to, and is there all the same.
    if (isSystemError(error, 'EEXIST') || folder === dirname(folder)) return true;
    throw error;
  }
  await flushFolder(dirname(folder));
  return true;
}

/** Makes the names in a folder durable. Windows has no such call, and keeps names in its own journal. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs a step; what the operating system refuses becomes `state-unavailable`. */
async function attempt<Result>(action: string, file: string, step: () => Promise<Result>): Promise<Result> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof SyncEngineError || isAbortError(error) || !isSystemError(error)) throw error;
    throw stateUnavailable(action, file, error);
  }
}

function stateUnavailable(action: string, file: string, cause: Error & { readonly code: string }): SyncEngineError {
  return new SyncEngineError('state-unavailable', `Cannot ${action} the state file ${file}: ${cause.message}`, {
    cause,
    details: { file, reason: cause.code },
  });
}
