import { type BaseChange, type BaseRecord, type RecordPage, recordsOf } from '../compare/index.ts';
import type { Clock } from '../control/index.ts';
import type { Side } from '../errors.ts';
import type { CaseFolding } from '../paths/index.ts';
import type { TreeAtCursor } from '../storage/index.ts';
import { sampleAll } from './boundaries.ts';
import { makeHeader } from './header.ts';
import { encodeCommit, encodeJournalHeader, encodeRunEnd } from './journal.ts';
import { type LoadedPair, storedFolding } from './load.ts';
import { mergeOverlay, Overlay, recordsAlone, recordsPerPage } from './overlay.ts';
import { journalName, type PairFiles } from './pair-files.ts';
import type { PairState } from './pair-state.ts';
import { refold } from './refold.ts';
import { encodeSnapshot, readSnapshot, readSnapshotHeader, type SnapshotHeader } from './snapshot.ts';
import { stateChanging } from './state-errors.ts';
import type { StateLock } from './store.ts';
import { type RememberedTree, readTree, writeTree } from './tree-memory.ts';
import { type UnfinishedWrite, writeUnfinished } from './unfinished-writes.ts';

export interface StoredPairOptions {
  readonly files: PairFiles;
  readonly clock: Clock;
  /** In bytes of the journal. */
  readonly compactAfter: number;
  /** Present when opened for writing. */
  readonly lock?: StateLock | undefined;
}

export class StoredPairState implements PairState {
  readonly key: string;
  readonly #files: PairFiles;
  readonly #clock: Clock;
  readonly #compactAfter: number;
  readonly #lock: StateLock | undefined;
  readonly #overlay = new Overlay();
  #unfinished: readonly UnfinishedWrite[];
  #snapshot: SnapshotHeader | undefined;
  #generation: number;
  /** Of what is stored; `undefined` as long as nothing is. */
  #storedFolding: CaseFolding | undefined;
  /** Of the run that is going. */
  #folding: CaseFolding | undefined;
  /** Bytes of the journal that count; 0 when it has no header yet. */
  #journalLength: number;
  /** Something may stand behind them: an append failed. */
  #isJournalTorn = false;
  /** A replacement failed: it may have failed after the new snapshot was in place. */
  #isSnapshotUncertain = false;
  #isRunClosed: boolean;
  #completed: boolean;
  #turn: Promise<void> = Promise.resolve();
  #disposed: Promise<void> | undefined;

  constructor(options: StoredPairOptions, loaded: LoadedPair) {
    const { snapshot, journal } = loaded;
    this.key = options.files.key;
    this.#files = options.files;
    this.#clock = options.clock;
    this.#compactAfter = options.compactAfter;
    this.#lock = options.lock;
    this.#snapshot = snapshot;
    this.#generation = journal?.generation ?? snapshot?.generation ?? 0;
    this.#storedFolding = storedFolding(loaded);
    this.#journalLength = journal?.length ?? 0;
    this.#isRunClosed = journal?.isClosed ?? true;
    this.#completed = snapshot !== undefined || journal?.hasEnd === true;
    this.#overlay.apply(journal?.changes ?? []);
    this.#unfinished = loaded.unfinished;
  }

  get exists(): boolean {
    return this.#generation > 0;
  }

  get completed(): boolean {
    return this.#completed;
  }

  get generation(): number {
    return this.#generation;
  }

  get unfinished(): readonly UnfinishedWrite[] {
    return this.#unfinished;
  }

  /** The folding under which `records` needs no sorting. */
  get storedFolding(): CaseFolding {
    return this.#storedFolding ?? 'exact';
  }

  records(options: {
    readonly folding: CaseFolding;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<readonly BaseRecord[]> {
    return unpacked(this.pages(options));
  }

  pages(options: {
    readonly folding: CaseFolding;
    readonly signal?: AbortSignal | undefined;
  }): AsyncIterable<RecordPage> {
    this.#requireOpen();
    this.#folding = options.folding;
    return this.#pages(options.folding, options.signal);
  }

  async boundaries(
    side: Side,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly string[]> {
    this.#requireOpen();
    return sampleAll(this.#pages(this.storedFolding, options.signal), side);
  }

  async commit(changes: readonly BaseChange[]): Promise<void> {
    const lock = this.#requireWritable();
    await this.#inTurn(lock, () => this.#commit(changes));
  }

  async finish(options: { readonly folding: CaseFolding; readonly signal?: AbortSignal | undefined }): Promise<void> {
    const lock = this.#requireWritable();
    options.signal?.throwIfAborted();
    await this.#inTurn(lock, () => this.#finish(options.folding, options.signal));
  }

  async rememberWrite(write: UnfinishedWrite): Promise<void> {
    const lock = this.#requireWritable();
    await this.#inTurn(lock, () => this.#replaceUnfinished([...this.#unfinishedBut([write]), write]));
  }

  async forgetWrites(writes: readonly Pick<UnfinishedWrite, 'side' | 'path'>[]): Promise<void> {
    const lock = this.#requireWritable();
    await this.#inTurn(lock, async () => {
      const rest = this.#unfinishedBut(writes);
      if (rest.length < this.#unfinished.length) await this.#replaceUnfinished(rest);
    });
  }

  async tree(side: Side, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<RememberedTree> {
    this.#requireOpen();
    return await readTree(this.#files, side, options.signal);
  }

  async rememberTree(side: Side, tree: TreeAtCursor | 'in-doubt'): Promise<void> {
    const lock = this.#requireWritable();
    await this.#inTurn(lock, () => writeTree(this.#files, side, tree));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #commit(changes: readonly BaseChange[]): Promise<void> {
    if (changes.length === 0) return;
    const committedAt = this.#clock.now();
    const parts: Array<{ readonly changes: readonly BaseChange[]; readonly line: Uint8Array }> = [];
    const folding = this.#folding ?? this.storedFolding;
    if (this.exists && folding !== this.storedFolding) await this.#rewrite(folding, undefined);
    for (let start = 0; start < changes.length; start += recordsPerPage) {
      const part = changes.slice(start, start + recordsPerPage);
      parts.push({ changes: part, line: await encodeCommit(this.#generation + parts.length + 1, committedAt, part) });
    }
    this.#storedFolding = folding;
    if (this.#journalLength === 0) await this.#append(this.#journalHeader(folding, committedAt));
    for (const part of parts) {
      // One line at a time: what a power cut can tear is then always the last line.
      await this.#append(part.line);
      this.#overlay.apply(part.changes);
      this.#generation += 1;
      this.#isRunClosed = false;
    }
  }

  async #finish(folding: CaseFolding, signal: AbortSignal | undefined): Promise<void> {
    const limit = Math.max(this.#compactAfter, (this.#snapshot?.byteLength ?? 0) / 2);
    if (!this.exists || folding !== this.storedFolding || this.#journalLength > limit) {
      await this.#rewrite(folding, signal);
    } else if (!this.#isRunClosed) {
      await this.#append(encodeRunEnd(this.#generation));
      this.#isRunClosed = true;
    }
    this.#completed = true;
  }

  #unfinishedBut(others: readonly Pick<UnfinishedWrite, 'side' | 'path'>[]): readonly UnfinishedWrite[] {
    return this.#unfinished.filter(({ side, path }) => !others.some((it) => it.side === side && it.path === path));
  }

  async #replaceUnfinished(writes: readonly UnfinishedWrite[]): Promise<void> {
    await writeUnfinished(this.#files, writes);
    this.#unfinished = writes;
  }

  async #append(line: Uint8Array): Promise<void> {
    const name = this.#journalName();
    const { store } = this.#files;
    if (this.#isJournalTorn) {
      await (this.#journalLength === 0 ? store.remove(name) : store.truncate(name, this.#journalLength));
    }
    this.#isJournalTorn = true;
    await store.append(name, line);
    this.#isJournalTorn = false;
    this.#journalLength += line.byteLength;
  }

  /** Writes a new snapshot that holds the journal too. The order of its steps is what makes it safe to be killed. */
  async #rewrite(folding: CaseFolding, signal: AbortSignal | undefined): Promise<void> {
    const { store } = this.#files;
    // Higher than the old snapshot's in any case; the same as before only where the base stays exactly the same.
    const isSameBase = folding === this.storedFolding && this.#generation > (this.#snapshot?.generation ?? 0);
    const generation = isSameBase ? this.#generation : this.#generation + 1;
    const oldJournal = this.#journalName();
    const header = makeHeader(this.#files.pair, {
      format: 'syncengine-base',
      folding,
      generation,
      writtenAt: this.#clock.now(),
    });
    let byteLength = 0;
    const content = encodeSnapshot(header, this.#pages(folding, signal));
    this.#isSnapshotUncertain = true;
    await store.replace(
      this.#files.snapshot,
      observed(content, (chunk) => {
        byteLength += chunk.byteLength;
      }),
    );
    this.#isSnapshotUncertain = false;
    this.#snapshot = { ...header, byteLength };
    this.#generation = generation;
    this.#storedFolding = folding;
    this.#overlay.clear();
    this.#journalLength = 0;
    this.#isJournalTorn = false;
    this.#isRunClosed = true;
    await store.remove(oldJournal);
  }

  #pages(folding: CaseFolding, signal: AbortSignal | undefined): AsyncIterable<RecordPage> {
    const snapshot = this.#snapshot;
    const view = this.#overlay.view();
    const merged =
      snapshot === undefined ? recordsAlone(view) : mergeOverlay(readSnapshot(this.#files, snapshot, signal), view);
    return folding === this.storedFolding ? merged : refold(merged, folding);
  }

  #journalHeader(folding: CaseFolding, writtenAt: number): Uint8Array {
    const generation = this.#snapshot?.generation ?? 0;
    return encodeJournalHeader(
      makeHeader(this.#files.pair, { format: 'syncengine-journal', folding, generation, writtenAt }),
    );
  }

  #journalName(): string {
    return journalName(this.#files, this.#snapshot?.generation ?? 0);
  }

  /** One after the other, in the order of the calls; a failed one does not keep the next from trying. */
  #inTurn(lock: StateLock, work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(async () => {
      await lock.verify();
      await this.#requireSnapshot();
      await work();
    });
    // Its outcome belongs to whoever made the call.
    this.#turn = result.then(ignoreOutcome, ignoreOutcome);
    return result;
  }

  /** What is committed to the journal of a snapshot that was replaced would be lost. */
  async #requireSnapshot(): Promise<void> {
    if (!this.#isSnapshotUncertain) return;
    const found = await readSnapshotHeader(this.#files, undefined);
    if (found?.generation !== this.#snapshot?.generation) throw stateChanging(this.#files);
    this.#isSnapshotUncertain = false;
  }

  #requireOpen(): void {
    if (this.#disposed !== undefined) throw new TypeError('The state of this pair was disposed of.');
  }

  #requireWritable(): StateLock {
    this.#requireOpen();
    if (this.#lock === undefined) throw new TypeError('The state of this pair was opened for reading only.');
    return this.#lock;
  }

  async #dispose(): Promise<void> {
    await this.#turn;
    try {
      if (this.#lock !== undefined) await this.#files.store.close(this.#journalName());
    } finally {
      await this.#lock?.[Symbol.asyncDispose]();
    }
  }
}

async function* unpacked(pages: AsyncIterable<RecordPage>): AsyncGenerator<readonly BaseRecord[], void, undefined> {
  for await (const page of pages) yield recordsOf(page);
}

async function* observed(
  content: AsyncIterable<Uint8Array>,
  observe: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of content) {
    observe(chunk);
    yield chunk;
  }
}

const ignoreOutcome = (): void => undefined;
