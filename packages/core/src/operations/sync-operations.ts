import type { BaseChange } from '../compare/index.ts';
import { type Clock, forEachConcurrently, type Gate, type SyncControl } from '../control/index.ts';
import { asSyncEngineError, type ErrorCode, isAbortError, type Side, SyncEngineError } from '../errors.ts';
import { isWithin } from '../paths/index.ts';
import {
  bytesOf,
  type CreateOperation,
  type MakeDirectoryOperation,
  type Operation,
  type PlannedRecord,
  type Problem,
} from '../plan/index.ts';
import type { OperationSummary, ProgressTracker } from '../progress/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { giveTurn, inOneGo } from '../turns.ts';
import type { Disposal } from '../versions/index.ts';
import { batches } from './batches.ts';
import { Committer } from './committer.ts';
import { Learning } from './learning.ts';
import { OperationRunner, type Performed } from './operation-runner.ts';
import type { UnfinishedWrites } from './unfinished.ts';

export interface SyncOperationsOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly disposal: { readonly source: Disposal; readonly destination: Disposal };
  readonly transfers: Gate;
  readonly operations: Gate;
  readonly clock: Clock;
  readonly control: SyncControl;
  readonly tracker: ProgressTracker;
  /** When what the plan knows was observed, at the earliest; milliseconds since the epoch. */
  readonly observedFrom: number;
  /** Default: nothing is remembered of unfinished writes. */
  readonly unfinished?: UnfinishedWrites | undefined;
  commit(changes: readonly BaseChange[]): Promise<void>;
}

/** What was done of a plan. */
export interface OperationsReport {
  readonly done: readonly Operation[];
  readonly problems: readonly Problem[];
  readonly transferredBytes: number;
  /** True when the run was cancelled before all was done. */
  readonly cancelled: boolean;
}

/**
 * Carries out operations, phase by phase, as many at once as the gates allow, and advances the base in groups as they
 * finish. An operation that fails becomes a problem; the others go on.
 */
export class SyncOperations {
  readonly #options: SyncOperationsOptions;
  readonly #runner: OperationRunner;
  readonly #committer: Committer;
  readonly #learning: Learning;
  readonly #failed = new Set<number>();
  readonly #failedDirectories: MakeDirectoryOperation[] = [];
  readonly #done = new Set<Operation>();
  readonly #problems: Problem[] = [];
  /** Moves that the base does not know of yet, and the places that they left. */
  readonly #unsettledMoves = new Set<number>();
  readonly #vacated = new Set<string>();
  /** Operations that were tried together with others and are to be performed by themselves: ids. */
  readonly #started = new Set<number>();
  /** Sides to which there turned out to be a shortcut. */
  readonly #copiesTogether = new Set<Side>();
  #transferredBytes = 0;

  constructor(options: SyncOperationsOptions) {
    this.#options = options;
    this.#learning = new Learning(options);
    this.#runner = new OperationRunner({ ...options, isRacy: (side, entry) => this.#learning.isRacy(side, entry) });
    this.#committer = new Committer({
      flush: async () => {
        await Promise.all([options.source.flush?.(), options.destination.flush?.()]);
      },
      commit: (changes) => options.commit(changes),
    });
  }

  /**
   * @param operations in the order of their plan
   * @param records steps of the base: those that become true with an operation, and those that were committed before
   */
  async run(operations: readonly Operation[], records: readonly PlannedRecord[] = []): Promise<OperationsReport> {
    const { tracker } = this.#options;
    this.#learning.expect(records);
    for (let start = 0; start < operations.length; start += inOneGo) {
      tracker.expect(operations.slice(start, start + inOneGo).map(summaryOf));
      await giveTurn();
    }
    if (operations.length === 0) tracker.expect([]);
    let cancelled = false;
    try {
      for (const batch of batches(operations)) await this.#runBatch(batch);
    } catch (error) {
      if (!isAbortError(error) || !this.#options.control.isCancelled) throw error;
      cancelled = true;
    } finally {
      // What was done is remembered even when the run ends here.
      await this.#committer.commit();
    }
    const done = operations.filter((operation) => this.#done.has(operation));
    return { done, problems: this.#problems, transferredBytes: this.#transferredBytes, cancelled };
  }

  async #runBatch(batch: readonly Operation[]): Promise<void> {
    const { transfers, operations } = this.#options;
    const first = batch[0];
    if (first === undefined) return;
    const gate = bytesOf(first) > 0 || first.kind === 'create' || first.kind === 'update' ? transfers : operations;
    await forEachConcurrently(this.#together(batch), gate.limit, async (together) => {
      await this.#options.control.proceed();
      await gate.run(() => this.#performTogether(together), this.#options.control.signal);
    });
  }

  /** Operations that take one place of the gate: one each, but for small files that a side copies together. */
  *#together(batch: readonly Operation[]): Generator<readonly Operation[]> {
    for (let start = 0; start < batch.length; ) {
      const end = Math.max(start + 1, this.#endOfBundle(batch, start));
      yield batch.slice(start, end);
      start = end;
    }
  }

  #endOfBundle(batch: readonly Operation[], start: number): number {
    let bytes = 0;
    let end = start;
    for (let next = batch[end]; next !== undefined && this.#copiesTogether.has(next.side); next = batch[end]) {
      const most = this.#options[next.side].capabilities.shortcuts?.together ?? 1;
      bytes += bytesOf(next);
      if (!isSmallCopy(next) || end - start >= most || bytes > bundleBytes) break;
      end += 1;
    }
    return end;
  }

  async #performTogether(operations: readonly Operation[]): Promise<void> {
    const alone = operations.length > 1 ? await this.#copyTogether(operations) : operations;
    await forEachConcurrently(alone, alone.length, (operation) => this.#perform(operation));
  }

  /** @returns what is to be performed by itself, in order */
  async #copyTogether(operations: readonly Operation[]): Promise<readonly Operation[]> {
    const { tracker } = this.#options;
    const [first] = operations;
    const mayCopy = (operation: Operation): operation is CreateOperation =>
      this.#unsettledMoves.size === 0 && operation.side === first?.side && this.#runner.mayCopyTogether(operation);
    const copied = operations.filter(mayCopy).filter((operation) => this.#isReady(operation));
    if (first === undefined || copied.length === 0) return operations;
    const summaries = copied.map(summaryOf);
    for (const operation of summaries) tracker.emit({ type: 'operation-start', operation });
    for (const { id } of copied) this.#started.add(id);
    const outcomes = await this.#outcomesOf(first.side, copied);
    const changes: BaseChange[] = [];
    const finished = new Set<Operation>();
    let bytes = 0;
    for (const [index, operation] of copied.entries()) {
      const performed = outcomes[index];
      if (performed === undefined) continue;
      finished.add(operation);
      bytes += performed.transferredBytes;
      this.#learn(operation, performed, changes);
    }
    await this.#committer.add(changes, bytes);
    for (const [index, operation] of summaries.entries()) {
      if (outcomes[index] === undefined) continue;
      this.#started.delete(operation.id);
      tracker.emit({ type: 'operation-done', operation });
    }
    return finished.size === operations.length ? [] : operations.filter((operation) => !finished.has(operation));
  }

  async #outcomesOf(side: Side, operations: readonly CreateOperation[]): Promise<ReadonlyArray<Performed | undefined>> {
    try {
      return await this.#runner.copyTogether(side, operations);
    } catch (error) {
      if (isAbortError(error)) throw error;
      // What is wrong shows, and is told, where each is tried by itself.
      return [];
    }
  }

  async #perform(operation: Operation): Promise<void> {
    const { tracker } = this.#options;
    const summary = summaryOf(operation);
    try {
      this.#requireReady(operation);
      await this.#settleMovesBefore(operation);
      if (!this.#started.delete(operation.id)) tracker.emit({ type: 'operation-start', operation: summary });
      const performed = await this.#runner.perform(operation, (transferred) => {
        tracker.emit({ type: 'operation-progress', operation: summary, transferred });
      });
      if (performed.isShortcut === true) this.#copiesTogether.add(operation.side);
      const changes: BaseChange[] = [];
      this.#learn(operation, performed, changes);
      await this.#committer.add(changes, performed.transferredBytes);
      if (operation.kind === 'move') {
        this.#unsettledMoves.add(operation.id);
        this.#vacated.add(placeOf(operation.side, operation.from.key));
      }
      tracker.emit({ type: 'operation-done', operation: summary });
    } catch (error) {
      if (isAbortError(error)) throw error;
      this.#fail(operation, summary, error);
    }
  }

  /** Notes what was done, and adds to `changes` what the base learns from it. */
  #learn(operation: Operation, performed: Performed, changes: BaseChange[]): void {
    this.#transferredBytes += performed.transferredBytes;
    this.#done.add(operation);
    this.#learning.learn(operation, performed, changes);
  }

  /**
   * What was moved and is now edited is recognised by neither name nor id if the power fails before the move is durable.
   * And what comes to the place from which something else moved away looks like an edit of that, where entries have no ids.
   * So the base knows of the move first.
   */
  async #settleMovesBefore({ kind, side, key, after }: Operation): Promise<void> {
    if (this.#unsettledMoves.size === 0) return;
    const isContent = kind === 'create' || kind === 'update';
    const isMoved = isContent && after.some((id) => this.#unsettledMoves.has(id));
    if (!isMoved && !this.#isTakenAgain(side, key)) return;
    this.#unsettledMoves.clear();
    this.#vacated.clear();
    await this.#committer.commit();
  }

  #isTakenAgain(side: Side, key: string): boolean {
    const client = this.#options[side];
    const keepsIdentity = client.move !== undefined && client.capabilities.stableIdentity;
    return !keepsIdentity && this.#vacated.has(placeOf(side, key));
  }

  #fail(operation: Operation, summary: OperationSummary, thrown: unknown): void {
    const error = asSyncEngineError(thrown, operation.path);
    // The base could not be written: going on would do work that nobody remembers.
    if (error.code.startsWith('state-') || runEnders.has(error.code)) throw error;
    this.#failed.add(operation.id);
    if (operation.kind === 'make-directory') this.#failedDirectories.push(operation);
    const side = error.side ?? operation.side;
    const { code, message } = error;
    this.#problems.push({ path: operation.path, side, code, message });
    this.#options.tracker.emit({ type: 'operation-failed', operation: summary, code, message });
    this.#options.tracker.emit({ type: 'problem', path: operation.path, side, code, message });
  }

  #isReady({ side, path, after }: Operation): boolean {
    const isInFailed = this.#failedDirectories.some((made) => made.side === side && isWithin(path, made.path));
    return !isInFailed && !after.some((id) => this.#failed.has(id));
  }

  #requireReady(operation: Operation): void {
    if (this.#isReady(operation)) return;
    throw new SyncEngineError(
      'dependency-failed',
      `${JSON.stringify(operation.path)} was left out because something that it builds on failed; the next run tries again.`,
      { path: operation.path, side: operation.side },
    );
  }
}

function placeOf(side: Side, key: string): string {
  return `${side}:${key}`;
}

/** Files of up to so many bytes are copied together, up to so many in all: few enough that a pause is heeded at once. */
const smallCopy = 64 * 1024;
const bundleBytes = 1024 * 1024;

/** True for a file that may come by a shortcut together with others. */
function isSmallCopy(operation: Operation): boolean {
  const isContent = operation.kind === 'create' || operation.kind === 'update';
  return (
    isContent &&
    operation.from.side !== operation.side &&
    operation.from.entry.kind === 'file' &&
    operation.bytes <= smallCopy
  );
}

/** What no single operation is to blame for. */
const runEnders: ReadonlySet<ErrorCode> = new Set(['lock-lost', 'listener-failed']);

/** What events say of an operation. */
function summaryOf(operation: Operation): OperationSummary {
  const { id, kind, side, path, reason } = operation;
  return {
    id,
    kind,
    side,
    path,
    from: operation.kind === 'move' ? operation.from.path : undefined,
    bytes: bytesOf(operation),
    reason,
  };
}
