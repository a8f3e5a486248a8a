import {
  type ChangesOptions,
  type Entry,
  MemoryStorageClient,
  type MemoryStorageOptions,
  type StorageClient,
  type TreeAtCursor,
} from '@syncengine/core';
import { PromiseBroken } from './promise-broken.ts';

/**
 * A storage in memory with a feed of changes. It is strict: who comes with a cursor has to bring exactly what was told with
 * it, however many processes ended in between. It never forgets that somebody did not.
 */
export class FeedClient extends MemoryStorageClient implements StorageClient {
  /** The trees that were told, by their cursors. */
  readonly #told = new Map<string, ReadonlyMap<string, string>>();
  #broken: PromiseBroken | undefined;

  constructor(options: MemoryStorageOptions) {
    super({ ...options, listRecursive: true });
  }

  async changes(cursor?: string, options: ChangesOptions = {}): Promise<TreeAtCursor> {
    if (this.#broken !== undefined) throw this.#broken;
    const { known, afresh, signal } = options;
    const isOfUse = cursor !== undefined && known !== undefined && afresh !== true;
    const before = isOfUse ? this.#told.get(cursor) : undefined;
    if (before !== undefined && known !== undefined) this.#requireSame(before, await treeOf(known));
    const entries: Entry[] = [];
    for await (const page of this.listRecursive?.({ signal }) ?? []) entries.push(...page);
    const now = lines(entries);
    const here = before !== undefined && isSame(before, now) ? cursor : undefined;
    const next = here ?? `feed-${this.#told.size + 1}`;
    this.#told.set(next, now);
    return { cursor: next, entries: inPages(entries) };
  }

  #requireSame(before: ReadonlyMap<string, string>, known: ReadonlyMap<string, string>): void {
    if (isSame(before, known)) return;
    const wrong = [...before].find(([path, line]) => known.get(path) !== line)?.[1] ?? 'more than was told';
    this.#broken = new PromiseBroken(
      'what cannot be seen is not touched',
      `The feed of changes was asked with something else than it had told, at ${wrong}.`,
    );
    throw this.#broken;
  }
}

async function treeOf(pages: AsyncIterable<readonly Entry[]>): Promise<ReadonlyMap<string, string>> {
  const entries: Entry[] = [];
  for await (const page of pages) entries.push(...page);
  return lines(entries);
}

/** Each entry as a text that is the same for the same entry, in their order. */
function lines(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const told = new Map<string, string>();
  for (const entry of entries) {
    const fields = Object.entries(entry).sort(([left], [right]) => (left < right ? -1 : 1));
    // Two entries of one path stay two.
    told.set(`${told.size} ${entry.path}`, JSON.stringify(Object.fromEntries(fields)));
  }
  return told;
}

function isSame(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([path, line]) => right.get(path) === line);
}

async function* inPages(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  for (let start = 0; start < entries.length; start += 7) yield entries.slice(start, start + 7);
}
