import { isSyncEngineError, SyncEngineError, storageFailure } from '@syncengine/core';
import { type DriveFile, folderType, isFolder, isNative } from './drive-file.ts';
import { collisionMessage } from './entry.ts';
import type { FileCalls } from './file-calls.ts';
import type { IdSupply } from './id-supply.ts';
import type { Mirror } from './mirror.ts';
import type { Place } from './place.ts';
import { quotedText } from './query-text.ts';
import { settled } from './settle.ts';
import type { DriveTree } from './tree.ts';

/** A folder that something is put into. It must be let go. */
export interface HeldFolder {
  readonly id: string;
  /** Folders that were made for this, from the top down. */
  readonly made: readonly string[];
  /** Folders that were made for a write that failed are taken away again, unless somebody else uses them by now. */
  release(outcome: 'kept' | 'failed'): Promise<void>;
}

/** Makes the folders on the way to a path, each once however many ask for it. */
export class Folders {
  readonly #calls: FileCalls;
  readonly #mirror: Mirror;
  readonly #ids: IdSupply;
  readonly #making = new Map<string, Promise<DriveFile>>();
  /** Folders made here in which nothing was kept yet, with the number of those who hold them. */
  readonly #fresh = new Map<string, number>();

  constructor(calls: FileCalls, mirror: Mirror, ids: IdSupply) {
    this.#calls = calls;
    this.#mirror = mirror;
    this.#ids = ids;
  }

  /**
   * The folder that a place lies in, made with the missing ones above it.
   *
   * @throws SyncEngineError `not-a-directory`
   */
  async hold(place: Place, signal?: AbortSignal): Promise<HeldFolder> {
    if (place.obstacle !== undefined) throw storageFailure('not-a-directory', place.path);
    const held: string[] = [];
    const release: HeldFolder['release'] = (outcome) => this.#release(held, outcome);
    try {
      let id = place.folderId;
      for (const name of place.names.slice(0, -1)) {
        this.#take(held, id);
        signal?.throwIfAborted();
        id = (await this.make(place.tree, id, name, place.path)).id;
      }
      this.#take(held, id);
      return { id, made: held.filter((each) => this.#fresh.has(each)), release };
    } catch (error) {
      await release('failed');
      throw error;
    }
  }

  /**
   * The folder of a name, made where there is none.
   *
   * @throws SyncEngineError `not-a-directory`, `name-collision`
   */
  async make(tree: DriveTree, parentId: string, name: string, path: string): Promise<DriveFile> {
    await this.#mirror.complete(tree, parentId);
    const standing = folderNamed(tree, parentId, name, path);
    if (standing !== undefined) return standing;
    const key = `${parentId}/${name}`;
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#makeNew(tree, parentId, name, path).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    return making;
  }

  /** A folder that was asked for by itself stays, whatever becomes of what is put into it. */
  keep(id: string): void {
    this.#fresh.delete(id);
  }

  /** Takes folders away that an upload was to fill which is given up now, as far as nothing is in them. */
  async takeAwayEmpty(ids: readonly string[]): Promise<void> {
    for (const id of [...ids].reverse()) if (!this.#fresh.has(id)) await this.#tidy(id);
  }

  /** True when nothing lies in a folder that is not trashed; asked of Drive itself. */
  async isEmpty(id: string, path: string, signal?: AbortSignal): Promise<boolean> {
    const q = `${quotedText(id)} in parents and trashed = false`;
    const page = await this.#calls.list({ q, driveId: this.#mirror.driveId }, { path, signal });
    return page.files.length === 0 && page.nextPageToken === undefined;
  }

  async #makeNew(tree: DriveTree, parentId: string, name: string, path: string): Promise<DriveFile> {
    const id = await this.#ids.take();
    const change = { id, name, mimeType: folderType, parents: [parentId] };
    const create = (): Promise<DriveFile> => this.#calls.create(change, undefined, { path });
    const made = await settled(this.#calls, id, path, create, (file) => !file.trashed).catch((error: unknown) => {
      throw withoutFolder(error, path);
    });
    this.#fresh.set(made.id, 0);
    tree.put(made);
    tree.complete(made.id, []);
    // Somebody else may have made it at the same moment: then the older one stays.
    await this.#mirror.refresh();
    const oldest = tree.named(parentId, name).filter(isFolder).sort(byAge)[0];
    if (oldest === undefined || oldest.id === made.id) return made;
    this.#fresh.delete(made.id);
    await this.#takeAway(made.id, path);
    return oldest;
  }

  #take(held: string[], id: string): void {
    held.push(id);
    const holders = this.#fresh.get(id);
    if (holders !== undefined) this.#fresh.set(id, holders + 1);
  }

  async #release(held: string[], outcome: 'kept' | 'failed'): Promise<void> {
    for (const id of held.splice(0).reverse()) {
      const holders = this.#fresh.get(id);
      if (holders === undefined) continue;
      if (outcome === 'kept') this.#fresh.delete(id);
      else if (holders > 1) this.#fresh.set(id, holders - 1);
      else {
        this.#fresh.delete(id);
        await this.#tidy(id);
      }
    }
  }

  /** Whoever failed is to hear of that, not of a folder that could not be tidied away: it is empty, and harms nobody. */
  async #tidy(id: string): Promise<void> {
    try {
      if (await this.isEmpty(id, '')) await this.#takeAway(id, '');
    } catch (error) {
      if (!isSyncEngineError(error)) throw error;
    }
  }

  /** For good where that is allowed: it was made a moment ago, and nothing is in it. */
  async #takeAway(id: string, path: string): Promise<void> {
    // Nobody is to find it from here on.
    this.#mirror.drop(id);
    await discard(this.#calls, id, path);
  }
}

/** Where something was to be made, that nothing is found means that the folder is gone: looking again finds or makes it. */
export function withoutFolder(error: unknown, path: string): unknown {
  if (!isSyncEngineError(error, 'not-found')) return error;
  const message = `The folder that ${JSON.stringify(path)} was to lie in is gone from Google Drive; it is looked for again.`;
  return new SyncEngineError('storage-failure', message, { path, cause: error, retry: 'yes' });
}

/** Takes away what was made a moment ago: for good where that is allowed, else into the trash. */
export async function discard(calls: FileCalls, id: string, path: string): Promise<void> {
  try {
    await calls.delete(id, { path });
  } catch (error) {
    if (isSyncEngineError(error, 'not-found')) return;
    if (!isSyncEngineError(error, 'permission-denied')) throw error;
    await calls.update(id, { trashed: true }, undefined, { path });
  }
}

/** Who came first; the ids decide between those of one moment. */
export function byAge(left: DriveFile, right: DriveFile): number {
  const difference = (left.createdAt ?? 0) - (right.createdAt ?? 0);
  if (difference !== 0) return difference;
  return left.id < right.id ? -1 : 1;
}

function folderNamed(tree: DriveTree, parentId: string, name: string, path: string): DriveFile | undefined {
  const own = tree.named(parentId, name).filter((file) => !isNative(file));
  const [only] = own;
  if (own.length > 1) throw new SyncEngineError('name-collision', collisionMessage(path, own.length), { path });
  if (only === undefined) {
    // A document or a shortcut of that name does not stand in the way.
    return undefined;
  }
  if (!isFolder(only)) throw storageFailure('not-a-directory', path);
  return only;
}
