import { ownAlgorithm } from '../hashing/index.ts';
import { parentOf } from '../paths/index.ts';
import { type CopyFromOptions, type FileEntry, packed, packedEntry } from '../storage/index.ts';
import type { Breath } from './breath.ts';
import type { CopyBatch, CopyOutcome, PlainCopy, ProvenFolder } from './copy-thread.ts';
import { CopyingThread } from './copying-thread.ts';
import { localFailure } from './errors.ts';
import { type LocalFolder, secondsOf } from './placing.ts';
import type { Root } from './root.ts';
import { copySmall } from './small-copy.ts';

/** A small file that somebody waits for. */
interface WantedCopy {
  readonly origin: LocalFolder;
  readonly from: string;
  readonly to: string;
  readonly options: CopyFromOptions;
  readonly resolve: (entry: FileEntry | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** A batch, and those who wait for each copy of it. */
interface Prepared {
  readonly batch: CopyBatch;
  readonly sent: readonly WantedCopy[];
}

/** From so many at once on, a thread is begun: that takes as long as to copy some hundred files. */
const worthThread = 24;

/**
 * Copies small files of other local folders: one after the other where there are few, and many by a thread of its own, so that
 * nothing else waits for the disk.
 */
export class SmallCopies {
  readonly #folder: LocalFolder;
  readonly #breath: Breath;
  #wanted: WantedCopy[] = [];
  #thread: CopyingThread | undefined;

  constructor(folder: LocalFolder, breath: Breath) {
    this.#folder = folder;
    this.#breath = breath;
  }

  /** As `copySmall`. What is asked for in one turn of the event loop is done together. */
  copy(origin: LocalFolder, from: string, to: string, options: CopyFromOptions): Promise<FileEntry | undefined> {
    return new Promise((resolve, reject) => {
      this.#wanted.push({ origin, from, to, options, resolve, reject });
      if (this.#wanted.length === 1) setImmediate(() => void this.#begin());
    });
  }

  /** Ends the thread; it is begun again when it is needed. */
  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.end();
  }

  /** Never rejects: each copy has an outcome of its own. */
  async #begin(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = [];
    const isWorth = this.#thread !== undefined || wanted.length >= worthThread;
    const ordinary = isWorth ? await this.#copyThere(wanted) : wanted;
    for (const copy of ordinary) await this.#copyHere(copy);
  }

  async #copyHere({ origin, from, to, options, resolve, reject }: WantedCopy): Promise<void> {
    await this.#breath.before(12);
    try {
      options.signal?.throwIfAborted();
      resolve(copySmall(origin, from, this.#folder, to, options));
    } catch (error) {
      reject(localFailure(error, from, 'copied'));
    }
  }

  /** @returns what was not copied, and is to be copied the ordinary way */
  async #copyThere(wanted: readonly WantedCopy[]): Promise<readonly WantedCopy[]> {
    const ordinary: WantedCopy[] = [];
    const { batch, sent } = this.#prepare(wanted, ordinary);
    if (sent.length === 0) return ordinary;
    this.#thread ??= new CopyingThread(() => void this.close());
    const outcome = await this.#thread.copy(batch);
    for (const [place, copy] of sent.entries()) {
      const entry = outcome && entryAt(outcome, place, copy.to);
      if (entry === undefined) {
        ordinary.push(copy);
        continue;
      }
      this.#folder.durability.contentChanged(batch.copies[place]?.to ?? '');
      copy.resolve(entry);
    }
    return ordinary;
  }

  #prepare(wanted: readonly WantedCopy[], ordinary: WantedCopy[]): Prepared {
    const { root, staging } = this.#folder;
    const folders = new FolderList();
    const copies: PlainCopy[] = [];
    const sent: WantedCopy[] = [];
    let staged: string | undefined;
    for (const copy of wanted) {
      const { origin, from, to, options } = copy;
      try {
        options.signal?.throwIfAborted();
        const fromFolder = folders.placeOf(origin.root, parentOf(from));
        const toFolder = folders.placeOf(root, parentOf(to));
        const isReachable = fromFolder !== -1 && toFolder !== -1 && !staging.isElsewhere(folders.at(toFolder));
        if (!isReachable || !isPlain(options)) {
          ordinary.push(copy);
          continue;
        }
        staged ??= staging.at(root.folder, (place) => place);
        copies.push({
          from: origin.root.absolute(from),
          to: root.absolute(to),
          fromFolder,
          toFolder,
          version: options.version,
          permissions: options.permissions,
          modifiedAt: options.modifiedAt === undefined ? undefined : secondsOf(options.modifiedAt),
          digest: options.hashes?.[ownAlgorithm],
        });
        sent.push(copy);
      } catch (error) {
        copy.reject(localFailure(error, from, 'copied'));
      }
    }
    return { batch: { staged: `${staged ?? ''}-`, folders: folders.folders, copies }, sent };
  }
}

/** Directories, each looked at once. */
class FolderList {
  readonly folders: ProvenFolder[] = [];
  readonly #places = new Map<string, number>();

  /** -1 for a directory to which a link leads, or none. */
  placeOf(root: Root, directory: string): number {
    const absolute = root.absolute(directory);
    const known = this.#places.get(absolute);
    if (known !== undefined) return known;
    const number = root.numberOf(directory);
    const place = number === undefined ? -1 : this.folders.push({ place: absolute, number }) - 1;
    this.#places.set(absolute, place);
    return place;
  }

  at(place: number): string {
    return this.folders[place]?.place ?? '';
  }
}

/** What replaces nothing, and is proven by no digest but our own. */
function isPlain({ expected, keepReplacedAt, hashes = {} }: CopyFromOptions): boolean {
  return (
    expected === 'absent' && keepReplacedAt === undefined && Object.keys(hashes).every((name) => name === ownAlgorithm)
  );
}

function entryAt({ numbers, digests }: CopyOutcome, place: number, path: string): FileEntry | undefined {
  if (numbers[place * packed.stride + packed.kind] !== 0) return undefined;
  const entry = packedEntry({ numbers }, place, path);
  const digest = digests[place];
  return entry.kind === 'file' && digest !== undefined ? { ...entry, hashes: { [ownAlgorithm]: digest } } : undefined;
}
