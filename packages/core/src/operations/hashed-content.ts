import { isSyncEngineError, type Side, SyncEngineError } from '../errors.ts';
import { createHasher, digestOf, type Hasher, ownAlgorithm } from '../hashing/index.ts';
import type { ContentOrigin } from '../plan/index.ts';
import type { Beginnings } from '../state/index.ts';
import {
  type Content,
  collectBytes,
  exactly,
  type FileEntry,
  type HashAlgorithm,
  type Hashes,
  type OpenOptions,
  type ReadAllOptions,
  type Received,
  type StorageClient,
} from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import { requireSame } from './mismatch.ts';

export interface HashedContentOptions {
  readonly from: StorageClient;
  readonly to: StorageClient;
  readonly origin: ContentOrigin;
  readonly entry: FileEntry;
  /** Called with the bytes that have passed since the content was (last) opened. */
  readonly onProgress: (transferred: number) => void;
  /** Digests of beginnings of the content, from earlier tries. */
  readonly beginnings?: Beginnings | undefined;
  /** Called with the digests of all beginnings so far, each time that there is one more. */
  readonly onBeginning?: ((beginnings: Beginnings) => Promise<void>) | undefined;
}

/** Up to so many bytes are read in one piece, from senders who offer that. */
const readInOnePiece = 256 * 1024;

/** Content that hashes itself while it is read; each opening starts over, or goes on behind what the receiver holds. */
export class HashedContent implements Content {
  readonly size: number;
  readonly #options: HashedContentOptions;
  readonly #algorithms: readonly HashAlgorithm[];
  readonly #every: number;
  #proven: readonly string[];
  #digests: Hashes = {};
  #received = 0;
  #isOpened = false;
  #held: Uint8Array | undefined;

  constructor(options: HashedContentOptions) {
    this.#options = options;
    this.size = options.entry.size;
    this.#every = options.beginnings?.every ?? Number.POSITIVE_INFINITY;
    this.#proven = options.beginnings?.digests ?? [];
    // What the receiver tells of its files can be checked, what the sender told as well.
    const told = Object.keys(options.origin.hashes) as HashAlgorithm[]; // Hashes has no other keys
    const { listed, often = [] } = options.to.capabilities.hashes;
    const algorithms = [ownAlgorithm, ...listed, ...often, ...told];
    this.#algorithms = [...new Set([...algorithms, ...givenBy(options.from), ...givenBy(options.to)])];
  }

  /** Of the whole content, once it was read to its end. */
  get digests(): Hashes {
    return this.#digests;
  }

  /** Bytes that the receiver held already when the content was last opened. */
  get received(): number {
    return this.#received;
  }

  /**
   * Reads it into memory as a whole, for small content whose time is not known before: from then on opening it asks the
   * sender nothing.
   *
   * @returns the time that came with it, where the sender told it; milliseconds since the epoch
   */
  async hold(signal: AbortSignal | undefined): Promise<number | undefined> {
    const { from, origin, entry } = this.#options;
    let modifiedAt: number | undefined;
    const onModifiedAt = (told: number): void => {
      modifiedAt = told;
    };
    const options = { expected: entry.version, signal, onModifiedAt };
    this.#held =
      (await this.#readAll(options)) ?? (await collectBytes(readOn(origin.side, from.read(origin.path, options))));
    return modifiedAt;
  }

  async bytes({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    const { origin, entry, onProgress } = this.#options;
    if (this.#isOpened) onProgress(0);
    this.#isOpened = true;
    this.#received = 0;
    const bytes = this.#held?.slice() ?? (await this.#readAll({ expected: entry.version, signal }));
    if (bytes === undefined) {
      const opened: Content = { size: this.size, open: (options) => this.open(options) };
      return await collectBytes(exactly(opened, origin.path, signal));
    }
    this.#digests = Object.fromEntries(this.#algorithms.map((name) => [name, digestOf(name, bytes)]));
    // What has another length is refused by whoever receives it.
    if (bytes.byteLength !== this.size) return bytes;
    requireSame(origin.path, origin.hashes, this.#digests, 'source-changed', origin.side);
    onProgress(bytes.byteLength);
    return bytes;
  }

  /** Where the sender knows it, or finds it without sending. */
  async hash(
    algorithm: HashAlgorithm,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string | undefined> {
    const { from, origin, entry } = this.#options;
    const told = origin.hashes[algorithm];
    if (told !== undefined || from.hash === undefined) return told;
    if (!from.capabilities.hashes.onRequest.includes(algorithm)) return undefined;
    return await from.hash(origin.path, algorithm, { expected: entry.version, signal });
  }

  async *open({ signal, received }: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    const { origin, onProgress } = this.#options;
    const hashers = new Map<HashAlgorithm, Hasher>(this.#algorithms.map((name) => [name, createHasher(name)]));
    this.#isOpened = true;
    this.#received = received?.size ?? 0;
    let transferred = this.#received;
    onProgress(transferred);
    if (received !== undefined) await this.#take(received, hashers, signal);
    for await (const chunk of this.#rest(signal)) {
      await this.#hash(chunk, transferred, hashers);
      transferred += chunk.byteLength;
      onProgress(transferred);
      yield chunk;
    }
    this.#digests = Object.fromEntries([...hashers].map(([name, hasher]) => [name, hasher.digest()]));
    // Thrown before the stream ends, so that the receiver never commits.
    requireSame(origin.path, origin.hashes, this.#digests, 'source-changed', origin.side);
  }

  /** What the receiver does not hold yet. */
  async *#rest(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const { from } = this.#options;
    const start = this.#received;
    if (start === 0) yield* this.#read(signal);
    else if (start < this.size && from.capabilities.rangedReads) yield* this.#read(signal, { start, end: this.size });
    else if (start < this.size) yield* behind(start, this.#read(signal));
    else await this.#requireUnchanged(signal);
  }

  /** `undefined` where the sender only tells streams, and for content that is not so small. */
  async #readAll(options: ReadAllOptions): Promise<Uint8Array | undefined> {
    const { from, origin } = this.#options;
    if (from.readAll === undefined || this.size > readInOnePiece) return undefined;
    try {
      return await from.readAll(origin.path, options);
    } catch (error) {
      throw isSyncEngineError(error) ? error.onSide(origin.side) : error;
    }
  }

  #read(signal: AbortSignal | undefined, range?: { start: number; end: number }): AsyncIterable<Uint8Array> {
    const { from, origin, entry } = this.#options;
    if (this.#held !== undefined) return once(this.#held.slice(range?.start, range?.end));
    return readOn(origin.side, from.read(origin.path, { expected: entry.version, range, signal }));
  }

  async #requireUnchanged(signal: AbortSignal | undefined): Promise<void> {
    const { from, origin, entry } = this.#options;
    const standing = await from.stat(origin.path, { signal });
    if (standing?.kind !== 'file' || standing.version !== entry.version) {
      throw failure('source-changed', origin.path).onSide(origin.side);
    }
  }

  /** Updates the hashers, and keeps the digest of each beginning that is reached. */
  async #hash(chunk: Uint8Array, position: number, hashers: ReadonlyMap<HashAlgorithm, Hasher>): Promise<void> {
    for (let start = 0; start < chunk.byteLength; ) {
      const next = (Math.floor((position + start) / this.#every) + 1) * this.#every;
      const part = chunk.subarray(start, Math.min(chunk.byteLength, next - position));
      for (const hasher of hashers.values()) hasher.update(part);
      start += part.byteLength;
      if (position + start === next) await this.#keepBeginning(next, hashers);
    }
  }

  async #keepBeginning(bytes: number, hashers: ReadonlyMap<HashAlgorithm, Hasher>): Promise<void> {
    const count = bytes / this.#every;
    const digest = hashers.get(ownAlgorithm)?.copy().digest();
    if (digest === undefined || this.#proven[count - 1] === digest || bytes >= this.size) return;
    this.#proven = [...this.#proven.slice(0, count - 1), digest];
    await this.#options.onBeginning?.({ every: this.#every, digests: this.#proven });
  }

  /**
   * Hashes the beginning that the receiver holds. Each part of it is the content's own: by the digests that earlier tries
   * left, and where these end, by the bytes themselves.
   */
  async #take(
    received: Received,
    hashers: ReadonlyMap<HashAlgorithm, Hasher>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (received.size > this.size) throw wrongBeginning(this.#options.origin.path);
    const known = Math.min(this.#proven.length, Math.floor(received.size / this.#every));
    let position = 0;
    let unproven: Hasher | undefined = known === 0 ? createHasher(ownAlgorithm) : undefined;
    for await (const chunk of received.open()) {
      signal?.throwIfAborted();
      for (let start = 0; start < chunk.byteLength; ) {
        const next = (Math.floor(position / this.#every) + 1) * this.#every;
        const part = chunk.subarray(start, Math.min(chunk.byteLength, start + next - position));
        for (const hasher of hashers.values()) hasher.update(part);
        unproven?.update(part);
        start += part.byteLength;
        position += part.byteLength;
        const count = position === next ? next / this.#every : 0;
        if (count > 0 && count <= known) this.#requireBeginning(count, hashers);
        if (count > 0 && count === known) unproven = createHasher(ownAlgorithm);
      }
    }
    if (position !== received.size) throw wrongBeginning(this.#options.origin.path);
    if (unproven === undefined) return;
    const start = known === 0 ? 0 : known * this.#every;
    await this.#requireSameBytes(start, received.size, unproven.digest(), signal);
  }

  #requireBeginning(count: number, hashers: ReadonlyMap<HashAlgorithm, Hasher>): void {
    const digest = hashers.get(ownAlgorithm)?.copy().digest();
    if (digest !== this.#proven[count - 1]) throw wrongBeginning(this.#options.origin.path);
  }

  /** Reads a part of the content again, to see that the receiver holds the same. */
  async #requireSameBytes(start: number, end: number, digest: string, signal: AbortSignal | undefined): Promise<void> {
    if (start === end) return;
    const isRanged = this.#options.from.capabilities.rangedReads;
    const chunks = isRanged ? this.#read(signal, { start, end }) : behind(start, this.#read(signal), end);
    const hasher = createHasher(ownAlgorithm);
    for await (const chunk of chunks) hasher.update(chunk);
    if (hasher.digest() !== digest) throw wrongBeginning(this.#options.origin.path);
  }
}

/** True for the failure of content whose receiver holds something else than its beginning. */
export function isWrongBeginning(error: unknown): boolean {
  return isSyncEngineError(error, 'content-mismatch') && error.details['beginning'] === 'wrong';
}

function wrongBeginning(path: string): SyncEngineError {
  return new SyncEngineError(
    'content-mismatch',
    `What an earlier, unfinished write of ${JSON.stringify(path)} left is no beginning of it; it is of no use.`,
    { path, details: { beginning: 'wrong' } },
  );
}

/** The bytes of a stream from `start` on, and up to but without `end`. */
async function* behind(
  start: number,
  chunks: AsyncIterable<Uint8Array>,
  end = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(Math.max(0, start - position), Math.max(0, end - position));
    position += chunk.byteLength;
    if (part.byteLength > 0) yield part;
    if (position >= end) return;
  }
}

async function* once(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  if (chunk.byteLength > 0) yield chunk;
}

/** Content whose failures tell that it was the reading that failed: the operation itself is about the other side. */
async function* readOn(side: Side, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw isSyncEngineError(error) ? error.onSide(side) : error;
  }
}

/** The hash that a side can give later, where it has not ours: then a version that is not trusted can be checked. */
function givenBy({ capabilities: { hashes } }: StorageClient): readonly HashAlgorithm[] {
  return hashes.onRequest.includes(ownAlgorithm) ? [] : hashes.onRequest.slice(0, 1);
}
