import type { DriveState } from './drive-state.ts';
import type { SharedDrive } from './drive-store.ts';
import { documentType, folderType, headOf, type Item, isFolder, type Role, shortcutType } from './item.ts';
import { setKeepForever } from './revisions.ts';

export interface PutOptions {
  /** Milliseconds since the epoch. Default: now. */
  readonly modifiedAt?: number;
  /** Default: `application/octet-stream`. */
  readonly mimeType?: string;
}

/** One item as a person sees it. */
export interface SeenItem {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  /** `undefined` for what has no bytes. */
  readonly bytes: Buffer | undefined;
}

/**
 * Somebody who works in the Drive at the same time: everything happens at once, and is told by the changes as if it had
 * come through the API. Folders are named by their ids, `root` is My Drive.
 */
export class Person {
  readonly #state: DriveState;

  constructor(state: DriveState) {
    this.#state = state;
  }

  get rootId(): string {
    return this.#state.store.rootId;
  }

  addDrive(name: string): SharedDrive {
    return this.#state.store.addDrive(name);
  }

  /** @returns the new folder's id */
  makeFolder(name: string, parentId = 'root'): string {
    return this.#state.store.create({ name, mimeType: folderType, parentId }).id;
  }

  /** Makes a file, even where one of that name is already. @returns its id */
  makeFile(name: string, content: string | Uint8Array, parentId = 'root', options: PutOptions = {}): string {
    const mimeType = options.mimeType ?? 'application/octet-stream';
    const modifiedTime = options.modifiedAt;
    return this.#state.store.create({ name, mimeType, parentId, modifiedTime, bytes: Buffer.from(content) }).id;
  }

  /** A document of Google's editors. @returns its id */
  makeDocument(
    name: string,
    exports: Readonly<Record<string, string | Uint8Array>>,
    parentId = 'root',
    mimeType: string = documentType,
  ): string {
    const rendered = new Map(Object.entries(exports).map(([type, bytes]) => [type, Buffer.from(bytes)]));
    return this.#state.store.create({ name, mimeType, parentId, exports: rendered }).id;
  }

  /** @returns the shortcut's id */
  makeShortcut(name: string, targetId: string, parentId = 'root'): string {
    const targetMimeType = this.#state.store.get(targetId).mimeType;
    const shortcut = { targetId, targetMimeType };
    return this.#state.store.create({ name, mimeType: shortcutType, parentId, shortcut }).id;
  }

  /** Gives a file new content. */
  edit(id: string, content: string | Uint8Array, options: PutOptions = {}): void {
    this.#change(id, (item) => {
      this.#state.store.replaceContent(item, Buffer.from(content));
      item.modifiedTime = options.modifiedAt ?? this.#state.store.now();
    });
  }

  /** A document of the editors is typed into. */
  editDocument(id: string, exports: Readonly<Record<string, string | Uint8Array>>): void {
    this.#change(id, (item) => {
      item.exports = new Map(Object.entries(exports).map(([type, bytes]) => [type, Buffer.from(bytes)]));
      item.modifiedTime = this.#state.store.now();
    });
  }

  rename(id: string, name: string): void {
    this.#change(id, (item) => {
      item.name = name;
    });
  }

  move(id: string, parentId: string): void {
    this.#change(id, (item) => this.#state.store.move(item, parentId));
  }

  /** Puts a file into a further folder, as was possible until 2020. */
  addToFolder(id: string, folderId: string): void {
    this.#change(id, (item) => this.#state.store.addParent(item, folderId));
  }

  touch(id: string, modifiedAt: number): void {
    this.#change(id, (item) => {
      item.modifiedTime = modifiedAt;
    });
  }

  trash(id: string): void {
    this.#change(id, (item) => this.#state.store.trash(item));
  }

  untrash(id: string): void {
    this.#change(id, (item) => this.#state.store.untrash(item));
  }

  /** For good, with all below it. */
  delete(id: string): void {
    this.#state.store.delete(this.#state.store.get(id));
  }

  /** What the user of the API may do with an item and what lies below it. */
  setRole(id: string, role: Role | undefined): void {
    this.#change(id, (item) => {
      item.role = role;
    });
  }

  markAbusive(id: string): void {
    this.#change(id, (item) => {
      item.abusive = true;
    });
  }

  /** Bytes that the Drive may hold in all; `undefined` for no limit. */
  limitStorage(bytes: number | undefined): void {
    this.#state.store.limit = bytes;
  }

  /** Change tokens that were handed out until now are refused from here on. */
  forgetChanges(): void {
    this.#state.store.changes.forget();
    this.#state.store.changes.record({ fileId: this.rootId, driveId: undefined, removed: false, time: 0 });
  }

  /** A week passes for all uploads under way. */
  expireUploads(): void {
    this.#state.uploads.expire();
  }

  get unfinishedUploads(): number {
    return this.#state.uploads.unfinished;
  }

  /** What stands at the names, from a folder down; several of one name make it ambiguous, which is an error. */
  at(path: string, parentId = 'root'): SeenItem | undefined {
    let id = parentId;
    for (const name of path.split('/')) {
      const found = this.in(id).filter((child) => child.name === name);
      const [only] = found;
      if (only === undefined) return undefined;
      if (found.length > 1) throw new Error(`There are ${found.length} of ${path}.`);
      id = only.id;
    }
    return seen(this.#state.store.get(id));
  }

  /** What lies in a folder and is not trashed. */
  in(parentId: string): SeenItem[] {
    const { store } = this.#state;
    const children = [...store.childrenOf(store.get(parentId).id)];
    return children.filter((child) => !child.explicitlyTrashed).map(seen);
  }

  /** Everything below a folder that is not trashed: files with their text, folders as `path/`, both by their names. */
  snapshot(parentId = 'root', prefix = ''): Map<string, string> {
    const told = new Map<string, string>();
    for (const child of this.in(parentId).sort((left, right) => (left.name < right.name ? -1 : 1))) {
      const path = `${prefix}${child.name}`;
      const isDirectory = child.mimeType === folderType;
      told.set(isDirectory ? `${path}/` : path, child.bytes?.toString('utf8') ?? '');
      if (!isDirectory) continue;
      for (const [below, text] of this.snapshot(child.id, `${path}/`)) told.set(below, text);
    }
    return told;
  }

  /** What lies in the trash by itself. */
  trashed(): SeenItem[] {
    return [...this.#state.store.items].filter((item) => item.explicitlyTrashed).map(seen);
  }

  /** Every content that the Drive still keeps: of files, of trashed ones, and of revisions. */
  keptContents(): Buffer[] {
    return [...this.#state.store.items].flatMap((item) => item.revisions.map((revision) => revision.bytes));
  }

  /** Contents that a file had before the one that it has. */
  earlierContents(id: string): Buffer[] {
    return this.#state.store
      .get(id)
      .revisions.slice(0, -1)
      .map((revision) => revision.bytes);
  }

  /** Marks a content that a file had as one to keep forever, counted from the oldest. */
  keepForever(id: string, index: number): void {
    const revision = this.#state.store.get(id).revisions[index];
    if (revision === undefined) throw new Error(`There is no revision ${index} of ${id}.`);
    setKeepForever(this.#state.store.get(id), revision, true);
  }

  #change(id: string, change: (item: Item) => void): void {
    const item = this.#state.store.get(id);
    change(item);
    this.#state.store.touch(item);
  }
}

function seen(item: Item): SeenItem {
  return {
    id: item.id,
    name: item.name,
    mimeType: item.mimeType,
    bytes: isFolder(item) ? undefined : headOf(item)?.bytes,
  };
}
