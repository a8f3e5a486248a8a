import { availableParallelism } from 'node:os';
import { ownAlgorithm } from '../hashing/index.ts';
import { type NameRules, nameOf, unsupportedName } from '../paths/index.ts';
import { type CopyFromOptions, type CopyRequest, type FileEntry, packed, packedEntry } from '../storage/index.ts';
import type { Breath } from './breath.ts';
import { CopyBatchDraft } from './copy-batch-draft.ts';
import type { CopyOutcome } from './copy-thread.ts';
import { CopyingThread } from './copying-thread.ts';
import { localFailure } from './errors.ts';
import type { LocalFolder } from './placing.ts';
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

/** From so many at once on, a thread is begun: that takes as long as to copy some hundred files. */
const worthThread = 24;

/** Threads that copy at once. More would wait for one another: for the disk, and for whoever gives them their work. */
const mostThreads = Math.min(2, availableParallelism());

/**
 * Copies small files of other local folders: one after the other where there are few, and many by threads of their own, so that
 * nothing else waits for the disk.
 */
export class SmallCopies {
  readonly #folder: LocalFolder;
  readonly #breath: Breath;
  #wanted: WantedCopy[] = [];
  #threads: CopyingThread[] = [];

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

  /** Each to a path where nothing stands; `undefined` for what is to be copied one by one, and of which nothing is left. */
  async copyAll(
    origin: LocalFolder,
    copies: readonly CopyRequest[],
    names: NameRules,
  ): Promise<ReadonlyArray<FileEntry | undefined>> {
    const entries = new Array<FileEntry | undefined>(copies.length).fill(undefined);
    if (!this.#isWorthThread(copies.length)) return entries;
    const draft = new CopyBatchDraft(this.#folder);
    for (const [index, copy] of copies.entries()) {
      try {
        const isStorable = unsupportedName(nameOf(copy.to), copy.to, names) === undefined;
        if (isStorable && isPlain(copy)) draft.add(index, origin, copy.from, copy.to, copy);
      } catch {
        // Whoever copies it by itself finds out what is wrong, and tells it.
      }
    }
    await this.#copyThere(draft, (index, entry) => {
      entries[index] = entry;
    });
    return entries;
  }

  /** Ends the threads; they are begun again when they are needed. */
  async close(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }

  /** Never rejects: each copy has an outcome of its own. */
  async #begin(): Promise<void> {
    const wanted = this.#wanted;
    this.#wanted = [];
    const ordinary = this.#isWorthThread(wanted.length) ? await this.#copyTogether(wanted) : wanted;
    for (const copy of ordinary) await this.#copyHere(copy);
  }

  #isWorthThread(count: number): boolean {
    return this.#threads.length > 0 || count >= worthThread;
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
  async #copyTogether(wanted: readonly WantedCopy[]): Promise<Iterable<WantedCopy>> {
    const ordinary = new Map(wanted.entries());
    const draft = new CopyBatchDraft(this.#folder);
    for (const [index, { origin, from, to, options, reject }] of wanted.entries()) {
      try {
        options.signal?.throwIfAborted();
        const replacesNothing = options.expected === 'absent' && options.keepReplacedAt === undefined;
        if (replacesNothing && isPlain(options)) draft.add(index, origin, from, to, options);
      } catch (error) {
        ordinary.delete(index);
        reject(localFailure(error, from, 'copied'));
      }
    }
    await this.#copyThere(draft, (index, entry) => {
      ordinary.get(index)?.resolve(entry);
      ordinary.delete(index);
    });
    return ordinary.values();
  }

  async #copyThere(draft: CopyBatchDraft, copied: (index: number, entry: FileEntry) => void): Promise<void> {
    if (draft.sent.length === 0) return;
    const outcome = await this.#thread().copy(draft.batch());
    if (outcome === undefined) return;
    const digests = outcome.digests.split('\0');
    for (const [place, { index, to, absolute }] of draft.sent.entries()) {
      const entry = entryAt(outcome, place, to, digests[place]);
      if (entry === undefined) continue;
      this.#folder.durability.contentChanged(absolute);
      copied(index, entry);
    }
  }

  /** The one that has least to do, and another one as long as all have something to do. */
  #thread(): CopyingThread {
    const [first, ...others] = this.#threads;
    const idlest = others.reduce((least, thread) => (least && thread.load < least.load ? thread : least), first);
    if (idlest !== undefined && (idlest.load === 0 || this.#threads.length >= mostThreads)) return idlest;
    const thread: CopyingThread = new CopyingThread(() => void this.#end(thread));
    this.#threads.push(thread);
    return thread;
  }

  async #end(thread: CopyingThread): Promise<void> {
    this.#threads = this.#threads.filter((other) => other !== thread);
    await thread.end();
  }
}

/** What is proven by no digest but our own. */
function isPlain({ hashes = {} }: Pick<CopyRequest, 'hashes'>): boolean {
  return Object.keys(hashes).every((name) => name === ownAlgorithm);
}

function entryAt(
  { numbers }: CopyOutcome,
  place: number,
  path: string,
  digest: string | undefined,
): FileEntry | undefined {
  if (digest === undefined || digest === '' || numbers[place * packed.stride + packed.kind] !== 0) return undefined;
  const entry = packedEntry({ numbers }, place, path);
  return entry.kind === 'file' ? { ...entry, hashes: { [ownAlgorithm]: digest } } : undefined;
}
