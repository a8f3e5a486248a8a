import { SyncEngineError } from '../errors.ts';

/**
 * When two contents count as equal. Contents of different size never do.
 *
 * - `hash-then-mtime` (default): equal hashes; where the sides have no hash in common, equal modification times.
 * - `hash-only`: equal hashes; a side that cannot give one is a problem.
 * - `size-only`: equal sizes.
 * - `mtime-only`, `size-and-mtime`: equal modification times within the coarser grain of the two sides.
 */
export type ComparisonMode = 'hash-then-mtime' | 'hash-only' | 'size-only' | 'mtime-only' | 'size-and-mtime';

export const comparisonModes: readonly ComparisonMode[] = [
  'hash-then-mtime',
  'hash-only',
  'size-only',
  'mtime-only',
  'size-and-mtime',
];

/** @throws SyncEngineError `invalid-options` */
export function parseComparisonMode(text: string): ComparisonMode {
  const mode = comparisonModes.find((candidate) => candidate === text.toLowerCase());
  if (mode !== undefined) return mode;
  throw new SyncEngineError(
    'invalid-options',
    `${JSON.stringify(text)} is no comparison; choose one of ${comparisonModes.join(', ')}.`,
  );
}
