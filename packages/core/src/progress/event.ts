import type { ErrorCode, Side } from '../errors.ts';

/** What an event says of an operation, in short. */
export interface OperationSummary {
  readonly id: number;
  readonly kind: 'make-directory' | 'create' | 'update' | 'move' | 'delete' | 'set-metadata';
  /** The side that is changed. */
  readonly side: Side;
  readonly path: string;
  /** Of moves. */
  readonly from?: string | undefined;
  /** Bytes to transfer; 0 for what transfers nothing. */
  readonly bytes: number;
  readonly reason: string;
}

/** One step of a run, in the order in which it happens. */
export type ProgressEvent =
  | { readonly type: 'run-start'; readonly source: string; readonly destination: string; readonly mode: string }
  | {
      readonly type: 'scan';
      readonly side: Side;
      readonly files: number;
      readonly directories: number;
      /** Where the scan is; `''` at its end. */
      readonly path: string;
    }
  | { readonly type: 'compare'; readonly done: number; readonly total: number }
  | {
      readonly type: 'plan';
      readonly operations: number;
      readonly bytes: number;
      /** Files and links that will be deleted on each side. */
      readonly deletions: { readonly source: number; readonly destination: number };
    }
  | { readonly type: 'operation-start'; readonly operation: OperationSummary }
  | { readonly type: 'operation-progress'; readonly operation: OperationSummary; readonly transferred: number }
  | { readonly type: 'operation-done'; readonly operation: OperationSummary }
  | {
      readonly type: 'operation-failed';
      readonly operation: OperationSummary;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | {
      readonly type: 'conflict';
      readonly path: string;
      readonly reason: string;
      readonly resolution: string;
      readonly copy: string | undefined;
    }
  | {
      readonly type: 'problem';
      readonly path: string;
      readonly side: Side;
      readonly code: ErrorCode;
      readonly message: string;
    }
  | { readonly type: 'notice'; readonly path: string; readonly message: string }
  | { readonly type: 'summary'; readonly status: string; readonly snapshot: ProgressSnapshot };

/** Work towards one side. */
export interface DirectionProgress {
  /** Operations that change this side. */
  readonly operations: { readonly done: number; readonly failed: number; readonly total: number };
  /** Files and links that come to this side. */
  readonly files: { readonly done: number; readonly total: number };
  /** Bytes that come to this side. */
  readonly bytes: { readonly done: number; readonly total: number };
}

/** Where a run stands. */
export interface ProgressSnapshot {
  readonly phase: 'scanning' | 'comparing' | 'transferring' | 'finished';
  /** What each scan has seen. */
  readonly scanned: {
    readonly source: { readonly files: number; readonly directories: number };
    readonly destination: { readonly files: number; readonly directories: number };
  };
  /** Work that changes each side. */
  readonly to: { readonly source: DirectionProgress; readonly destination: DirectionProgress };
  /** Transfers that are under way. */
  readonly active: ReadonlyArray<{ readonly operation: OperationSummary; readonly transferred: number }>;
  /** Bytes a second over the last seconds. */
  readonly bytesPerSecond: number;
  /** Milliseconds to the end at that speed; `undefined` while it cannot be told. */
  readonly remainingMs: number | undefined;
  /** Milliseconds since the run began. */
  readonly elapsedMs: number;
  readonly conflicts: number;
  readonly problems: number;
}

/** Called for each event; an error that it throws ends the run. The snapshot is made when it is asked for. */
export type ProgressListener = (event: ProgressEvent, snapshot: () => ProgressSnapshot) => void;
