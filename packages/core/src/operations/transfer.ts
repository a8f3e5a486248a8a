import { isSyncEngineError, type Side, SyncEngineError } from '../errors.ts';
import { createHasher, type Hasher, ownAlgorithm } from '../hashing/index.ts';
import type { ContentOrigin } from '../plan/index.ts';
import type {
  Content,
  Expectation,
  FileEntry,
  HashAlgorithm,
  Hashes,
  StorageClient,
  WriteOptions,
} from '../storage/index.ts';

export interface TransferRequest {
  readonly from: StorageClient;
  readonly to: StorageClient;
  readonly origin: ContentOrigin;
  readonly entry: FileEntry;
  readonly path: string;
  readonly expected: Expectation;
  readonly keepReplacedAt: string | undefined;
  readonly signal: AbortSignal;
  /** Called with the bytes that have passed since the content was (last) opened. */
  readonly onProgress: (transferred: number) => void;
}

export interface Transferred {
  readonly entry: FileEntry;
  readonly hashes: Hashes;
}

/**
 * Brings one file over: read under the expected version, hashed on the way, committed as a whole, and checked against
 * what the receiving store reports.
 */
export async function transfer(request: TransferRequest): Promise<Transferred> {
  const { to, entry, path, expected, keepReplacedAt, signal } = request;
  const content = new HashedContent(request);
  const { permissions } = entry;
  const modifiedAt = await timeOf(request);
  const options: WriteOptions = { modifiedAt, permissions, expected, keepReplacedAt, signal };
  const written = await to.write(path, content, options);
  const hashes = content.digests();
  await verify(to, written, entry.size, hashes, signal);
  return { entry: written, hashes };
}

/** The time that the content keeps; asked for where the listing did not tell it. */
async function timeOf({ from, to, origin, entry, signal }: TransferRequest): Promise<number | undefined> {
  const isHidden = entry.modifiedAt === undefined && from.capabilities.modifiedAt.listed === false;
  if (!isHidden || to.capabilities.modifiedAt.settable === 'never') return entry.modifiedAt;
  const found = await from.stat(origin.path, { signal });
  return found?.kind === 'file' && found.version === entry.version ? found.modifiedAt : undefined;
}

/** Content that hashes itself while it is read; each opening starts over. */
class HashedContent implements Content {
  readonly size: number;
  readonly #request: TransferRequest;
  readonly #algorithms: readonly HashAlgorithm[];
  #digests: Hashes = {};

  constructor(request: TransferRequest) {
    this.#request = request;
    this.size = request.entry.size;
    // What the receiver tells of its files can be checked, what the sender told as well.
    const told = Object.keys(request.origin.hashes) as HashAlgorithm[]; // Hashes has no other keys
    const { listed, often = [] } = request.to.capabilities.hashes;
    const algorithms = [ownAlgorithm, ...listed, ...often, ...told];
    this.#algorithms = [...new Set([...algorithms, ...givenBy(request.from), ...givenBy(request.to)])];
  }

  digests(): Hashes {
    return this.#digests;
  }

  /** Where the sender knows it, or finds it without sending. */
  async hash(
    algorithm: HashAlgorithm,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string | undefined> {
    const { from, origin, entry } = this.#request;
    const told = origin.hashes[algorithm];
    if (told !== undefined || from.hash === undefined) return told;
    if (!from.capabilities.hashes.onRequest.includes(algorithm)) return undefined;
    return await from.hash(origin.path, algorithm, { expected: entry.version, signal });
  }

  async *open(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<Uint8Array> {
    const { from, origin, entry, onProgress } = this.#request;
    const hashers = new Map<HashAlgorithm, Hasher>(this.#algorithms.map((name) => [name, createHasher(name)]));
    let transferred = 0;
    onProgress(0);
    const chunks = from.read(origin.path, { expected: entry.version, signal: options.signal });
    for await (const chunk of readOn(origin.side, chunks)) {
      for (const hasher of hashers.values()) hasher.update(chunk);
      transferred += chunk.byteLength;
      onProgress(transferred);
      yield chunk;
    }
    this.#digests = Object.fromEntries([...hashers].map(([name, hasher]) => [name, hasher.digest()]));
    // Thrown before the stream ends, so that the receiver never commits.
    requireSame(origin.path, origin.hashes, this.#digests, 'source-changed', origin.side);
  }
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

async function verify(
  client: StorageClient,
  written: FileEntry,
  size: number,
  hashes: Hashes,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (written.size !== size)
      throw mismatch(written.path, `${written.size} bytes instead of ${size}`, 'content-mismatch');
    requireSame(written.path, hashes, written.hashes ?? {}, 'content-mismatch');
  } catch (error) {
    // The store took it and holds something else: that must not stay under the path.
    await client.remove(written.path, { expected: written.version, signal });
    throw error;
  }
}

function requireSame(
  path: string,
  known: Hashes,
  seen: Hashes,
  code: 'source-changed' | 'content-mismatch',
  side?: Side,
): void {
  for (const [name, digest] of Object.entries(known)) {
    const other = seen[name as HashAlgorithm]; // Hashes has no other keys
    if (other !== undefined && other !== digest)
      throw mismatch(path, `the ${name} ${other} instead of ${digest}`, code, side);
  }
}

function mismatch(
  path: string,
  what: string,
  code: 'source-changed' | 'content-mismatch',
  side?: Side,
): SyncEngineError {
  const message = `${JSON.stringify(path)} has ${what} after the transfer; it was not kept. The next run tries again.`;
  return new SyncEngineError(code, message, { path, side, retry: code === 'content-mismatch' ? 'yes' : 'no' });
}
