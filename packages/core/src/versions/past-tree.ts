import { ancestorsOf, isWithin } from '../paths/index.ts';
import type { PastContent } from './content.ts';

/** A tree that is taken back step by step; paths that cannot stand beside each other push one another out. */
export class PastTree {
  readonly #keyOf: (path: string) => string;
  readonly #contents = new Map<string, PastContent>();

  /** @param keyOf paths with one key are one path on this side */
  constructor(keyOf: (path: string) => string) {
    this.#keyOf = keyOf;
  }

  get contents(): ReadonlyMap<string, PastContent> {
    return this.#contents;
  }

  at(path: string): PastContent | undefined {
    return this.#contents.get(this.#keyOf(path));
  }

  /** True where something stands at each of two paths that are not one. */
  holdsBoth(one: string, other: string): boolean {
    return this.#keyOf(one) !== this.#keyOf(other) && this.at(one) !== undefined && this.at(other) !== undefined;
  }

  set(content: PastContent): void {
    const key = this.#keyOf(content.path);
    for (const above of ancestorsOf(key)) {
      const standing = this.#contents.get(above);
      if (standing !== undefined && standing.kind !== 'directory') this.#contents.delete(above);
    }
    if (content.kind !== 'directory' && this.#contents.get(key)?.kind === 'directory') this.#deleteBelow(key);
    this.#contents.set(key, content);
  }

  /** What came there as a file or a link. */
  deleteContent(path: string): void {
    const key = this.#keyOf(path);
    if (this.#contents.get(key)?.kind !== 'directory') this.#contents.delete(key);
  }

  /** One with nothing in it. */
  deleteDirectory(path: string): void {
    const key = this.#keyOf(path);
    if (this.#contents.get(key)?.kind === 'directory' && !this.#holdsAnything(key)) this.#contents.delete(key);
  }

  /** What stands at `from` or below it stands at `to` or below it, in place of what stands there. */
  move(from: string, to: string, isDirectory: boolean): void {
    const [fromKey, toKey] = [this.#keyOf(from), this.#keyOf(to)];
    const moved: PastContent[] = [];
    if (!isDirectory) {
      const content = this.#contents.get(fromKey);
      if (content === undefined) return;
      this.#contents.delete(fromKey);
      this.set({ ...content, path: to });
      return;
    }
    for (const [key, content] of this.#contents) {
      if (!isWithin(key, fromKey)) continue;
      moved.push({ ...content, path: to + content.path.slice(from.length) });
      this.#contents.delete(key);
    }
    if (moved.length > 0 && toKey !== fromKey) this.#deleteBelow(toKey);
    for (const content of moved) this.set(content);
  }

  #holdsAnything(key: string): boolean {
    for (const other of this.#contents.keys()) if (other !== key && isWithin(other, key)) return true;
    return false;
  }

  #deleteBelow(key: string): void {
    for (const other of this.#contents.keys()) if (other !== key && isWithin(other, key)) this.#contents.delete(other);
  }
}
