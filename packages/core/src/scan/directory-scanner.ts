import type { Clock } from '../control/index.ts';
import { type Side, SyncEngineError } from '../errors.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import type { Observation, ScannedItem } from '../join/index.ts';
import type { CaseFolding } from '../paths/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { DirectoryReader, type ScannedChild, type ScannedDirectory } from './directory-reader.ts';
import type { Landmark } from './landmark.ts';
import type { ScanFilter, SymlinkPolicy } from './policy.ts';
import { Prefetch } from './prefetch.ts';

export interface DirectoryScannerOptions {
  readonly client: StorageClient;
  readonly side: Side;
  /** The client that must be able to hold what is found. */
  readonly other: StorageClient;
  readonly folding: CaseFolding;
  readonly ignore: IgnoreFileManager;
  /** Default: `safe`. */
  readonly symlinks?: SymlinkPolicy | undefined;
  readonly filter?: ScanFilter | undefined;
  /** Default: none. */
  readonly landmarks?: readonly Landmark[] | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with what was seen so far. */
  readonly onProgress?: ((seen: ScanProgress) => void) | undefined;
}

interface ScanProgress {
  readonly side: Side;
  readonly files: number;
  readonly directories: number;
  /** The directory that was delivered last. */
  readonly path: string;
}

/** Items of a page; a page is what is handed on between two looks at the event loop. */
const pageSize = 1024;

/**
 * Turns any client into one stream of entries in canonical order: directories right before their children, siblings
 * in byte order of their join keys. Directories are listed ahead in parallel and delivered in order.
 *
 * Every name is validated, the ignore rules and the symlink policy are applied, and what cannot be seen is delivered
 * as unknown, never left out.
 */
export class DirectoryScanner {
  readonly #options: DirectoryScannerOptions;
  readonly #reader: DirectoryReader;
  #rootIgnore: IgnoreChain | undefined;
  #files = 0;
  #directories = 0;
  /** When the scan began; milliseconds since the epoch. */
  #startedAt: number | undefined;

  constructor(options: DirectoryScannerOptions) {
    this.#options = options;
    this.#reader = new DirectoryReader(options);
  }

  get rootIgnore(): IgnoreChain | undefined {
    return this.#rootIgnore;
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /** The tree, once. Pages hold at most 1,024 items. */
  get items(): AsyncIterable<readonly ScannedItem[]> {
    return this.#scan();
  }

  async *#scan(): AsyncGenerator<readonly ScannedItem[]> {
    this.#startedAt = this.#options.clock.now();
    const root = await this.#reader.read('', '', this.#options.ignore.root());
    if (root.problem !== undefined) throw rootUnreadable(this.#options, root.problem);
    this.#rootIgnore = root.ignore;
    const prefetch = new Prefetch<ScannedChild, ScannedDirectory>(
      this.#options.client.capabilities.concurrency.operations,
      (child) => this.#reader.read(child.path, child.key, child.parentIgnore),
    );
    let page: ScannedItem[] = [];
    const stack: Array<{ readonly children: readonly ScannedChild[]; index: number }> = [];
    const enter = (directory: ScannedDirectory): void => {
      stack.push({ children: directory.children, index: 0 });
      prefetch.offer(directory.children.filter((child) => child.descend));
    };
    enter(root);
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
        this.#directories += 1;
        if (directory.problem === undefined) enter(directory);
      } else {
        page.push(child.item);
        if (child.item.observation.state === 'present') this.#files += 1;
      }
      if (page.length >= pageSize) {
        this.#report(child.path);
        yield page;
        page = [];
      }
    }
    this.#report('');
    if (page.length > 0) yield page;
  }

  #report(path: string): void {
    const { onProgress, side } = this.#options;
    onProgress?.({ side, files: this.#files, directories: this.#directories, path });
  }
}

function directoryItem(child: ScannedChild, directory: ScannedDirectory): ScannedItem {
  if (directory.problem === undefined) return { ...child.item, ignore: directory.ignore };
  const { code, message } = directory.problem;
  const observation: Observation = { state: 'unknown', code, message, listingFailed: true };
  return { ...child.item, observation };
}

function rootUnreadable({ side, client }: DirectoryScannerOptions, problem: SyncEngineError): SyncEngineError {
  if (problem.code === 'invalid-ignore-file') {
    const { code, message, path, cause } = problem;
    return new SyncEngineError(code, `${message} It lies in the ${side} ${client.id}.`, { path, side, cause });
  }
  return new SyncEngineError('root-unreadable', `The ${side} ${client.id} cannot be listed: ${problem.message}`, {
    cause: problem,
    path: '',
    side,
    retry: problem.retry,
  });
}
