import { type BaseRecord, type ExaminedRow, entryOf } from '../compare/index.ts';
import { type Side, SyncEngineError } from '../errors.ts';
import { byteLength, childOf, conflictMark, nameOf, parentOf } from '../paths/index.ts';
import type { SyncedEntry } from '../storage/index.ts';
import { decide } from './decide.ts';
import type { ConflictReason, Resolution } from './decision.ts';
import type { ReconcilePolicy } from './policy.ts';

/** A path where both sides changed, as it is told to whoever settles it. */
export interface Conflict {
  /** The source's spelling. */
  readonly path: string;
  readonly reason: ConflictReason;
  readonly base: BaseRecord | undefined;
  /** `undefined` where the side deleted it. */
  readonly source: SyncedEntry | undefined;
  readonly destination: SyncedEntry | undefined;
  /** The side with the newer content, where times can tell. */
  readonly newer: Side | undefined;
}

export type ConflictStrategyName = 'keep-both' | 'newest' | 'source' | 'destination' | 'manual';

/**
 * How conflicts are settled.
 *
 * - `keep-both` (default): the losing content goes beside the path under a name of its own, on both sides.
 * - `newest`: the newer content wins; `keep-both` where times cannot tell.
 * - `source`, `destination`: that side wins; the other's content goes to the trash.
 * - `manual`: both sides are left as they are and the conflict is reported, run after run.
 * - a function: asked for each conflict. Where a directory is involved, all but `manual` keep both.
 */
export type ConflictStrategy = ConflictStrategyName | ((conflict: Conflict) => Resolution | Promise<Resolution>);

export const conflictStrategies: readonly ConflictStrategyName[] = [
  'keep-both',
  'newest',
  'source',
  'destination',
  'manual',
];

/** @throws SyncEngineError `invalid-options` */
export function parseConflictStrategy(text: string): ConflictStrategyName {
  const strategy = conflictStrategies.find((candidate) => candidate === text.toLowerCase());
  if (strategy !== undefined) return strategy;
  throw new SyncEngineError(
    'invalid-options',
    `${JSON.stringify(text)} is no way to settle conflicts; choose one of ${conflictStrategies.join(', ')}.`,
  );
}

/** The conflict at a row, judged by itself, or `undefined` when there is none. */
export function conflictAt(row: ExaminedRow, policy: ReconcilePolicy): Conflict | undefined {
  const decision = decide(row, policy, 'manual');
  if (decision.kind !== 'conflict') return undefined;
  return {
    path: row.paths.source,
    reason: decision.reason,
    base: row.base,
    source: entryOf(row.source),
    destination: entryOf(row.destination),
    newer: row.newer,
  };
}

/** What a named strategy says of a conflict. */
export function resolveByName(strategy: ConflictStrategyName, conflict: Conflict): Resolution {
  if (strategy !== 'newest') return strategy;
  // A deletion has no time; the change that it met is all there is to keep.
  if (conflict.source === undefined || conflict.destination === undefined) return 'keep-both';
  return conflict.newer ?? 'keep-both';
}

/** True for the answers that a conflict function may give. */
export function isResolution(answer: unknown): answer is Resolution {
  return answer === 'keep-both' || answer === 'source' || answer === 'destination' || answer === 'manual';
}

/** Most names of the backends end at 255 bytes; what is longer is cut before the mark. */
const longestName = 255;

/**
 * The path of a conflict copy: named from the losing content, so that a repeated run finds the same name.
 * `report.pdf` of the destination becomes `report.conflict-destination-20261122T101500Z.pdf`, then `…Z-2.pdf`.
 *
 * @param modifiedAt of the losing content, milliseconds since the epoch
 * @param attempt 1 for the plain name; higher numbers are appended when that is taken by other content
 */
export function conflictCopyPath(path: string, losing: Side, modifiedAt: number | undefined, attempt: number): string {
  const name = nameOf(path);
  const dot = name.lastIndexOf('.');
  const cut = dot > 0 ? dot : name.length;
  const suffix = byteLength(name.slice(cut)) > 64 ? '' : name.slice(cut);
  const mark = conflictMark(losing, modifiedAt, attempt);
  let stem = suffix === '' ? name : name.slice(0, cut);
  while (stem !== '' && byteLength(stem + mark + suffix) > longestName) stem = [...stem].slice(0, -1).join('');
  return childOf(parentOf(path), `${stem}${mark}${suffix}`);
}
