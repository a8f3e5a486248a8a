import type { OperationSummary, ProgressSnapshot } from '@syncengine/core';

export function operation(path: string, bytes = 0, fields: Partial<OperationSummary> = {}): OperationSummary {
  return { id: 0, kind: 'create', side: 'destination', path, bytes, reason: 'new on the source', ...fields };
}

const nothing = {
  operations: { done: 0, failed: 0, total: 0 },
  files: { done: 0, total: 0 },
  bytes: { done: 0, total: 0 },
};

/** A moment of a run; by default the one before it begins. */
export function snapshot(fields: Partial<ProgressSnapshot> = {}): ProgressSnapshot {
  return {
    phase: 'scanning',
    scanned: { source: { files: 0, directories: 0 }, destination: { files: 0, directories: 0 } },
    to: { source: nothing, destination: nothing },
    active: [],
    bytesPerSecond: 0,
    remainingMs: undefined,
    elapsedMs: 0,
    conflicts: 0,
    problems: 0,
    ...fields,
  };
}

/** In the middle of a transfer to the destination: 1,204 of 2,880 files. */
export const halfway: ProgressSnapshot = snapshot({
  phase: 'transferring',
  to: {
    source: nothing,
    destination: {
      operations: { done: 1_300, failed: 2, total: 2_980 },
      files: { done: 1_204, total: 2_880 },
      bytes: { done: 310_000_000, total: 732_000_000 },
    },
  },
  active: [
    { operation: operation('small.txt', 1_000), transferred: 500 },
    { operation: operation('photos/2026/large.raw', 40_000_000), transferred: 18_000_000 },
    { operation: operation('middle.jpg', 4_000_000), transferred: 4_000_000 },
    { operation: operation('tiny', 1), transferred: 0 },
  ],
  bytesPerSecond: 38_200_000,
  remainingMs: 11_000,
  elapsedMs: 8_000,
  problems: 3,
});
