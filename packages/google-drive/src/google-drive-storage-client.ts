import {
  type CallOptions,
  type ChangesOptions,
  type Content,
  type CopyFromOptions,
  type DirectoryEntry,
  type Entry,
  type FileEntry,
  type ListRecursiveOptions,
  type LookOptions,
  type MetadataChange,
  type MoveOptions,
  nameOf,
  parentOf,
  type ReadOptions,
  type RemoveOptions,
  type RestoreVersionOptions,
  requireStorablePath,
  requireValidPath,
  type StorageCapabilities,
  type StorageClient,
  type StoredVersion,
  storageFailure,
  type TreeAtCursor,
  unsupportedFailure,
  type WriteOptions,
} from '@syncengine/core';
import { DriveCaller } from './caller.ts';
import { ChangeCalls } from './change-calls.ts';
import {
  changeMetadata,
  copyFile,
  directoryEntryOf,
  entryAt,
  makeDirectory,
  moveEntry,
  removeEntry,
} from './changing.ts';
import { connect } from './connect.ts';
import { ContentCalls } from './content-calls.ts';
import { copyBetween } from './copying.ts';
import { readCursor } from './cursor.ts';
import { Documents } from './documents.ts';
import { isFolder } from './drive-file.ts';
import { FileCalls } from './file-calls.ts';
import { Folders } from './folders.ts';
import { IdSupply } from './id-supply.ts';
import { childrenOf, filesIn, pagesOf, wholeTree } from './listing.ts';
import { makeRoot } from './make-root.ts';
import { Mirror } from './mirror.ts';
import { capabilities, type GoogleDriveStorageOptions, namesOf, relistAfterOf, sizesOf } from './options.ts';
import { locate } from './place.ts';
import { type Reader, readFile } from './reading.ts';
import { RevisionCalls } from './revision-calls.ts';
import type { RootAddress } from './root.ts';
import { seedTree } from './seed.ts';
import type { DriveTree } from './tree.ts';
import { driveVersions, type Historian } from './version-listing.ts';
import { readDriveVersion, restoreDriveVersion } from './versions.ts';
import { type Writer, writeSmall } from './writing.ts';
import { abandonUpload, writeLarge } from './writing-large.ts';

/**
 * A folder of Google Drive, in My Drive or in a shared drive.
 *
 * Drive knows files by ids, and names are only one of their properties. So the client keeps a picture of the folder, which
 * the feed of changes brings up to date before each call: one request, shared by all calls that are made at once. Several
 * files of one name in one folder, and names that hold a slash, are told and left alone.
 */
export class GoogleDriveStorageClient implements StorageClient {
  readonly id: string;
  readonly capabilities: StorageCapabilities = capabilities;
  readonly #root: RootAddress;
  readonly #rootUrl: string;
  readonly #files: FileCalls;
  readonly #mirror: Mirror;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #historian: Historian;
  readonly #relistAfterMs: number;

  private constructor(options: GoogleDriveStorageOptions, caller: DriveCaller, root: RootAddress) {
    const files = new FileCalls(caller);
    const contents = new ContentCalls(caller);
    const documents = new Documents(contents, options.documents ?? 'skip');
    const mirror = new Mirror(files, new ChangeCalls(caller), root, documents);
    const ids = new IdSupply(files);
    const folders = new Folders(files, mirror, ids);
    this.#root = root;
    this.#rootUrl = caller.rootUrl;
    this.#relistAfterMs = relistAfterOf(options);
    this.#files = files;
    this.#mirror = mirror;
    this.#reader = { mirror, files, contents, acknowledgeAbuse: options.acknowledgeAbuse ?? false };
    this.#writer = {
      mirror,
      files,
      contents,
      folders,
      ids,
      ...sizesOf(options),
      origin: new URL(caller.rootUrl).origin,
    };
    this.#historian = {
      caller,
      revisions: new RevisionCalls(caller),
      contents,
      writer: this.#writer,
      acknowledgeAbuse: options.acknowledgeAbuse ?? false,
      told: new Map(),
      listed: new Map(),
    };
    // Ids of folders are unique in all of Drive, so neither the account nor its name is needed.
    this.id = ['gdrive://drive', root.base, ...root.names.map(encodeURIComponent)].join('/');
  }

  /**
   * A client for a folder. Without a folder's id, Drive is asked for that of My Drive.
   *
   * @throws SyncEngineError `invalid-options`; whatever keeps Drive from answering
   */
  static async open(options: GoogleDriveStorageOptions): Promise<GoogleDriveStorageClient> {
    const names = namesOf(options.path ?? '/');
    sizesOf(options);
    relistAfterOf(options);
    const caller = new DriveCaller(connect(options), options.rootUrl);
    const isMyDrive = options.folderId === undefined;
    const base = options.folderId ?? (await new FileCalls(caller).get('root', { path: '' })).id;
    return new GoogleDriveStorageClient(options, caller, { base, isMyDrive, names });
  }

  async *list(directory: string, options: LookOptions = {}): AsyncGenerator<readonly Entry[]> {
    requireValidPath(directory);
    const { signal } = options;
    await this.#mirror.refresh(signal);
    const tree = this.#mirror.treeForListing(directory);
    let folderId = tree.rootId;
    if (directory !== '') {
      const { file } = await locate(this.#mirror, directory, signal);
      if (file === undefined) throw storageFailure('not-found', directory);
      if (!isFolder(file)) throw storageFailure('not-a-directory', directory);
      folderId = file.id;
    }
    await this.#mirror.complete(tree, folderId, signal);
    const { documents } = this.#mirror;
    await documents.prepare(filesIn(tree, folderId), signal);
    yield* pagesOf(childrenOf(tree, folderId, directory, documents));
  }

  /** The whole tree at once: after the first time, that takes one request unless much has changed. */
  async *listRecursive(options: ListRecursiveOptions = {}): AsyncGenerator<readonly Entry[]> {
    const { signal } = options;
    await this.#refreshToList(signal);
    const tree = this.#mirror.treeForListing('');
    yield* pagesOf((await this.#wholeTree(tree, signal)).entries);
  }

  /** The same with its place in Drive's feed of changes, so that another process need not list again. */
  async changes(cursor?: string, options: ChangesOptions = {}): Promise<TreeAtCursor> {
    const { known, signal } = options;
    const position = cursor === undefined ? undefined : readCursor(cursor);
    if (options.afresh === true) await this.#mirror.relist(signal);
    else if (position !== undefined && !this.#isTooOld(position.listedAt) && known !== undefined) {
      await this.#mirror.adopt(position, (tree) => seedTree(tree, known), signal);
      await this.#relistWhatIsTooOld(signal);
    } else await this.#refreshToList(signal);
    const { entries, cursor: here } = await this.#wholeTree(this.#mirror.treeForListing(''), signal);
    return { cursor: here, entries: inPages(entries) };
  }

  async stat(path: string, options: LookOptions = {}): Promise<Entry | undefined> {
    requireValidPath(path);
    const { signal } = options;
    if (path !== '') {
      const { kind } = await this.#mirror.refresh(signal);
      return kind === 'folder' ? this.#entryAt(path, signal) : undefined;
    }
    const root = await this.#mirror.lookAtRoot(signal);
    if (root.kind === 'missing') return undefined;
    if (root.kind === 'folder') return directoryEntryOf('', root.folder);
    return { kind: 'other', path: '', what: 'file of Google Drive', identity: root.file.id };
  }

  /** The content of a file, checked against the md5 hash that Drive tells where all of it is read. */
  async *read(path: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    if (path === '') throw storageFailure('is-a-directory', path);
    yield* readFile(this.#reader, path, options);
  }

  /**
   * Stores a file: in one request up to 5 MiB, in pieces beyond. What it replaces stays with Drive as an earlier version. Two
   * writers at the same moment may both replace a version that they expect; of two that expect nothing, one is refused.
   */
  async write(path: string, content: Content, options: WriteOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    options.signal?.throwIfAborted();
    if (options.keepReplacedAt !== undefined)
      throw unsupportedFailure(path, 'cannot be kept elsewhere: Drive keeps it');
    const isSmall = content.size <= this.#writer.singleRequestLimit;
    return isSmall
      ? writeSmall(this.#writer, path, content, options)
      : writeLarge(this.#writer, path, content, options);
  }

  /** Puts a file or an empty folder into Drive's own trash. */
  async remove(path: string, options: RemoveOptions = {}): Promise<void> {
    requireValidPath(path);
    if (path === '') throw unsupportedFailure(path, 'is never removed');
    await removeEntry(this.#writer, path, options);
  }

  async makeDirectory(path: string, options: CallOptions = {}): Promise<DirectoryEntry> {
    if (path === '') return makeRoot(this.#files, this.#mirror, this.#root, options.signal);
    requireStorablePath(path, this.capabilities.names, 'already-exists');
    return makeDirectory(this.#writer, path, options);
  }

  async move(from: string, to: string, options: MoveOptions = {}): Promise<void> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    if (from === '') throw unsupportedFailure(from, 'is never moved');
    await moveEntry(this.#writer, from, to, options);
  }

  async copy(from: string, to: string, options: MoveOptions = {}): Promise<FileEntry> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'already-exists');
    if (from === '') throw storageFailure('is-a-directory', from);
    return copyFile(this.#writer, from, to, options);
  }

  /**
   * Copies a file of another folder of Drive without moving its content, where nothing is replaced and this client's
   * account may see and copy it.
   */
  async copyFrom(
    other: StorageClient,
    from: string,
    to: string,
    options: CopyFromOptions,
  ): Promise<FileEntry | undefined> {
    requireValidPath(from);
    requireStorablePath(to, this.capabilities.names, 'is-a-directory');
    options.signal?.throwIfAborted();
    if (!(other instanceof GoogleDriveStorageClient) || other.#rootUrl !== this.#rootUrl) return undefined;
    if (options.keepReplacedAt !== undefined || from === '') return undefined;
    return copyBetween(this.#writer, other.#mirror, from, to, options);
  }

  async setMetadata(path: string, change: MetadataChange, options: RemoveOptions = {}): Promise<Entry> {
    requireValidPath(path);
    if (path === '') throw unsupportedFailure(path, 'keeps its time');
    return changeMetadata(this.#writer, path, change, options);
  }

  async abandon(path: string, token: string, options: CallOptions = {}): Promise<void> {
    requireValidPath(path);
    await abandonUpload(this.#writer, path, token, options.signal);
  }

  /** What Drive keeps of files by itself: for 30 days, up to 100 of each, and longer what was marked so there. */
  async *versions(path: string, options: CallOptions = {}): AsyncGenerator<readonly StoredVersion[]> {
    requireValidPath(path);
    yield* driveVersions(this.#historian, path, options);
  }

  async *readVersion(path: string, id: string, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    requireValidPath(path);
    yield* readDriveVersion(this.#historian, path, id, options);
  }

  async restoreVersion(path: string, id: string, options: RestoreVersionOptions = {}): Promise<FileEntry> {
    requireStorablePath(path, this.capabilities.names, 'is-a-directory');
    const write = (content: Content, writeOptions: WriteOptions) => this.write(path, content, writeOptions);
    return restoreDriveVersion(this.#historian, path, id, options, write);
  }

  /** What the account may still store; unknown for shared drives. */
  async usage(options: CallOptions = {}): Promise<{ readonly freeBytes: number | undefined }> {
    const { signal } = options;
    if (!this.#mirror.isRootKnown) await this.#mirror.lookAtRoot(signal);
    if (this.#mirror.driveId !== undefined) return { freeBytes: undefined };
    const { limit, usage } = await this.#files.quota({ path: '', signal });
    return { freeBytes: limit === undefined ? undefined : Math.max(0, limit - usage) };
  }

  /** The feed may have forgotten something: now and then all is listed anew. */
  async #refreshToList(signal: AbortSignal | undefined): Promise<void> {
    await this.#mirror.refresh(signal);
    await this.#relistWhatIsTooOld(signal);
  }

  async #relistWhatIsTooOld(signal: AbortSignal | undefined): Promise<void> {
    if (this.#isTooOld(this.#mirror.listedAt)) await this.#mirror.relist(signal);
  }

  #isTooOld(listedAt: number): boolean {
    return Date.now() - listedAt > this.#relistAfterMs;
  }

  async #entryAt(path: string, signal: AbortSignal | undefined): Promise<Entry | undefined> {
    const place = await locate(this.#mirror, path, signal);
    const { documents } = this.#mirror;
    const { file } = place;
    if (file === undefined || documents.shownName(file) !== nameOf(path)) return entryAt(place);
    await documents.prepare([file], signal);
    return documents.entryOf(parentOf(path), file);
  }

  async #wholeTree(
    tree: DriveTree,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly entries: Entry[]; readonly cursor: string }> {
    const { documents } = this.#mirror;
    for (;;) {
      await this.#mirror.completeAll(tree, signal);
      await documents.prepare([...tree.files], signal);
      // Whoever else uses this client may have found more by now: what is told is whole, and goes with its cursor.
      if (tree.incompleteFolders().length > 0 || !documents.arePrepared(tree.files)) continue;
      return { entries: wholeTree(tree, documents), cursor: this.#mirror.cursor(tree) };
    }
  }
}

async function* inPages(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  yield* pagesOf(entries);
}
