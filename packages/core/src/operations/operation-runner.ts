import { otherSide } from '../compare/index.ts';
import type { Clock, SyncControl } from '../control/index.ts';
import { isSyncEngineError, type Side, SyncEngineError } from '../errors.ts';
import type { CreateOperation, DeleteOperation, MoveOperation, Operation, UpdateOperation } from '../plan/index.ts';
import {
  type Entry,
  type FileEntry,
  type Hashes,
  type StorageClient,
  type SymlinkEntry,
  type SyncedEntry,
  type Version,
  versionOf,
  type WriteOptions,
} from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import { copyWithin, type Disposal, dispose, intoFolder } from '../versions/index.ts';
import { isSame } from './mismatch.ts';
import { transfer } from './transfer.ts';
import type { UnfinishedWrites } from './unfinished.ts';

export interface OperationRunnerOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly disposal: { readonly source: Disposal; readonly destination: Disposal };
  readonly control: SyncControl;
  readonly clock: Clock;
  /** True where the version of an entry proves nothing, because it is so new. */
  isRacy(this: void, side: Side, entry: SyncedEntry): boolean;
  /** Default: nothing is remembered of unfinished writes. */
  readonly unfinished?: UnfinishedWrites | undefined;
}

/** What an operation left behind. */
export interface Performed {
  /** The entry of the changed side; `undefined` after a deletion. */
  readonly entry: SyncedEntry | undefined;
  readonly hashes: Hashes;
  readonly transferredBytes: number;
  /** The content came by a shortcut between the two sides. Default: false. */
  readonly isShortcut?: boolean | undefined;
}

/** Carries out single operations: one client call, or the shortest safe sequence of them. */
export class OperationRunner {
  readonly #options: OperationRunnerOptions;
  /** What moved in this run, under its new path: a plan knows it only as it was before. */
  readonly #moved = new Map<string, FileEntry | SymlinkEntry>();

  constructor(options: OperationRunnerOptions) {
    this.#options = options;
  }

  async perform(operation: Operation, onProgress: (transferred: number) => void): Promise<Performed> {
    const client = this.#options[operation.side];
    const { signal } = this.#options.control;
    switch (operation.kind) {
      case 'make-directory': {
        const { permissions } = operation;
        return done(await client.makeDirectory(operation.path, { permissions, signal }));
      }
      case 'create':
      case 'update':
        return await this.#bring(operation, client, onProgress);
      case 'move':
        return await this.#move(operation, client);
      case 'delete':
        await this.#delete(operation, client);
        return { entry: undefined, hashes: {}, transferredBytes: 0 };
      case 'set-metadata': {
        if (client.setMetadata === undefined) throw cannot(client, operation.path, 'change metadata in place');
        const expected = this.#presentVersion(operation, operation.expected);
        return done(await client.setMetadata(operation.path, operation.change, { expected, signal }));
      }
    }
  }

  /** True for a small file that comes where nothing stands, and that the receiver may copy together with others. */
  mayCopyTogether(operation: Operation): operation is CreateOperation {
    const { unfinished } = this.#options;
    return (
      operation.kind === 'create' &&
      operation.from.side !== operation.side &&
      operation.from.entry.kind === 'file' &&
      this.#options[operation.side].copyAllFrom !== undefined &&
      this.#moved.size === 0 &&
      unfinished?.hasAny !== true
    );
  }

  /**
   * @param operations on one side, each of which may
   * @returns one outcome for each; `undefined` for what is to be performed by itself
   */
  async copyTogether(
    side: Side,
    operations: readonly CreateOperation[],
  ): Promise<ReadonlyArray<Performed | undefined>> {
    const from = this.#options[otherSide(side)];
    const { signal } = this.#options.control;
    const copies = operations.map(({ path, from: { path: origin, entry, hashes } }) => {
      const { version, modifiedAt, permissions } = entry;
      const size = entry.kind === 'file' ? entry.size : 0;
      return { from: origin, to: path, version, size, modifiedAt, permissions, hashes };
    });
    const client = this.#options[side];
    const copied = (await client.copyAllFrom?.(from, copies, { signal })) ?? [];
    const performed: Array<Performed | undefined> = [];
    for (const [index, { size, hashes: known }] of copies.entries()) {
      const entry = copied[index];
      const isRight = entry !== undefined && entry.size === size && isSame(known, entry.hashes ?? {});
      // The store took it and holds something else: that must not stay. It is tried once more, by itself.
      if (entry !== undefined && !isRight) await client.remove(entry.path, { expected: entry.version, signal });
      const hashes = { ...entry?.hashes, ...known };
      performed.push(isRight ? { entry, hashes, transferredBytes: size, isShortcut: true } : undefined);
    }
    return performed;
  }

  async #bring(
    operation: CreateOperation | UpdateOperation,
    client: StorageClient,
    onProgress: (transferred: number) => void,
  ): Promise<Performed> {
    const origin = this.#options[operation.from.side];
    const entry = this.#moved.get(place(operation.from.side, operation.from.path)) ?? operation.from.entry;
    const { clock, control } = this.#options;
    const { signal } = control;
    if (operation.from.side === operation.side && entry.kind === 'file') {
      const copied = await copyWithin(client, operation.from.path, operation.path, {
        expected: entry.version,
        clock,
        signal,
      });
      return { ...done(copied), hashes: operation.from.hashes };
    }
    return await this.#keepingReplaced(operation, client, async (keepReplacedAt) => {
      const expected = operation.kind === 'create' ? 'absent' : this.#presentVersion(operation, operation.expected);
      if (entry.kind === 'symlink') {
        const options: WriteOptions = { expected, keepReplacedAt, signal };
        await this.#requireLink(origin, operation.from.path, entry);
        if (client.makeSymlink === undefined) throw cannot(client, operation.path, 'hold symbolic links');
        return done(await client.makeSymlink(operation.path, entry.target, options));
      }
      const { path } = operation;
      const request = {
        from: origin,
        to: client,
        origin: operation.from,
        entry,
        path,
        expected,
        keepReplacedAt,
        signal,
        onProgress,
        isRacy: this.#options.isRacy,
        unfinished: await this.#options.unfinished?.of(operation.side, path, entry, signal),
      };
      return await transfer(request);
    });
  }

  /** A file is looked at again while it is read; a link comes as it was seen, so it is looked at once more before. */
  async #requireLink(origin: StorageClient, path: string, seen: SymlinkEntry): Promise<void> {
    const standing = await origin.stat(path, { signal: this.#options.control.signal });
    if (standing?.kind !== 'symlink' || standing.target !== seen.target) throw failure('source-changed', path);
  }

  /** Replaced content is kept by the write itself where the store can, else by a copy beforehand. */
  async #keepingReplaced(
    operation: CreateOperation | UpdateOperation,
    client: StorageClient,
    write: (keepReplacedAt: string | undefined) => Promise<Performed>,
  ): Promise<Performed> {
    const { clock, control } = this.#options;
    const disposal = this.#options.disposal[operation.side];
    if (operation.kind === 'create' || !operation.keepReplaced || disposal.kind !== 'folder')
      return await write(undefined);
    return await intoFolder(disposal.folder, operation.path, async (kept) => {
      if (client.capabilities.trash === 'folder') return await write(kept);
      const expected = this.#presentVersion(operation, operation.expected);
      await copyWithin(client, operation.path, kept, { expected, clock, signal: control.signal });
      return await write(undefined);
    });
  }

  async #move(operation: MoveOperation, client: StorageClient): Promise<Performed> {
    const { clock, control } = this.#options;
    const { signal } = control;
    const { from, path, entry } = operation;
    const expected = this.#presentVersion({ side: operation.side, path: from.path }, operation.expected);
    if (entry.kind === 'directory') await this.#requireDirectory(client, from.path);
    let moved: SyncedEntry | undefined;
    if (operation.copied !== undefined) {
      moved = synced(await client.stat(path, { signal }));
      if (moved === undefined || versionOf(moved) !== operation.copied) throw failure('precondition-failed', path);
      await client.remove(from.path, { expected, signal });
    } else if (client.move !== undefined) {
      await client.move(from.path, path, { expected, signal });
      moved = synced(await client.stat(path, { signal }));
      // In between somebody may have written: what was never compared with anything must not pass for what was moved.
      if (moved?.kind === 'file' && entry.kind === 'file' && !isUntouched(moved, entry)) {
        throw failure('precondition-failed', path);
      }
    } else {
      if (entry.kind === 'directory') throw cannot(client, path, 'move directories');
      moved = synced(await copyWithin(client, from.path, path, { expected, clock, signal }));
      await client.remove(from.path, { expected, signal });
    }
    if (moved === undefined || moved.kind === 'directory') return { entry: moved, hashes: {}, transferredBytes: 0 };
    this.#moved.set(place(operation.side, path), moved);
    return done(moved);
  }

  /** Directories have no version to expect: at least no file that took the place of one is removed or moved for it. */
  async #requireDirectory(client: StorageClient, path: string): Promise<void> {
    const standing = await client.stat(path, { signal: this.#options.control.signal });
    if (standing !== undefined && standing.kind !== 'directory') throw failure('precondition-failed', path);
  }

  /** The version that a plan expects; an entry that this run moved has had a new one since. */
  #presentVersion<Wanted extends Version | undefined>(
    { side, path }: { readonly side: Side; readonly path: string },
    expected: Wanted,
  ): Wanted | Version {
    return expected === undefined ? expected : (this.#moved.get(place(side, path))?.version ?? expected);
  }

  async #delete(operation: DeleteOperation, client: StorageClient): Promise<void> {
    const { clock, control, disposal } = this.#options;
    const { signal } = control;
    const { path } = operation;
    const expected = this.#presentVersion(operation, operation.expected);
    try {
      if (operation.entryKind === 'directory') {
        await this.#requireDirectory(client, path);
        await client.remove(path, { kind: 'directory', signal });
      } else await dispose(client, path, expected, disposal[operation.side], clock, signal);
    } catch (error) {
      // Someone else was faster: what the plan wanted is so.
      if (!isSyncEngineError(error, 'not-found')) throw error;
    }
  }
}

/** A move keeps size and time. */
function isUntouched(moved: FileEntry, before: FileEntry): boolean {
  return moved.size === before.size && moved.modifiedAt === before.modifiedAt;
}

function done(entry: Entry): Performed {
  return { entry: synced(entry), hashes: {}, transferredBytes: 0 };
}

function synced(entry: Entry | undefined): SyncedEntry | undefined {
  return entry === undefined || entry.kind === 'other' || entry.kind === 'unknown' ? undefined : entry;
}

function place(side: Side, path: string): string {
  return `${side}:${path}`;
}

function cannot(client: StorageClient, path: string, what: string): SyncEngineError {
  return new SyncEngineError('unsupported', `${client.id} cannot ${what}, which ${JSON.stringify(path)} needs.`, {
    path,
  });
}
