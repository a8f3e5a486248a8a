import type { Clock } from '../control/index.ts';
import type { Side } from '../errors.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import { type ItemPage, isPacked, type ScannedItem } from '../join/index.ts';
import { type CaseFolding, withoutSlash } from '../paths/index.ts';
import type { Entry, StorageClient } from '../storage/index.ts';
import { DirectoryWalk } from './directory-walk.ts';
import { GatheredTree } from './gathered-tree.ts';
import type { Landmark } from './landmark.ts';
import type { ListingFindings } from './listing-findings.ts';
import { mayPack, PackedScan } from './packed-scan.ts';
import type { ScanFilter, SymlinkPolicy } from './policy.ts';
import { failingAsRoot } from './root-unreadable.ts';
import { TreeListing } from './tree-listing.ts';

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
  /** Tells the whole tree, in place of the client's own listings; asked once for each pass. Default: there is no such thing. */
  readonly tree?: (() => AsyncIterable<readonly Entry[]>) | undefined;
  /** Paths spread over the tree as it was last known, for a client that lists the whole tree. Default: none. */
  readonly boundaries?: (() => Promise<readonly string[]>) | undefined;
  /**
   * What earlier passes found out. With it, a listing of the whole tree is taken without holding it in memory, and the scan
   * may end with `ScanAgain`; it is then to be made anew, with the same findings. Default: such a listing is gathered in
   * memory, and one pass is enough.
   */
  readonly findings?: ListingFindings | undefined;
}

interface ScanProgress {
  readonly side: Side;
  readonly files: number;
  readonly directories: number;
  /** The entry that was delivered last. */
  readonly path: string;
}

/** Items of a page; a page is what is handed on between two looks at the event loop. */
const pageSize = 1024;

/** One way of taking a tree. */
interface Scan {
  readonly rootIgnore: IgnoreChain | undefined;
}

/**
 * Turns any client into one stream of entries in canonical order: directories right before their children, siblings
 * in byte order of their join keys. A client that lists the whole tree is asked for that; of others, directories are listed
 * ahead in parallel and delivered in order.
 *
 * Every name is validated, the ignore rules and the symlink policy are applied, and what cannot be seen is delivered
 * as unknown, never left out.
 */
export class DirectoryScanner {
  readonly #options: DirectoryScannerOptions;
  #scan: Scan | undefined;
  #files = 0;
  #directories = 0;
  /** When the scan began; milliseconds since the epoch. */
  #startedAt: number | undefined;

  constructor(options: DirectoryScannerOptions) {
    this.#options = options;
  }

  get rootIgnore(): IgnoreChain | undefined {
    return this.#scan?.rootIgnore;
  }

  get startedAt(): number | undefined {
    return this.#startedAt;
  }

  /** The tree, once. Pages hold at most 1,024 items, packed ones at most 4,096. */
  get items(): AsyncIterable<ItemPage> {
    return this.#counted();
  }

  async *#counted(): AsyncGenerator<ItemPage> {
    this.#startedAt = this.#options.clock.now();
    for await (const page of await this.#pages()) {
      this.#report(this.#count(page));
      yield page;
    }
    this.#report('');
  }

  /** @returns the path of the last entry */
  #count(page: ItemPage): string {
    if (isPacked(page)) {
      this.#directories += page.entries.directories;
      this.#files += page.count - page.entries.directories;
      return withoutSlash(page.last);
    }
    for (const { observation } of page) {
      if (observation.state !== 'present') continue;
      if (observation.entry.kind === 'directory') this.#directories += 1;
      else this.#files += 1;
    }
    return page.at(-1)?.path ?? '';
  }

  async #pages(): Promise<AsyncIterable<ItemPage>> {
    const { client, folding, findings, symlinks, signal } = this.#options;
    if (mayPack(this.#options)) {
      const scan = new PackedScan(this.#options);
      this.#scan = scan;
      return scan.pages(pageSize);
    }
    // A listing of the whole tree cannot follow links.
    const followsLinks = symlinks === 'follow' && client.capabilities.symlinks;
    if (followsLinks) return this.#walk(client);
    const listing = this.#options.tree?.() ?? client.listRecursive?.({ signal, boundaries: await this.#boundaries() });
    if (listing === undefined) return this.#walk(client);
    // Where the order of the keys is surely not the native one, a pass to find that out would be wasted.
    if (folding !== 'exact' || findings === undefined || findings.needsSorting) {
      return this.#walk(await this.#gather(listing));
    }
    const scan = new TreeListing(this.#options, findings);
    this.#scan = scan;
    return scan.pages(listing, pageSize);
  }

  async #boundaries(): Promise<readonly string[] | undefined> {
    return await this.#options.boundaries?.();
  }

  #walk(lister: Pick<StorageClient, 'list'>): AsyncIterable<readonly ScannedItem[]> {
    const scan = new DirectoryWalk(this.#options, lister);
    this.#scan = scan;
    return scan.pages(pageSize);
  }

  async #gather(listing: AsyncIterable<readonly Entry[]>): Promise<GatheredTree> {
    let gathered = 0;
    return await GatheredTree.from(failingAsRoot(this.#options, listing), (entry) => {
      gathered += 1;
      this.#options.signal?.throwIfAborted();
      if (gathered % pageSize === 0) this.#report(entry.path);
    });
  }

  #report(path: string): void {
    const { onProgress, side } = this.#options;
    onProgress?.({ side, files: this.#files, directories: this.#directories, path });
  }
}
