import type { DirectoryEntry } from '../storage/index.ts';
import type { LockOwner } from './lock.ts';

/** The bytes of one stored file. May be iterated once or more; leaving the loop early lets go of the file. */
export interface StateBytes extends AsyncIterable<Uint8Array> {
  readonly byteLength: number;
}

/** Held until it is disposed of. Disposing again, or after another took it over, does nothing. */
export interface StateLock extends AsyncDisposable {
  /**
   * Makes sure that nobody took the lock over.
   *
   * @throws SyncEngineError `rail-lock`
   */
  verify(): Promise<void>;
}

/** A folder in which state is kept, as a storage client tells it. */
export interface StateFolder {
  /** The id that a client of this folder has. */
  readonly id: string;
  readonly entry: DirectoryEntry;
}

export interface LockOptions {
  /** Take the lock from a holder that cannot be shown to be gone. Default: `false`. */
  readonly takeOver?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where state is kept: a flat space of small named files, as bytes. What the bytes mean, their checksums and their torn
 * tails are handled above it.
 *
 * Names are segments of letters, digits and hyphens, joined by `/`. Each file has one writer at a time: the holder of
 * the lock; readers may come at any moment.
 *
 * Everything that fails throws `SyncEngineError` `state-unavailable`.
 */
export interface StateStore {
  /** Where that is, for messages. */
  readonly location: string;

  /**
   * The folder that holds the state, where a scan could come across it: state is never synchronised into itself.
   * `undefined` as long as it is missing.
   */
  folder?(): Promise<StateFolder | undefined>;

  /** `undefined` when there is no such file. */
  read(name: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<StateBytes | undefined>;

  /**
   * Puts a file in place as a whole: a reader, and whoever comes after a kill or a power cut, sees all of the old
   * content or all of the new. Durable when it resolves. When `content` throws, the old content stays.
   */
  replace(name: string, content: AsyncIterable<Uint8Array>): Promise<void>;

  /** Adds to the end of a file, which is created if need be. Durable when it resolves; may be torn by a kill. */
  append(name: string, bytes: Uint8Array): Promise<void>;

  /** Nothing is appended to this file for now: lets go of what is kept open for it. */
  close(name: string): Promise<void>;

  /** Cuts a file, which has to exist, to its first `length` bytes. Durable when it resolves. */
  truncate(name: string, length: number): Promise<void>;

  /** Removes a file; it may be missing. Durable when it resolves. */
  remove(name: string): Promise<void>;

  /** The names that begin with `prefix`, in any order. */
  list(prefix: string): Promise<readonly string[]>;

  /**
   * Takes a lock; it has one holder at a time, and no wait for one. A holder that is provably gone is replaced.
   *
   * @throws SyncEngineError `rail-lock` with `pid`, `host`, `user`, `startedAt` and `ageMs` of the holder, where known
   */
  lock(name: string, owner: LockOwner, options?: LockOptions): Promise<StateLock>;
}

const validName = /^[A-Za-z0-9-]+(?:\/[A-Za-z0-9-]+)*$/;

export function requireStateName(name: string): void {
  if (!validName.test(name)) throw new TypeError(`${JSON.stringify(name)} is no name of a state file.`);
}
