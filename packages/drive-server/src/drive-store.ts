import { ChangeLog } from './change-log.ts';
import { DriveError, fileNotFound, insufficientPermissions, invalidValue, quotaExceeded } from './drive-error.ts';
import { folderType, headOf, type Item, isFolder, newId, type Role, revisionOf } from './item.ts';
import { keptRevisions } from './revisions.ts';

export interface SharedDrive {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdTime: number;
}

/** What a new item is made of; what is left out has Drive's defaults. */
export interface NewItem {
  readonly name: string;
  readonly mimeType: string;
  readonly parentId: string;
  readonly id?: string | undefined;
  readonly bytes?: Buffer | undefined;
  readonly createdTime?: number | undefined;
  readonly modifiedTime?: number | undefined;
  readonly shortcut?: Item['shortcut'];
  readonly exports?: Item['exports'];
}

/** The contents of one user's Drive and of the shared drives that the user is a member of. */
export class DriveStore {
  readonly rootId: string = newId();
  readonly changes: ChangeLog = new ChangeLog();
  readonly drives: Map<string, SharedDrive> = new Map();
  readonly #items = new Map<string, Item>();
  readonly #children = new Map<string, Set<Item>>();
  readonly #handedOut = new Set<string>();
  readonly #now: () => number;
  #sequence = 0;
  #usage = 0;
  /** Bytes that may be stored in all. Default: no limit. */
  limit: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
    this.#makeRoot(this.rootId, 'My Drive', undefined);
  }

  now(): number {
    return this.#now();
  }

  get usage(): number {
    return this.#usage;
  }

  get items(): Iterable<Item> {
    return this.#items.values();
  }

  addDrive(name: string): SharedDrive {
    const drive = { id: `0A${newId(14)}PVA`, name, createdTime: this.#now() };
    this.drives.set(drive.id, drive);
    this.#makeRoot(drive.id, name, drive.id);
    return drive;
  }

  find(id: string): Item | undefined {
    return this.#items.get(id === 'root' ? this.rootId : id);
  }

  /** @throws DriveError 404 `notFound` */
  get(id: string): Item {
    const item = this.find(id);
    if (item === undefined) throw fileNotFound(id);
    return item;
  }

  childrenOf(id: string): Iterable<Item> {
    return this.#children.get(id) ?? [];
  }

  /** Itself, or by a folder above it. */
  isTrashed(item: Item): boolean {
    for (let each: Item | undefined = item; each !== undefined; each = this.#parent(each)) {
      if (each.explicitlyTrashed) return true;
    }
    return false;
  }

  roleOn(item: Item): Role {
    for (let each: Item | undefined = item; each !== undefined; each = this.#parent(each)) {
      if (each.role !== undefined) return each.role;
    }
    return 'owner';
  }

  /** "files.generateIds": ids that may be given to new files. */
  handOutId(): string {
    const id = newId();
    this.#handedOut.add(id);
    return id;
  }

  create(item: NewItem): Item {
    const parent = this.#usableParent(item.parentId);
    const id = item.id ?? newId();
    if (item.id !== undefined) this.#requireUsableId(item.id);
    const size = item.bytes?.byteLength ?? 0;
    this.requireSpace(size);
    const now = this.#now();
    this.#sequence += 1;
    const made: Item = {
      id,
      sequence: this.#sequence,
      driveId: parent.driveId,
      name: item.name,
      mimeType: item.mimeType,
      parentId: parent.id,
      furtherParents: new Set(),
      createdTime: item.createdTime ?? now,
      modifiedTime: item.modifiedTime ?? now,
      explicitlyTrashed: false,
      trashedTime: undefined,
      revisions: item.bytes === undefined ? [] : [revisionOf(item.bytes, item.mimeType, now)],
      version: 1,
      description: undefined,
      starred: false,
      originalFilename: undefined,
      appProperties: new Map(),
      properties: new Map(),
      shortcut: item.shortcut,
      exports: item.exports,
      abusive: false,
      role: undefined,
    };
    this.#usage += size;
    this.#place(made);
    this.touch(made);
    return made;
  }

  /** Gives a file new content; what it had stays as a revision. */
  replaceContent(item: Item, bytes: Buffer): void {
    this.requireSpace(bytes.byteLength - (headOf(item)?.bytes.byteLength ?? 0));
    this.#usage += bytes.byteLength - (headOf(item)?.bytes.byteLength ?? 0);
    item.revisions = [...item.revisions, revisionOf(bytes, item.mimeType, this.#now())];
    keptRevisions(item, this.#now());
  }

  /** @throws DriveError 400 `badRequest` for a circle, and what an unusable parent brings */
  move(item: Item, parentId: string): void {
    const parent = this.#usableParent(parentId);
    for (let each: Item | undefined = parent; each !== undefined; each = this.#parent(each)) {
      if (each === item) throw new DriveError(400, 'badRequest', 'The parent would create a cycle.');
    }
    if (parent.driveId !== item.driveId && isFolder(item)) {
      const message = 'Moving folders between drives is not supported by this server.';
      throw new DriveError(403, 'teamDrivesFolderMoveInNotSupported', message);
    }
    if (item.parentId !== undefined) this.#children.get(item.parentId)?.delete(item);
    item.parentId = parent.id;
    this.#place(item);
  }

  /** As was possible until 2020: the file lies in a further folder as well. */
  addParent(item: Item, parentId: string): void {
    item.furtherParents.add(parentId);
    const siblings = this.#children.get(parentId) ?? new Set();
    this.#children.set(parentId, siblings.add(item));
  }

  trash(item: Item): void {
    item.explicitlyTrashed = true;
    item.trashedTime = this.#now();
  }

  untrash(item: Item): void {
    item.explicitlyTrashed = false;
    item.trashedTime = undefined;
  }

  /** For good, with all below it. */
  delete(item: Item): void {
    for (const child of [...this.childrenOf(item.id)]) this.delete(child);
    for (const siblings of this.#children.values()) siblings.delete(item);
    this.#items.delete(item.id);
    this.#children.delete(item.id);
    this.#usage -= headOf(item)?.bytes.byteLength ?? 0;
    this.changes.record({ fileId: item.id, driveId: item.driveId, removed: true, time: this.#now() });
  }

  /** Notes that something about an item changed. */
  touch(item: Item): void {
    item.version += 1;
    this.changes.record({ fileId: item.id, driveId: item.driveId, removed: false, time: this.#now() });
  }

  /** @throws DriveError 403 `storageQuotaExceeded` */
  requireSpace(bytes: number): void {
    if (this.limit !== undefined && this.#usage + bytes > this.limit) throw quotaExceeded();
  }

  /** @throws DriveError 403 `insufficientFilePermissions` */
  requireWritable(item: Item): void {
    if (this.roleOn(item) === 'reader') throw insufficientPermissions(item.id);
  }

  #requireUsableId(id: string): void {
    if (this.#items.has(id)) {
      throw new DriveError(409, 'fileIdInUse', 'A file already exists with the provided ID.', { location: 'file.id' });
    }
    if (!this.#handedOut.has(id)) throw invalidValue('file.id', 'The provided file ID is not usable.');
  }

  #usableParent(id: string): Item {
    const parent = this.get(id);
    if (!isFolder(parent)) {
      throw new DriveError(403, 'parentNotAFolder', 'The specified parent is not a folder.', {
        location: 'file.parents[]',
      });
    }
    if (this.roleOn(parent) === 'reader') {
      throw new DriveError(403, 'insufficientParentPermissions', 'Insufficient permissions for the specified parent.');
    }
    return parent;
  }

  #parent(item: Item): Item | undefined {
    return item.parentId === undefined ? undefined : this.#items.get(item.parentId);
  }

  #place(item: Item): void {
    this.#items.set(item.id, item);
    if (item.parentId === undefined) return;
    const siblings = this.#children.get(item.parentId);
    if (siblings === undefined) this.#children.set(item.parentId, new Set([item]));
    else siblings.add(item);
  }

  #makeRoot(id: string, name: string, driveId: string | undefined): void {
    this.#sequence += 1;
    const now = this.#now();
    this.#place({
      id,
      sequence: this.#sequence,
      driveId,
      name,
      mimeType: folderType,
      parentId: undefined,
      furtherParents: new Set(),
      createdTime: now,
      modifiedTime: now,
      explicitlyTrashed: false,
      trashedTime: undefined,
      revisions: [],
      version: 1,
      description: undefined,
      starred: false,
      originalFilename: undefined,
      appProperties: new Map(),
      properties: new Map(),
      shortcut: undefined,
      exports: undefined,
      abusive: false,
      role: 'owner',
    });
  }
}
