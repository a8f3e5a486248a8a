import { closeSync, fstatSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Gate, whenAborted } from '../control/index.ts';
import { ownAlgorithm } from '../hashing/index.ts';
import type { CopyFromOptions, FileEntry } from '../storage/index.ts';
import { fileEntryOf, requireFile, requireVersion } from './entry.ts';
import { LargeCopyingThread } from './large-copying-thread.ts';
import { type LocalFolder, placeFile, type StagedFile } from './placing.ts';
import { nameOfStaged } from './resuming.ts';
import { look } from './root.ts';
import { openReadable } from './small-copy.ts';
import { discard } from './staging.ts';
import { leaveStaged, openStaged, rememberFrom } from './writing.ts';

/** Files that are copied at once: a hash keeps a processor busy, and the main thread needs one as well. */
const mostThreads = Math.min(2, availableParallelism());

/** Threads that nobody needed for so long are ended; in milliseconds. */
const patience = 2_000;

/** Copies large files of other local folders in threads of their own: read, hashed and written without the main thread. */
export class LargeCopies {
  readonly #folder: LocalFolder;
  readonly #gate = new Gate(mostThreads);
  readonly #idle: LargeCopyingThread[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: LocalFolder) {
    this.#folder = folder;
  }

  /**
   * Stages a copy, looks at the source again, and gives it its name. A copy that is cut short stays staged for another try
   * where that is remembered.
   *
   * @returns `undefined` where it is to be done the ordinary way, which finds out what is wrong; nothing is left then
   */
  async copy(origin: LocalFolder, from: string, to: string, options: CopyFromOptions): Promise<FileEntry | undefined> {
    const { signal } = options;
    if (!isPlain(options)) return undefined;
    return await this.#gate.run(() => this.#copy(origin, from, to, options), signal);
  }

  /** Ends the threads that have nothing to do; others are begun when they are needed. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#idle.splice(0).map((thread) => thread.end()));
  }

  async #copy(origin: LocalFolder, from: string, to: string, options: CopyFromOptions): Promise<FileEntry | undefined> {
    const source = origin.root.follow(from);
    const descriptor = openReadable(source);
    if (descriptor === undefined) return undefined;
    try {
      const stats = fstatSync(descriptor);
      requireFile(from, stats);
      requireVersion(from, stats, options.version);
      const staged = openStaged(this.#folder, to);
      const digest = await this.#fill(staged, descriptor, stats.size, options);
      if (digest === undefined) return undefined;
      try {
        requireVersion(from, look(source), options.version);
      } catch (error) {
        discard(staged.place, staged.descriptor);
        throw error;
      }
      const entry = fileEntryOf(to, placeFile(this.#folder, staged, to, options));
      return { ...entry, hashes: { [ownAlgorithm]: digest } };
    } finally {
      closeSync(descriptor);
    }
  }

  /** The digest of what is staged now; without one nothing is staged any more. */
  async #fill(
    staged: StagedFile,
    from: number,
    size: number,
    { signal, onProgress, resume, hashes }: CopyFromOptions,
  ): Promise<string | undefined> {
    const given = new Int32Array(new SharedArrayBuffer(4));
    const giveUp = (): void => {
      Atomics.store(given, 0, 1);
    };
    const remember = async (): Promise<void> => resume?.remember(nameOfStaged(staged.place));
    const unfollow = signal && whenAborted(signal, giveUp);
    const thread = this.#take();
    let remembered: Promise<void> | undefined;
    let digest: string | undefined;
    try {
      digest = await thread.copy({ from, to: staged.descriptor, size, given }, (position) => {
        onProgress?.(position);
        if (position < rememberFrom(size)) return;
        remembered ??= remember();
        // Told below, once nobody writes any more.
        remembered.catch(giveUp);
      });
      await remembered;
      signal?.throwIfAborted();
    } catch (error) {
      if (resume !== undefined && signal?.aborted === true) await leaveStaged(staged, remember);
      else discard(staged.place, staged.descriptor);
      throw error;
    } finally {
      unfollow?.();
      this.#giveBack(thread);
    }
    const promised = hashes?.[ownAlgorithm];
    if (digest !== undefined && (promised === undefined || promised === digest)) return digest;
    discard(staged.place, staged.descriptor);
    return undefined;
  }

  #take(): LargeCopyingThread {
    clearTimeout(this.#timer);
    return this.#idle.pop() ?? new LargeCopyingThread();
  }

  #giveBack(thread: LargeCopyingThread): void {
    this.#idle.push(thread);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.close(), patience).unref();
  }
}

/** What is proven by no digest but the one that the thread computes. */
function isPlain({ hashes = {} }: CopyFromOptions): boolean {
  return Object.keys(hashes).every((name) => name === ownAlgorithm);
}
