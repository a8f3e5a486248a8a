import { compareUtf8, isReserved, nameOf } from '../paths/index.ts';
import type { MetadataChange } from '../storage/index.ts';
import type { MemoryStore } from './memory-store.ts';

/**
 * The side of a memory client that a test uses: the person who works in the store, at once and without preconditions.
 */
export class MemoryContents {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  /** Writes a file as an editor would: its parents are made, its identity stays, its permissions too unless given. */
  put(path: string, content: string | Uint8Array, change: MetadataChange = {}): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content.slice();
    this.#store.place(path, { kind: 'file', bytes, ...change }, { inPlace: true });
  }

  /** Makes a directory and its parents; `''` makes a missing root. */
  putDirectory(path: string, permissions?: number): void {
    this.#store.makeRoot();
    this.#store.makeDirectories(path, permissions);
  }

  putSymlink(path: string, target: string): void {
    this.#store.place(path, { kind: 'symlink', target });
  }

  /** Changes times or permissions only. */
  touch(path: string, change: MetadataChange): void {
    this.#store.changeMetadata(path, change);
  }

  /** Renames a file, a link or a directory; nothing may stand at `to` yet. */
  rename(from: string, to: string): void {
    this.#store.relocate(from, to);
  }

  /** Deletes what stands at a path with all that it holds; `''` makes the root itself go missing, as an unmounted disk does. */
  delete(path: string): void {
    if (path === '') {
      this.#store.tree.setRoot(undefined);
      return;
    }
    const node = this.#store.tree.nodeAt(path);
    if (node?.kind === 'directory') {
      for (const { name } of [...node.children.values()]) this.delete(`${path}/${name}`);
      // An implied directory is gone with its last file.
      if (this.#store.tree.nodeAt(path) === undefined) return;
    }
    this.#store.removeAt(path);
  }

  /** A file's content as text; `undefined` when there is no file at the path. */
  text(path: string): string | undefined {
    const node = this.#store.tree.nodeAt(path);
    return node?.kind === 'file' ? new TextDecoder().decode(node.bytes) : undefined;
  }

  /**
   * Everything in the store, in canonical order: files with their text, directories as `path/` with nothing, links as
   * `-> target`. The reserved folder is left out unless asked for.
   */
  snapshot(options: { readonly reserved?: boolean } = {}): Map<string, string> {
    const told: [string, string][] = [];
    if (this.#store.tree.root !== undefined) this.#tell('', told);
    told.sort(([a], [b]) => compareUtf8(a, b));
    return new Map(told.filter(([path]) => (options.reserved ?? false) || !isReserved(path)));
  }

  /** What a store with a native trash has kept of what was removed or replaced, oldest first. */
  trashed(): { readonly path: string; readonly text: string }[] {
    return this.#store.kept.map(({ path, bytes }) => ({ path, text: new TextDecoder().decode(bytes) }));
  }

  /**
   * The power fails: what was not flushed is lost, except the first `kept` changes, which had reached the disk by
   * themselves. Only where the client was made with `losesUnflushed`.
   */
  powerCut(kept = 0): void {
    this.#store.tree.revert(kept);
  }

  #tell(directory: string, told: [string, string][]): void {
    for (const entry of this.#store.childrenOf(directory, false)) {
      if (entry.kind === 'directory') {
        told.push([`${entry.path}/`, '']);
        this.#tell(entry.path, told);
      } else if (entry.kind === 'symlink') told.push([entry.path, `-> ${entry.target}`]);
      else told.push([entry.path, this.text(entry.path) ?? `? ${nameOf(entry.path)}`]);
    }
  }
}
