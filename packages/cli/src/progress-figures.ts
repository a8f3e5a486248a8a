import type { ProgressSnapshot } from '@syncengine/core';
import { formatDuration } from './units.ts';

/** How far the work of a run is, over both sides. */
export interface Advance {
  readonly operations: { readonly done: number; readonly total: number };
  readonly files: { readonly done: number; readonly total: number };
  readonly bytes: { readonly done: number; readonly total: number };
  /** 0 to 1. */
  readonly share: number;
}

/** What an operation weighs against a byte: many small files take longer than their bytes tell. */
const bytesPerOperation = 64 * 1024;

export function advanceOf({ to: { source, destination } }: ProgressSnapshot): Advance {
  const sum = (kind: 'files' | 'bytes') => ({
    done: source[kind].done + destination[kind].done,
    total: source[kind].total + destination[kind].total,
  });
  const operations = {
    done:
      source.operations.done + source.operations.failed + destination.operations.done + destination.operations.failed,
    total: source.operations.total + destination.operations.total,
  };
  const bytes = sum('bytes');
  const total = bytes.total + operations.total * bytesPerOperation;
  const done = bytes.done + operations.done * bytesPerOperation;
  return { operations, files: sum('files'), bytes, share: total === 0 ? 1 : Math.min(1, Math.max(0, done / total)) };
}

/** Whole percent; 100 only when all is done. */
export function percentOf({ share }: Advance): number {
  return Math.floor(share * 100);
}

/** `11 s left`; nothing while it cannot be told, or when bytes no longer say how long it takes. */
export function timeLeft({ remainingMs }: ProgressSnapshot): string | undefined {
  return remainingMs === undefined || remainingMs < 1_000 ? undefined : `${formatDuration(remainingMs)} left`;
}

/** Files and folders that each scan has seen. */
export function scannedEntries({ scanned }: ProgressSnapshot): {
  readonly source: number;
  readonly destination: number;
} {
  return {
    source: scanned.source.files + scanned.source.directories,
    destination: scanned.destination.files + scanned.destination.directories,
  };
}
