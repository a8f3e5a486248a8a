import {
  type BaseRecord,
  type Change,
  type ExaminedRow,
  entryOf,
  type FileComparator,
  type Verdict,
} from '../compare/index.ts';
import { forEachConcurrently } from '../control/index.ts';
import { asSyncEngineError, isAbortError, type Side, SyncEngineError } from '../errors.ts';
import { hashStream } from '../hashing/index.ts';
import type { JoinedRow, Observation } from '../join/index.ts';
import type { FileEntry, HashAlgorithm, Hashes, StorageClient, SyncedEntry } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import { giveTurn, inOneGo } from '../turns.ts';

export interface ExaminerOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly comparator: FileComparator;
  readonly signal?: AbortSignal | undefined;
  /** Files hashed at the same time. */
  readonly concurrency: number;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Completes joined rows with what only content can tell: whether a side really changed, and whether two contents are
 * the same. Content is hashed only where the comparison cannot tell without.
 */
export async function examine(rows: readonly JoinedRow[], options: ExaminerOptions): Promise<ExaminedRow[]> {
  const examined: ExaminedRow[] = new Array(rows.length);
  let done = 0;
  await forEachConcurrently(rows.entries(), options.concurrency, async ([index, row]) => {
    options.signal?.throwIfAborted();
    const examination = new Examination(row, options);
    // Most rows need no content: they cost no promise.
    examined[index] = examination.withoutContent() ?? (await examination.withContent());
    done += 1;
    if (done % 256 === 0 || done === rows.length) options.onProgress?.(done, rows.length);
    if (done % inOneGo === 0) await giveTurn(options.signal);
  });
  return examined;
}

class Examination {
  readonly #row: JoinedRow;
  readonly #options: ExaminerOptions;
  readonly #hashes: Record<Side, Hashes>;
  /** What a closer look told of a side's file, more than its listing. */
  readonly #closer: Partial<Record<Side, FileEntry>> = {};
  readonly #failures: Partial<Record<Side, SyncEngineError>> = {};

  constructor(row: JoinedRow, options: ExaminerOptions) {
    this.#row = row;
    this.#options = options;
    this.#hashes = { source: listedHashes(row.source), destination: listedHashes(row.destination) };
  }

  /** The row, where everything can be told at once; `undefined` where content must be looked at. */
  withoutContent(): ExaminedRow | undefined {
    const source = this.#change('source');
    const destination = this.#change('destination');
    if (source === undefined || destination === undefined) return undefined;
    const same = this.#same(source, destination);
    return same === undefined ? undefined : this.#examined(source, destination, same);
  }

  async withContent(): Promise<ExaminedRow> {
    // Each round hashes what the one before asked for; there are at most a few algorithms and two sides.
    for (;;) {
      const ready = this.withoutContent();
      if (ready !== undefined) return ready;
      await Promise.all([this.#findWhatIsNeeded('source'), this.#findWhatIsNeeded('destination')]);
    }
  }

  /** `undefined` where a hash is needed first. */
  #change(side: Side): Change | undefined {
    const observation = this.#row[side];
    const { base } = this.#row;
    switch (observation.state) {
      case 'absent':
        return { kind: base === undefined ? 'absent' : 'deleted' };
      case 'excluded':
        return { kind: 'excluded' };
      case 'held':
        return { kind: 'held' };
      case 'unknown':
        return { kind: 'unknown', code: observation.code, message: observation.message };
      case 'present': {
        const failure = this.#failures[side];
        if (failure !== undefined) return { kind: 'unknown', code: failure.code, message: failure.message };
        const entry = this.#closer[side] ?? observation.entry;
        if (base === undefined) return { kind: 'created', entry };
        if (base.kind !== entry.kind) return { kind: 'type-changed', entry };
        return this.#againstBase(side, entry, base);
      }
    }
  }

  #againstBase(side: Side, entry: SyncedEntry, base: BaseRecord): Change | undefined {
    const verdict = this.#options.comparator.againstBase(side, this.#withHashes(side, entry), base);
    switch (verdict.result) {
      case 'equal':
        return { kind: 'unchanged', entry };
      case 'different':
        return { kind: 'modified', entry };
      case 'undecidable':
        return { kind: 'unknown', code: 'hash-unavailable', message: verdict.message };
      case 'needs-hash':
        return undefined;
    }
  }

  /** `undefined` where a hash is needed first. */
  #same(source: Change, destination: Change): boolean | undefined {
    const left = entryOf(source);
    const right = entryOf(destination);
    if (left === undefined || right === undefined) return false;
    if (source.kind === 'unchanged' && destination.kind === 'unchanged') return true;
    // One side is as the base has it, the other is not.
    if (source.kind === 'unchanged' || destination.kind === 'unchanged') return false;
    const verdict = this.#contents(left, right);
    if (verdict.result === 'equal') return true;
    if (verdict.result === 'needs-hash') return undefined;
    if (this.#hidesTime('source', left) || this.#hidesTime('destination', right)) return undefined;
    if (verdict.result === 'undecidable') {
      this.#failures.source = new SyncEngineError('hash-unavailable', verdict.message, { path: left.path });
      return undefined;
    }
    return false;
  }

  /** A listing told less than the side knows: a time that could decide, perhaps a hash as well. */
  #hidesTime(side: Side, entry: SyncedEntry): entry is FileEntry {
    const isTold = this.#options[side].capabilities.modifiedAt.listed ?? true;
    return !isTold && entry.kind === 'file' && entry.modifiedAt === undefined && this.#closer[side] === undefined;
  }

  #contents(source: SyncedEntry, destination: SyncedEntry): Verdict {
    return this.#options.comparator.contents(
      this.#withHashes('source', source),
      this.#withHashes('destination', destination),
    );
  }

  /** A digest where one can tell, else all that the side knows of the file. */
  async #findWhatIsNeeded(side: Side): Promise<void> {
    const observation = this.#row[side];
    if (observation.state !== 'present' || observation.entry.kind !== 'file') return;
    const entry = this.#closer[side] ?? observation.entry;
    const algorithm = this.#neededAlgorithm(side, entry);
    if (algorithm === undefined) {
      if (this.#decidesByContents() && this.#hidesTime(side, entry)) await this.#lookCloser(side, entry);
      return;
    }
    if (this.#hashes[side][algorithm] !== undefined) return;
    const client = this.#options[side];
    try {
      const digest = await this.#digest(client, entry, algorithm);
      this.#hashes[side] = { ...this.#hashes[side], [algorithm]: digest };
    } catch (error) {
      if (isAbortError(error)) throw error;
      this.#failures[side] = asSyncEngineError(error, entry.path);
    }
  }

  async #lookCloser(side: Side, entry: FileEntry): Promise<void> {
    try {
      const found = await this.#options[side].stat(entry.path, { signal: this.#options.signal });
      if (found?.kind !== 'file' || found.version !== entry.version) throw failure('source-changed', entry.path);
      this.#closer[side] = found;
      // Its own word counts more than what was taken from a listing.
      this.#hashes[side] = found.hashes ?? {};
    } catch (error) {
      if (isAbortError(error)) throw error;
      this.#failures[side] = asSyncEngineError(error, entry.path);
    }
  }

  /** By the side itself where it can, else from the content, read over. */
  async #digest(client: StorageClient, entry: FileEntry, algorithm: HashAlgorithm): Promise<string> {
    const options = { expected: entry.version, signal: this.#options.signal };
    if (!client.capabilities.hashes.onRequest.includes(algorithm)) {
      return await hashStream(algorithm, client.read(entry.path, options));
    }
    if (client.hash === undefined) throw cannotHash(client, entry);
    return await client.hash(entry.path, algorithm, options);
  }

  #neededAlgorithm(side: Side, entry: FileEntry): HashAlgorithm | undefined {
    const { base, source, destination } = this.#row;
    if (base !== undefined && base.kind === 'file') {
      const verdict = this.#options.comparator.againstBase(side, this.#withHashes(side, entry), base);
      if (verdict.result === 'needs-hash') return verdict.algorithm;
    }
    if (source.state !== 'present' || destination.state !== 'present') return undefined;
    if (!this.#decidesByContents()) return undefined;
    const verdict = this.#contents(this.#closer.source ?? source.entry, this.#closer.destination ?? destination.entry);
    return verdict.result === 'needs-hash' ? verdict.algorithm : undefined;
  }

  /** The contents are compared only when both changes are known, and the other side did not turn out unchanged. */
  #decidesByContents(): boolean {
    const [source, destination] = [this.#change('source'), this.#change('destination')];
    return source !== undefined && destination !== undefined;
  }

  #withHashes(side: Side, entry: SyncedEntry): SyncedEntry {
    return entry.kind === 'file' ? { ...entry, hashes: this.#hashes[side] } : entry;
  }

  #examined(source: Change, destination: Change, same: boolean): ExaminedRow {
    const { key, base, paths, passage, accompanied, moved } = this.#row;
    const left = entryOf(source);
    const right = entryOf(destination);
    const both = left !== undefined && right !== undefined;
    const { comparator } = this.#options;
    return {
      key,
      base,
      source,
      destination,
      paths,
      same,
      newer: both ? comparator.newer(left, right) : undefined,
      closeInTime: both && comparator.sameTime(left, right),
      hashes: { source: this.#hashes.source, destination: this.#hashes.destination },
      passage,
      accompanied,
      moved,
    };
  }
}

function listedHashes(observation: Observation): Hashes {
  return observation.state === 'present' && observation.entry.kind === 'file' ? (observation.entry.hashes ?? {}) : {};
}

function cannotHash(client: StorageClient, entry: FileEntry): SyncEngineError {
  return new SyncEngineError(
    'hash-unavailable',
    `${client.id} declares hashes on request but cannot compute one for ${JSON.stringify(entry.path)}.`,
    { path: entry.path },
  );
}
