import { type DriveFile, isFolder } from './drive-file.ts';

/**
 * What is known of the files below one folder, by id and by name. It does nothing of its own: what Drive tells is put in,
 * and only what hangs together with the root stays.
 */
export class DriveTree {
  readonly rootId: string;
  #files: Map<string, DriveFile> = new Map();
  /** Of each folder: the ids of its children by their names, of which there may be several alike. */
  #children: Map<string, Map<string, Set<string>>> = new Map();
  /** Folders of which every child is known. */
  #complete: Set<string> = new Set();

  constructor(rootId: string) {
    this.rootId = rootId;
  }

  /**
   * Takes over what another tree of the same root knows, and forgets all else: whoever holds this one sees that from now on.
   * The other is of no use afterwards.
   */
  become(other: DriveTree): void {
    if (other.rootId !== this.rootId) throw new TypeError('A tree keeps its root.');
    this.#files = other.#files;
    this.#children = other.#children;
    this.#complete = other.#complete;
  }

  get(id: string): DriveFile | undefined {
    return this.#files.get(id);
  }

  /** True for the root and for every folder that is known below it. */
  hasFolder(id: string): boolean {
    if (id === this.rootId) return true;
    const file = this.#files.get(id);
    return file !== undefined && isFolder(file);
  }

  isComplete(folderId: string): boolean {
    return this.#complete.has(folderId);
  }

  /** Folders of which not every child is known yet. */
  incompleteFolders(): string[] {
    const folders = this.#complete.has(this.rootId) ? [] : [this.rootId];
    for (const file of this.#files.values()) if (isFolder(file) && !this.#complete.has(file.id)) folders.push(file.id);
    return folders;
  }

  /** The children of one name. */
  named(folderId: string, name: string): DriveFile[] {
    return this.#filesOf(this.#children.get(folderId)?.get(name) ?? []);
  }

  /** All that is known, in no order. */
  get files(): Iterable<DriveFile> {
    return this.#files.values();
  }

  /** The names that are taken in a folder. */
  names(folderId: string): Iterable<string> {
    return this.#children.get(folderId)?.keys() ?? [];
  }

  /** Takes in how a file is now. What is trashed, or lies in no folder of the tree, leaves it with all below. */
  put(file: DriveFile): void {
    const known = this.#files.get(file.id);
    // Answers may overtake each other.
    if (known !== undefined && known.version > file.version) return;
    const parents = file.trashed || file.id === this.rootId ? [] : file.parents.filter((id) => this.hasFolder(id));
    if (parents.length === 0) {
      this.drop(file.id);
      return;
    }
    if (known !== undefined) this.#unlink(known);
    this.#files.set(file.id, file);
    for (const parent of parents) this.#link(parent, file);
  }

  /** Takes a file out, with all that lies below it. */
  drop(id: string): void {
    const file = this.#files.get(id);
    if (file === undefined) return;
    this.#unlink(file);
    this.#files.delete(id);
    this.#complete.delete(id);
    const children = this.#children.get(id);
    this.#children.delete(id);
    for (const ids of children?.values() ?? []) for (const child of ids) this.drop(child);
  }

  /** Takes in all children of a folder; what was known of others is forgotten. */
  complete(folderId: string, files: readonly DriveFile[]): void {
    if (!this.hasFolder(folderId)) return;
    const listed = new Set(files.map((file) => file.id));
    for (const ids of this.#children.get(folderId)?.values() ?? []) {
      for (const id of [...ids]) if (!listed.has(id)) this.drop(id);
    }
    for (const file of files) this.put(file);
    this.#complete.add(folderId);
  }

  #filesOf(ids: Iterable<string>): DriveFile[] {
    const files: DriveFile[] = [];
    for (const id of ids) {
      const file = this.#files.get(id);
      if (file !== undefined) files.push(file);
    }
    return files;
  }

  #link(parent: string, file: DriveFile): void {
    let names = this.#children.get(parent);
    if (names === undefined) {
      names = new Map();
      this.#children.set(parent, names);
    }
    const ids = names.get(file.name);
    if (ids === undefined) names.set(file.name, new Set([file.id]));
    else ids.add(file.id);
  }

  #unlink(file: DriveFile): void {
    for (const parent of file.parents) {
      const names = this.#children.get(parent);
      const ids = names?.get(file.name);
      ids?.delete(file.id);
      if (ids?.size === 0) names?.delete(file.name);
    }
  }
}
