import type { StorageCapabilities } from './capabilities.ts';
import type { Content } from './content.ts';
import type { DirectoryEntry, Entry, FileEntry, HashAlgorithm, Hashes, SymlinkEntry, Version } from './entry.ts';
import type { PackedEntries } from './packed-entries.ts';
import type { StoredVersion } from './stored-version.ts';

export interface CallOptions {
  /** Aborting makes the call throw the signal's reason as soon as it can do so without leaving anything half-done. */
  readonly signal?: AbortSignal | undefined;
}

export interface LookOptions extends CallOptions {
  /**
   * Tell what a symbolic link points to instead of the link, as long as that lies inside the root and is no ancestor
   * of the link itself. Links that lead elsewhere are still told as links. Default: false.
   */
  readonly followSymlinks?: boolean | undefined;
}

export interface ReadOptions extends CallOptions {
  /** Bytes from `start` up to but without `end`. Only where `rangedReads` is declared. */
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  /** The version to read. When another stands there before or after reading, the stream fails before it ends. */
  readonly expected?: Version | undefined;
  /**
   * Called at most once, before the first byte, with the time of the file in milliseconds since the epoch, by clients whose
   * listings tell no times and who learn it from the answer that brings the content. Default: nobody wants to know.
   */
  readonly onModifiedAt?: ((modifiedAt: number) => void) | undefined;
}

/** As for `read`; there is no part of a whole. */
export type ReadAllOptions = Omit<ReadOptions, 'range'>;

/** `absent`: nothing may stand at the path. A version: exactly that content must stand there. */
export type Expectation = Version | 'absent';

export interface WriteOptions extends CallOptions {
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number | undefined;
  /** Default: the store's own for new files, unchanged for replaced ones. */
  readonly permissions?: number | undefined;
  /** Default: whatever stands there is replaced. */
  readonly expected?: Expectation | undefined;
  /** What the content must hash to, where the caller knows; checked by whoever can before the commit. */
  readonly hashes?: Hashes | undefined;
  /** Where the content that is replaced is kept. Only where `trash` is `folder`. */
  readonly keepReplacedAt?: string | undefined;
  /** Lets the write go on where an earlier one of the same content was cut off. Only where `resumableWrites` is declared. */
  readonly resume?: Resumption | undefined;
}

/** The memory of one unfinished write, kept by the engine from one process to the next. */
export interface Resumption {
  /**
   * What an earlier write of this very content to this very path remembered last. It is only a hint: a client that
   * cannot go on from it gives it up as `abandon` would, and starts over.
   */
  readonly token?: string | undefined;
  /**
   * Makes a token outlive the process, in place of an earlier one. Once it resolves, whatever the token names may be left
   * behind by a kill: the next run goes on with it, or abandons it. At most 4,096 bytes, and no secrets.
   */
  remember(token: string): Promise<void>;
}

export interface RecoverOptions extends CallOptions {
  /** Tokens of unfinished writes that may yet go on: what they name stays. Default: none. */
  readonly keep?: readonly string[] | undefined;
}

export interface ListRecursiveOptions extends LookOptions {
  /**
   * Paths of this side, in canonical order and evenly spread over the tree as it was last known. Only a hint: a client
   * may list what lies between them at once. Default: none.
   */
  readonly boundaries?: readonly string[] | undefined;
}

export interface ListPackedOptions extends CallOptions {
  /** Names for whose sake the caller looks at the directory that holds them itself. Default: none. */
  readonly telling?: readonly string[] | undefined;
  /** Identities of directories that the caller looks at itself. Default: none. */
  readonly apart?: readonly string[] | undefined;
  /** What is longer is unusual; in UTF-16 units. Default: no limit. */
  readonly longestName?: number | undefined;
  readonly longestPath?: number | undefined;
}

export interface ChangesOptions extends CallOptions {
  /**
   * What was told with the cursor, all of it and in the same order; it may be read more than once. Asked for only where a
   * cursor is given.
   */
  readonly known?: AsyncIterable<readonly Entry[]> | undefined;
  /** List everything anew, whatever is known. Default: false. */
  readonly afresh?: boolean | undefined;
}

/** A whole tree at one moment. */
export interface TreeAtCursor {
  /**
   * Where it stands in the store's feed of changes. Opaque; at most 4,096 bytes, and no secrets. The same cursor goes with the
   * same entries: after a listing anew it is another one.
   */
  readonly cursor: string;
  /** As `listRecursive` tells it; to be read once. */
  readonly entries: AsyncIterable<readonly Entry[]>;
}

export interface CopyFromOptions extends WriteOptions {
  /** Milliseconds since the epoch. Default, where listings of the other client tell no times: the one that the original has. */
  readonly modifiedAt?: number | undefined;
  /** The version that must stand at `from`. */
  readonly version: Version;
  /** The size that goes with that version, in bytes, where the caller knows it. */
  readonly size?: number | undefined;
  /** Called now and then with the bytes that have come, by whoever copies byte by byte. */
  readonly onProgress?: ((transferred: number) => void) | undefined;
}

/** A small file that is to come to a path where nothing stands. */
export interface CopyRequest extends Pick<CopyFromOptions, 'version' | 'modifiedAt' | 'permissions' | 'hashes'> {
  readonly from: string;
  readonly to: string;
  /** Bytes that go with the version. */
  readonly size: number;
}

export interface RemoveOptions extends CallOptions {
  /** For files and links; a directory is removed only when it is empty. */
  readonly expected?: Version | undefined;
  /**
   * A directory is meant: a file or link that took its place in the meantime is refused with `precondition-failed`, by
   * clients that can. The engine looks right before as well. Default: whatever stands there.
   */
  readonly kind?: 'directory' | undefined;
}

export interface MoveOptions extends CallOptions {
  /** The version that must stand at `from`. */
  readonly expected?: Version | undefined;
}

export interface RestoreVersionOptions extends CallOptions {
  /** Default: whatever stands there gives way, and is kept as the store keeps what is replaced. */
  readonly expected?: Expectation | undefined;
}

export interface MetadataChange {
  readonly modifiedAt?: number | undefined;
  readonly permissions?: number | undefined;
}

/**
 * One side of a pair: a tree of entries below a root. This is all that the engine knows of a backend.
 *
 * All paths are relative to the root. `write`, `move`, `copy`, `makeSymlink` and `makeDirectory` create missing parent
 * directories. No method follows a symbolic link out of the root. Failures are `SyncEngineError`s with a code and the
 * `retry` word; retrying, limiting and prefixing are left to decorators.
 *
 * The folder `.syncengine/` of the root is the engine's and the adapter's own: staging and trash live there.
 */
export interface StorageClient {
  /**
   * Stable and without secrets: names the side in state, locks and messages. Hierarchical: a client whose root lies
   * inside another's has an id that begins with the other's id and `/`.
   */
  readonly id: string;
  readonly capabilities: StorageCapabilities;

  /**
   * The direct children of a directory, in pages, in any order. What cannot be looked at is told as an `unknown` entry.
   * A missing directory is an error, not an empty list.
   *
   * @throws SyncEngineError `not-found`, `not-a-directory`, `unreadable`, `permission-denied`
   */
  list(directory: string, options?: LookOptions): AsyncIterable<readonly Entry[]>;

  /** What stands at a path; `undefined` only when it is certain that nothing does. */
  stat(path: string, options?: LookOptions): Promise<Entry | undefined>;

  /**
   * The content of a file.
   *
   * @throws SyncEngineError `not-found`; `source-changed` when `expected` does not hold before or after reading
   */
  read(path: string, options?: ReadOptions): AsyncIterable<Uint8Array>;

  /**
   * The content of a small file in one piece: what `read` would yield, under the same conditions and with the same errors. It
   * belongs to the caller. For clients to whom that is cheaper than a stream, or as cheap: streams cost the engine more than
   * the bytes of a small file do. The engine asks for files of up to 256 KiB, by what the listing told, and may well use
   * `read` instead.
   */
  readAll?(path: string, options?: ReadAllOptions): Promise<Uint8Array>;

  /**
   * Stores a file, all or nothing: until the commit the path holds what it held before, and a failure leaves nothing
   * behind. A directory at the path is an error.
   *
   * @returns the entry as it stands after the commit
   * @throws SyncEngineError `precondition-failed`, `content-length-mismatch`, `content-mismatch`, `no-space`, …
   */
  write(path: string, content: Content, options?: WriteOptions): Promise<FileEntry>;

  /**
   * Removes a file, a link or an empty directory.
   *
   * @throws SyncEngineError `not-found`, `precondition-failed`, `not-empty`
   */
  remove(path: string, options?: RemoveOptions): Promise<void>;

  /**
   * Makes a directory; one that stands there already is fine. `''` makes the root.
   *
   * @throws SyncEngineError `not-a-directory` when something else stands there
   */
  makeDirectory(
    path: string,
    options?: CallOptions & { readonly permissions?: number | undefined },
  ): Promise<DirectoryEntry>;

  /**
   * The whole tree in canonical order of the native names, where the store gives that more cheaply than `list`. Where
   * directories are implied, only those are told that stand there in their own right. What lies below `.syncengine/` may
   * be left out. A failure ends the stream with an error, never early.
   */
  listRecursive?(options?: ListRecursiveOptions): AsyncIterable<readonly Entry[]>;

  /**
   * The whole tree in canonical order, packed, where that is much cheaper than `list`. A directory that is told as unusual is
   * told without what it holds, and so is one that the caller wants to look at itself. `undefined` when the root is such a
   * directory.
   */
  listPacked?(options?: ListPackedOptions): Promise<AsyncIterable<PackedEntries> | undefined>;

  /**
   * The whole tree as `listRecursive` tells it, where the store has a feed of changes. With the cursor of an earlier call
   * and what was told then, in this process or in another, only what changed since is asked for. A cursor that is too old,
   * of another root or of no use otherwise costs a full listing, and nothing else. A client that cannot rely on its feed for
   * ever lists all by itself now and then; how long a cursor serves is its own to say. The whole tree is told or an error is
   * thrown, in the call or while the entries are read.
   */
  changes?(cursor?: string, options?: ChangesOptions): Promise<TreeAtCursor>;

  /**
   * Renames a file, a link or a whole directory. Never replaces: something at `to` is an error. A change of case only
   * must work where the side ignores case.
   *
   * @throws SyncEngineError `not-found`, `already-exists`, `precondition-failed`
   */
  move?(from: string, to: string, options?: MoveOptions): Promise<void>;

  /** Copies one file inside the store, without replacing. Errors as `move`. */
  copy?(from: string, to: string, options?: MoveOptions): Promise<FileEntry>;

  /**
   * Brings a file over from another client by a shortcut between the two (a clone on disk, a copy inside the service),
   * all or nothing as `write`. `undefined` when there is no such shortcut between them, and nothing was done. What is committed
   * is the content of `version`: the service holds the copy to it, or the source is looked at again between its last byte and
   * the commit. The engine does not look again, because what a commit replaced could not come back.
   *
   * @throws SyncEngineError as `write`, and `source-changed` when `version` does not stand at `from`
   */
  copyFrom?(other: StorageClient, from: string, to: string, options: CopyFromOptions): Promise<FileEntry | undefined>;

  /**
   * Brings many small files over at once, each as `copyFrom` does where `absent` is expected, and looks at each source again
   * between its last byte and the commit. `undefined` for what did not come, whatever the reason: nothing is left of it, and
   * whoever asks for it alone is told.
   *
   * @returns one outcome for each file, in their order
   */
  copyAllFrom?(
    other: StorageClient,
    copies: readonly CopyRequest[],
    options?: CallOptions,
  ): Promise<ReadonlyArray<FileEntry | undefined>>;

  /** The digest of a file's content as it stands, computed on the side. Errors as `read`. */
  hash?(path: string, algorithm: HashAlgorithm, options?: ReadOptions): Promise<string>;

  /** Makes a symbolic link, all or nothing as `write`. */
  makeSymlink?(
    path: string,
    target: string,
    options?: Omit<WriteOptions, 'hashes' | 'resume' | 'modifiedAt'>,
  ): Promise<SymlinkEntry>;

  /** Changes metadata without touching content. */
  setMetadata?(path: string, change: MetadataChange, options?: RemoveOptions): Promise<Entry>;

  /** Makes everything that was committed before the call survive a power cut. */
  flush?(options?: CallOptions): Promise<void>;

  /** Called once before a run, under the lock of the pair: clears what a killed run left in staging. */
  recover?(options?: RecoverOptions): Promise<void>;

  /** Gives up an unfinished write that a token names; what it left is removed. Gone already is fine. */
  abandon?(path: string, token: string, options?: CallOptions): Promise<void>;

  /**
   * What the store keeps by itself of the files at a path and below it, and what stands there now, in any order; a path at
   * which nothing ever stood has no versions. Only where `versions` is declared, as the next two.
   */
  versions?(path: string, options?: CallOptions): AsyncIterable<readonly StoredVersion[]>;

  /**
   * The content of a version that `versions` told.
   *
   * @throws SyncEngineError `not-found` when the store keeps it no longer
   */
  readVersion?(path: string, id: string, options?: CallOptions): AsyncIterable<Uint8Array>;

  /**
   * Makes the content of a version stand at its path again, all or nothing as `write`. What stands there is kept, and so is
   * the version.
   *
   * @throws SyncEngineError `not-found`, `precondition-failed`, `is-a-directory`
   */
  restoreVersion?(path: string, id: string, options?: RestoreVersionOptions): Promise<FileEntry>;

  /** Bytes free for new content; `undefined` when the store cannot say. */
  usage?(options?: CallOptions): Promise<{ readonly freeBytes: number | undefined }>;

  /** Releases connections. The client is of no use afterwards. */
  close?(): Promise<void>;
}
