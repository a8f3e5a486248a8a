import { storageFailure } from '@syncengine/core';
import { abortable } from './abortable.ts';
import type { ChangeCalls, FileNews, NewsPage } from './change-calls.ts';
import { type Cursor, type FeedPosition, writeCursor } from './cursor.ts';
import type { Documents } from './documents.ts';
import { type DriveFile, isFolder } from './drive-file.ts';
import { statusOf } from './failures.ts';
import type { FileCalls } from './file-calls.ts';
import { loadByFolders, loadFlat, loadFolder } from './load.ts';
import { findRoot, type RootAddress, type RootState } from './root.ts';
import { DriveTree } from './tree.ts';

/**
 * A picture of what lies below the root, folder by folder as it is needed. Before each use it is brought up to date by the
 * feed of changes, which costs one request however large the tree is, and is shared by all who wait for it.
 *
 * Everything that looks runs one after the other. What a listing tells may be older than what happened meanwhile, but
 * never older than the position in the feed, so the next look at the feed mends it.
 */
export class Mirror {
  readonly #files: FileCalls;
  readonly #changes: ChangeCalls;
  readonly #address: RootAddress;
  /** What documents of the editors are shown as. */
  readonly documents: Documents;
  #root: RootState | undefined;
  #tree: DriveTree | undefined;
  #position: FeedPosition | undefined;
  /** When the picture was begun; milliseconds since the epoch. */
  #listedAt = 0;
  /** The end of the line of all that looks. */
  #tail: Promise<unknown> = Promise.resolve();
  /** A look at the feed that waits in line: who comes before it begins shares it. */
  #waiting: Promise<void> | undefined;

  constructor(files: FileCalls, changes: ChangeCalls, address: RootAddress, documents: Documents) {
    this.documents = documents;
    this.#files = files;
    this.#changes = changes;
    this.#address = address;
  }

  /** Brings the picture up to date. A look that began before this call is not enough. */
  async refresh(signal?: AbortSignal): Promise<RootState> {
    signal?.throwIfAborted();
    this.#waiting ??= this.#inLine(async () => {
      this.#waiting = undefined;
      await this.#catchUp();
    });
    await abortable(this.#waiting, signal);
    return this.#state();
  }

  /** Looks at the root alone, which takes less than a place in the feed as long as nobody asks for more. */
  async lookAtRoot(signal?: AbortSignal): Promise<RootState> {
    if (this.#position !== undefined) return this.refresh(signal);
    await abortable(
      this.#inLine(async () => {
        if (this.#position === undefined) await this.#lookForRoot();
      }),
      signal,
    );
    return this.#state();
  }

  /**
   * What lies below the root, as it was at the last refresh.
   *
   * @throws SyncEngineError `root-missing`, `not-a-directory`
   */
  tree(path: string): DriveTree {
    if (this.#tree !== undefined) return this.#tree;
    throw storageFailure(this.#root?.kind === 'other' ? 'not-a-directory' : 'root-missing', path);
  }

  /** The same for whoever looks: a missing root holds nothing that could be listed. @throws SyncEngineError `not-found`, … */
  treeForListing(path: string): DriveTree {
    if (this.#tree === undefined && this.#root?.kind !== 'other') throw storageFailure('not-found', path);
    return this.tree(path);
  }

  /** When all was listed last, as far as it was; milliseconds since the epoch. */
  get listedAt(): number {
    return this.#listedAt;
  }

  /** Whether the root was looked for. */
  get isRootKnown(): boolean {
    return this.#root !== undefined;
  }

  /** The shared drive that the root lies in. */
  get driveId(): string | undefined {
    return this.#root?.kind === 'folder' ? this.#root.folder.driveId : undefined;
  }

  /** Makes sure that all children of a folder are known. */
  async complete(tree: DriveTree, folderId: string, signal?: AbortSignal): Promise<void> {
    if (tree.isComplete(folderId)) return;
    const load = async (): Promise<void> => {
      if (!tree.isComplete(folderId)) await loadFolder(this.#files, tree, folderId, this.driveId);
    };
    await abortable(this.#inLine(load), signal);
  }

  /** Makes sure that the whole tree is known. */
  async completeAll(tree: DriveTree, signal?: AbortSignal): Promise<void> {
    const load = async (): Promise<void> => {
      if (tree.incompleteFolders().length === 0) return;
      // Below any other folder there may be much less than in all of the drive.
      const isFlat = this.#isRootOfDrive() && !tree.isComplete(tree.rootId);
      if (isFlat && (await loadFlat(this.#files, tree, this.driveId))) return;
      await loadByFolders(this.#files, tree, this.driveId);
    };
    await abortable(this.#inLine(load), signal);
  }

  /** Where the picture stands in the feed. */
  cursor(tree: DriveTree): string {
    if (this.#position === undefined) throw new TypeError('A picture has a place in the feed.');
    return writeCursor({ ...this.#position, rootId: tree.rootId, listedAt: this.#listedAt });
  }

  /**
   * Takes over what was known at an earlier position in the feed, and catches up from there. When that is of no use, it is
   * as if nothing had been known: it was another root, or the feed does not reach back that far. A picture that is whole
   * already knows no less.
   */
  async adopt(cursor: Cursor, seed: (tree: DriveTree) => Promise<void>, signal?: AbortSignal): Promise<void> {
    await abortable(
      this.#inLine(async () => {
        const { token, driveId, rootId } = cursor;
        if (this.#root === undefined) await this.#lookForRoot();
        const folder = this.#root?.kind === 'folder' ? this.#root.folder : undefined;
        const isOfThisRoot = folder?.id === rootId && folder.driveId === driveId;
        if (isOfThisRoot && !this.#isWhole()) {
          // Nobody sees it before it is as new as the feed.
          const tree = new DriveTree(rootId);
          await seed(tree);
          const followed = await this.#follow({ token, driveId }, tree);
          if (followed !== undefined) {
            this.#tree?.become(tree);
            this.#position = followed.position;
            this.#listedAt = cursor.listedAt;
            if (followed.isRootInDoubt) await this.#lookAgainForRoot(driveId);
            return;
          }
        }
        await this.#catchUp();
      }),
      signal,
    );
  }

  /** Takes in what a change of our own led to. */
  put(file: DriveFile): void {
    this.#tree?.put(file);
  }

  drop(id: string): void {
    this.#tree?.drop(id);
  }

  /** Looks for the root again, and knows nothing any more of what lies below it. */
  async relist(signal?: AbortSignal): Promise<RootState> {
    await abortable(
      this.#inLine(async () => {
        this.#root = undefined;
        await this.#begin();
      }),
      signal,
    );
    return this.#state();
  }

  #state(): RootState {
    return this.#root ?? { kind: 'missing', found: 0, folder: undefined };
  }

  #inLine<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  async #catchUp(): Promise<void> {
    if (this.#position === undefined) {
      await this.#begin();
      return;
    }
    const { driveId } = this.#position;
    const followed = await this.#follow(this.#position, this.#tree);
    if (followed === undefined) {
      // The feed does not reach back that far any more.
      this.#root = undefined;
      await this.#begin();
      return;
    }
    this.#position = followed.position;
    if (followed.isRootInDoubt || this.#root?.kind !== 'folder') await this.#lookAgainForRoot(driveId);
  }

  /**
   * Takes all news since a position into a tree; `undefined` when the feed does not reach back that far. News may be taken in
   * again, should it fail half-way.
   */
  async #follow(
    { token: from, driveId }: FeedPosition,
    tree: DriveTree | undefined,
  ): Promise<{ readonly position: FeedPosition; readonly isRootInDoubt: boolean } | undefined> {
    let token = from;
    let isRootInDoubt = false;
    for (;;) {
      const page = await this.#pageAfter(token, driveId);
      if (page === undefined) return undefined;
      for (const news of page.news) isRootInDoubt = takeIn(news, tree) || isRootInDoubt;
      token = page.newStartPageToken ?? page.nextPageToken ?? token;
      if (page.nextPageToken === undefined) return { position: { token, driveId }, isRootInDoubt };
    }
  }

  async #lookAgainForRoot(driveId: string | undefined): Promise<void> {
    await this.#lookForRoot();
    // A root that is there now may lie in a drive that this is not the feed of.
    if (this.#root?.kind === 'folder' && this.driveId !== driveId) await this.#begin();
  }

  async #pageAfter(token: string, driveId: string | undefined): Promise<NewsPage | undefined> {
    try {
      return await this.#changes.page(token, driveId);
    } catch (error) {
      const status = statusOf(error);
      if (status === 400 || status === 404 || status === 410) return undefined;
      throw error;
    }
  }

  async #begin(): Promise<void> {
    // In which drive it is never changes, so that may be known before the position in the drive's feed.
    if (this.#root === undefined) await this.#lookForRoot();
    const driveId = this.driveId;
    // The position comes before all that is listed, so that nothing falls in between.
    const token = await this.#changes.start(driveId);
    await this.#lookForRoot();
    // Whoever holds the tree goes on with it.
    if (this.#tree !== undefined) this.#tree.become(new DriveTree(this.#tree.rootId));
    this.#position = { token, driveId };
    this.#listedAt = Date.now();
  }

  #isWhole(): boolean {
    return this.#position !== undefined && this.#tree !== undefined && this.#tree.incompleteFolders().length === 0;
  }

  async #lookForRoot(): Promise<void> {
    const root = await findRoot(this.#files, this.#address);
    this.#root = root;
    if (root.kind !== 'folder') this.#tree = undefined;
    else if (this.#tree?.rootId !== root.folder.id) this.#tree = new DriveTree(root.folder.id);
  }

  #isRootOfDrive(): boolean {
    if (this.#root?.kind !== 'folder') return false;
    const { id, driveId } = this.#root.folder;
    return driveId === undefined ? this.#address.isMyDrive && this.#address.names.length === 0 : driveId === id;
  }
}

/** Takes in what became of a file. True when that may be about a folder on the way to the root. */
function takeIn({ fileId, file }: FileNews, tree: DriveTree | undefined): boolean {
  const isKnown = tree?.get(fileId) !== undefined;
  if (file === undefined) {
    tree?.drop(fileId);
    return !isKnown;
  }
  tree?.put(file);
  return isFolder(file) && !isKnown && tree?.get(fileId) === undefined;
}
