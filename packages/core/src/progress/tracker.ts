import { type Side, SyncEngineError } from '../errors.ts';
import type {
  DirectionProgress,
  OperationSummary,
  ProgressEvent,
  ProgressListener,
  ProgressSnapshot,
} from './event.ts';
import { SpeedMeter } from './speed.ts';

interface Direction {
  operations: { done: number; failed: number; total: number };
  files: { done: number; total: number };
  bytes: { done: number; total: number };
}

function emptyDirection(): Direction {
  return {
    operations: { done: 0, failed: 0, total: 0 },
    files: { done: 0, total: 0 },
    bytes: { done: 0, total: 0 },
  };
}

/** Keeps the counters of one run and hands events on. */
export class ProgressTracker {
  readonly #listener: ProgressListener | undefined;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #speed = new SpeedMeter();
  readonly #scanned = {
    source: { files: 0, directories: 0 },
    destination: { files: 0, directories: 0 },
  };
  readonly #to: Record<Side, Direction> = { source: emptyDirection(), destination: emptyDirection() };
  readonly #active = new Map<number, { operation: OperationSummary; transferred: number }>();
  #phase: ProgressSnapshot['phase'] = 'scanning';
  #conflicts = 0;
  #problems = 0;

  /** @param now the time in milliseconds */
  constructor(listener: ProgressListener | undefined, now: () => number) {
    this.#listener = listener;
    this.#now = now;
    this.#startedAt = now();
  }

  /** Announces the work that is about to be done. */
  expect(operations: readonly OperationSummary[]): void {
    this.#phase = 'transferring';
    for (const operation of operations) {
      const direction = this.#to[operation.side];
      direction.operations.total += 1;
      direction.bytes.total += operation.bytes;
      if (isTransfer(operation)) direction.files.total += 1;
    }
  }

  /**
   * Counts an event and hands it on. A listener that throws ends the run: its error is not swallowed.
   *
   * @throws SyncEngineError `listener-failed`
   */
  emit(event: ProgressEvent): void {
    this.#count(event);
    try {
      this.#listener?.(event, () => this.snapshot());
    } catch (error) {
      throw listenerFailed(event.type, error);
    }
  }

  snapshot(): ProgressSnapshot {
    const now = this.#now();
    const bytesPerSecond = this.#speed.rate(now, this.#startedAt);
    return {
      phase: this.#phase,
      scanned: { source: { ...this.#scanned.source }, destination: { ...this.#scanned.destination } },
      to: { source: copyOf(this.#to.source), destination: copyOf(this.#to.destination) },
      active: [...this.#active.values()].map((active) => ({ ...active })),
      bytesPerSecond,
      remainingMs: this.#remaining(bytesPerSecond),
      elapsedMs: now - this.#startedAt,
      conflicts: this.#conflicts,
      problems: this.#problems,
    };
  }

  #remaining(bytesPerSecond: number): number | undefined {
    if (this.#phase === 'finished') return 0;
    if (this.#phase !== 'transferring' || bytesPerSecond === 0) return undefined;
    const { source, destination } = this.#to;
    const left = source.bytes.total - source.bytes.done + destination.bytes.total - destination.bytes.done;
    return Math.round((left / bytesPerSecond) * 1000);
  }

  #count(event: ProgressEvent): void {
    switch (event.type) {
      case 'scan':
        this.#scanned[event.side] = { files: event.files, directories: event.directories };
        return;
      case 'compare':
        this.#phase = 'comparing';
        return;
      case 'operation-start':
        if (isTransfer(event.operation))
          this.#active.set(event.operation.id, { operation: event.operation, transferred: 0 });
        return;
      case 'operation-progress':
        this.#transferred(event.operation, event.transferred);
        return;
      case 'operation-done':
        this.#transferred(event.operation, event.operation.bytes);
        this.#end(event.operation, 'done');
        return;
      case 'operation-failed':
        this.#transferred(event.operation, 0);
        this.#end(event.operation, 'failed');
        return;
      case 'conflict':
        this.#conflicts += 1;
        return;
      case 'problem':
        this.#problems += 1;
        return;
      case 'summary':
        this.#phase = 'finished';
        return;
      case 'run-start':
      case 'plan':
      case 'notice':
        return;
    }
  }

  /** `transferred` counts from the start of the operation; a retry that starts over takes its bytes back. */
  #transferred(operation: OperationSummary, transferred: number): void {
    const active = this.#active.get(operation.id);
    if (active === undefined) return;
    const step = transferred - active.transferred;
    active.transferred = transferred;
    this.#to[operation.side].bytes.done += step;
    if (step > 0) this.#speed.add(step, this.#now());
  }

  #end(operation: OperationSummary, outcome: 'done' | 'failed'): void {
    const direction = this.#to[operation.side];
    direction.operations[outcome] += 1;
    if (outcome === 'done' && isTransfer(operation)) direction.files.done += 1;
    this.#active.delete(operation.id);
  }
}

function listenerFailed(type: string, cause: unknown): SyncEngineError {
  return new SyncEngineError(
    'listener-failed',
    `The progress listener threw an error at the event ${type}; the run was ended.`,
    {
      cause,
    },
  );
}

function isTransfer(operation: OperationSummary): boolean {
  return operation.kind === 'create' || operation.kind === 'update';
}

function copyOf(direction: Direction): DirectionProgress {
  return {
    operations: { ...direction.operations },
    files: { ...direction.files },
    bytes: { ...direction.bytes },
  };
}
