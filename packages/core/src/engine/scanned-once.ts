import { isRacy } from '../compare/index.ts';
import type { Clock } from '../control/index.ts';
import { decorate } from '../decorators/index.ts';
import { isReserved, isWithin, parentOf } from '../paths/index.ts';
import type { Entry, LookOptions, StorageClient } from '../storage/index.ts';

type Pages = AsyncIterable<readonly Entry[]>;

/**
 * The same client for several runs, one after the other: what was listed for the first is told to the others without
 * asking again. What is changed through it is listed anew, with the folders around it, and so is a folder that holds a file
 * that changed while it was listed: a later change could leave it the same version.
 *
 * What others change meanwhile is not seen. It is not overwritten either: every operation names the version that it expects.
 * All that was listed is kept in memory.
 */
export function scannedOnce(client: StorageClient, clock: Clock): StorageClient {
  const memory = new ListingMemory(client, clock);
  const changing =
    <Parameters extends readonly [string, ...unknown[]], Result>(
      inner: (...parameters: Parameters) => Promise<Result>,
    ): ((...parameters: Parameters) => Promise<Result>) =>
    (...parameters) =>
      memory.changed([parameters[0]], () => inner(...parameters));
  return decorate(client, {
    list: (inner) => (directory, look) => memory.pages(directory, look, () => inner(directory, look)),
    listRecursive: (inner) => (look) => memory.pages(undefined, look, () => inner(look)),
    write: (inner) => changing(inner),
    remove: (inner) => changing(inner),
    makeDirectory: (inner) => changing(inner),
    makeSymlink: (inner) => changing(inner),
    setMetadata: (inner) => changing(inner),
    move: (inner) => (from, to, move) => memory.changed([from, to], () => inner(from, to, move)),
    copy: (inner) => (from, to, copy) => memory.changed([to], () => inner(from, to, copy)),
    copyFrom: (inner) => (other, from, to, copy) => memory.changed([to], () => inner(other, from, to, copy)),
  });
}

interface Listing {
  /** `undefined` for the whole tree. */
  readonly directory: string | undefined;
  readonly followSymlinks: boolean;
  readonly pages: ReadonlyArray<readonly Entry[]>;
}

class ListingMemory {
  readonly #client: StorageClient;
  readonly #clock: Clock;
  /** By the folded path, because a side may know one folder under several spellings. */
  readonly #listings = new Map<string, readonly Listing[]>();
  /** Counts changes: what was listed meanwhile may be old already. */
  #changes = 0;

  constructor(client: StorageClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async *pages(
    directory: string | undefined,
    look: LookOptions | undefined,
    list: () => Pages,
  ): AsyncGenerator<readonly Entry[]> {
    if (directory !== undefined && isReserved(directory)) {
      yield* list();
      return;
    }
    const followSymlinks = look?.followSymlinks ?? false;
    const key = keyOf(directory);
    const known = this.#listings
      .get(key)
      ?.find((listing) => listing.directory === directory && listing.followSymlinks === followSymlinks);
    if (known !== undefined) {
      yield* known.pages;
      return;
    }
    const changes = this.#changes;
    const from = this.#clock.now();
    const pages: Array<readonly Entry[]> = [];
    for await (const page of list()) {
      pages.push(page);
      yield page;
    }
    const observed = { from, until: this.#clock.now() };
    const { capabilities } = this.#client;
    const isFresh = pages.some((page) =>
      page.some((entry) => entry.kind === 'file' && isRacy(entry, observed, capabilities)),
    );
    if (isFresh || changes !== this.#changes) return;
    this.#listings.set(key, [...(this.#listings.get(key) ?? []), { directory, followSymlinks, pages }]);
  }

  async changed<Result>(paths: readonly string[], change: () => Promise<Result>): Promise<Result> {
    this.#forget(paths);
    try {
      return await change();
    } finally {
      this.#forget(paths);
    }
  }

  #forget(paths: readonly string[]): void {
    this.#changes += 1;
    this.#listings.delete(keyOf(undefined));
    for (const path of paths) {
      const folded = fold(path);
      if (this.#listings.has(folded)) this.#forgetInside(folded);
      // A folder that was only implied may have come into being with what is inside.
      for (let folder = folded; folder !== ''; ) {
        folder = parentOf(folder);
        this.#listings.delete(folder);
      }
    }
  }

  #forgetInside(folder: string): void {
    for (const key of [...this.#listings.keys()]) if (isWithin(key, folder)) this.#listings.delete(key);
  }
}

/** No path holds a NUL. */
function keyOf(directory: string | undefined): string {
  return directory === undefined ? '\0' : fold(directory);
}

function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}
