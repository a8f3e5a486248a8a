import type { IgnoreChain } from '../ignore/index.ts';
import type { Observation, ScannedItem } from '../join/index.ts';
import { DirectoryReader, type Lister, type ScannedDirectory } from './directory-reader.ts';
import type { EntryObserverOptions, ScannedChild } from './entry-observer.ts';
import { Prefetch } from './prefetch.ts';
import { rootUnreadable } from './root-unreadable.ts';

/** A tree taken directory by directory: these are listed ahead in parallel and delivered in order. */
export class DirectoryWalk {
  readonly #options: EntryObserverOptions;
  readonly #reader: DirectoryReader;
  #rootIgnore: IgnoreChain | undefined;

  constructor(options: EntryObserverOptions, lister: Lister) {
    this.#options = options;
    this.#reader = new DirectoryReader(options, lister);
  }

  /** Known as soon as the first page is there. */
  get rootIgnore(): IgnoreChain | undefined {
    return this.#rootIgnore;
  }

  /** @throws SyncEngineError `root-unreadable`, `invalid-ignore-file` */
  async *pages(pageSize: number): AsyncGenerator<readonly ScannedItem[]> {
    const root = await this.#reader.read('', '', this.#options.ignore.root());
    if (root.problem !== undefined) throw rootUnreadable(this.#options, root.problem);
    this.#rootIgnore = root.ignore;
    yield* this.#walk(root, [], pageSize);
  }

  /** One directory that is looked into, and all that it holds. */
  async *below(child: ScannedChild, pageSize: number): AsyncGenerator<readonly ScannedItem[]> {
    const directory = await this.#reader.read(child.path, child.key, child.parentIgnore);
    const items = [directoryItem(child, directory)];
    if (directory.problem === undefined) yield* this.#walk(directory, items, pageSize);
    else yield items;
  }

  async *#walk(
    top: ScannedDirectory,
    before: readonly ScannedItem[],
    pageSize: number,
  ): AsyncGenerator<readonly ScannedItem[]> {
    const prefetch = new Prefetch<ScannedChild, ScannedDirectory>(
      this.#options.client.capabilities.concurrency.operations,
      (child) => this.#reader.read(child.path, child.key, child.parentIgnore),
    );
    let page: ScannedItem[] = [...before];
    const stack: Array<{ readonly children: readonly ScannedChild[]; index: number }> = [];
    const enter = (directory: ScannedDirectory): void => {
      stack.push({ children: directory.children, index: 0 });
      prefetch.offer(directory.children.filter((child) => child.descend));
    };
    enter(top);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      this.#options.signal?.throwIfAborted();
      const child = frame.children[frame.index];
      frame.index += 1;
      if (child === undefined) {
        stack.pop();
        continue;
      }
      if (child.descend) {
        const directory = await prefetch.take(child);
        page.push(directoryItem(child, directory));
        if (directory.problem === undefined) enter(directory);
      } else page.push(child.item);
      if (page.length >= pageSize) {
        yield page;
        page = [];
      }
    }
    if (page.length > 0) yield page;
  }
}

/** A directory as it is delivered once it was looked into. */
export function directoryItem(
  { item }: Pick<ScannedChild, 'item'>,
  { problem, ignore }: Pick<ScannedDirectory, 'problem' | 'ignore'>,
): ScannedItem {
  if (problem === undefined) return { ...item, ignore };
  const { code, message } = problem;
  const observation: Observation = { state: 'unknown', code, message, listingFailed: true };
  return { ...item, observation };
}
