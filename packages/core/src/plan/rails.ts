import { type RailCode, type Side, SyncEngineError } from '../errors.ts';
import type { Operation } from './operation.ts';
import type { PlanStatistics, Stop } from './plan.ts';

const sides = ['source', 'destination'] as const;

function files(count: number): string {
  return `${count} ${count === 1 ? 'file' : 'files'}`;
}

/** How many deletions of known files a run may do: a number of files, or a share of the base (0 to 1). */
export type DeletionLimit = { readonly files: number } | { readonly share: number };

/** Below this number a share says nothing: of two files, one is half. */
const fewDeletions = 10;

/** What the rails are judged by, besides the operations. */
export interface RailInput {
  readonly source: string;
  readonly destination: string;
  readonly operations: readonly Operation[];
  readonly statistics: PlanStatistics;
  readonly maximumDeletions: DeletionLimit;
  /** Bytes free on each side, where it can say. */
  readonly freeBytes: { readonly source: number | undefined; readonly destination: number | undefined };
  /** A root that is missing has a rail of its own, and is made where that is lifted. */
  readonly rootsPresent: { readonly source: boolean; readonly destination: boolean };
  /** Sides that keep what is overwritten: in a trash or as a version. */
  readonly keepsReplaced: { readonly source: boolean; readonly destination: boolean };
  /** Transfers at once. */
  readonly transfers: number;
}

/** The rails that stand in the way of these operations: emptied roots, too many deletions, too little space. */
export function stopsFor(input: RailInput): Stop[] {
  return [...emptiedRoots(input), ...tooManyDeletions(input), ...tooLittleSpace(input)];
}

/** @throws SyncEngineError with the code of the first stop that is not lifted */
export function requirePassage(stops: readonly Stop[], allow: ReadonlySet<RailCode>): void {
  const stop = stops.find((candidate) => !allow.has(candidate.code));
  if (stop === undefined) return;
  const { code, message, side, details } = stop;
  throw new SyncEngineError(code, message, { side, details });
}

function emptiedRoots(input: RailInput): Stop[] {
  const { knownFiles, seen } = input.statistics;
  if (knownFiles === 0) return [];
  const deletions = countDeletedFiles(input.operations);
  return sides.flatMap((side) => {
    // A disk that is not mounted leaves an empty folder: neither may it empty the other side, nor be filled itself.
    const isFilled = input.rootsPresent[side] && input.operations.some((operation) => operation.side === side);
    if (seen[side] !== 0 || (deletions === 0 && !isFilled)) return [];
    const threat =
      deletions === 0
        ? 'it would now be filled anew. Nothing was changed. Is its disk mounted? If it was emptied on purpose, allow root-emptied'
        : `${files(deletions)} would now be deleted on the other side. Nothing was changed. Is its disk mounted? If it was emptied on purpose, allow root-emptied (and deletions)`;
    return [
      {
        code: 'rail-root-emptied' as const,
        message: `The ${side} ${input[side]} holds nothing to synchronise, but after the last run ${files(knownFiles)} ${knownFiles === 1 ? 'was' : 'were'} in sync, and ${threat} for one run.`,
        side,
        details: { knownFiles, deletions },
      },
    ];
  });
}

function tooManyDeletions({ operations, statistics, maximumDeletions }: RailInput): Stop[] {
  const deletions = countDeletedFiles(operations);
  const { knownFiles } = statistics;
  const limit = 'files' in maximumDeletions ? maximumDeletions.files : Math.floor(maximumDeletions.share * knownFiles);
  const isFew = 'share' in maximumDeletions && deletions <= fewDeletions;
  if (deletions <= limit || isFew) return [];
  return [
    {
      code: 'rail-deletions',
      message: `This run would delete ${files(deletions)}, more than the ${limit} that are allowed (${files(knownFiles)} known). Nothing was changed. Look at the plan; to go ahead, allow deletions for one run or raise the limit.`,
      side: undefined,
      details: { deletions, knownFiles, limit },
    },
  ];
}

function tooLittleSpace(input: RailInput): Stop[] {
  return sides.flatMap((side) => {
    const free = input.freeBytes[side];
    const needed = neededBytes(side, input);
    if (free === undefined || needed <= free) return [];
    return [
      {
        code: 'rail-space' as const,
        message: `The ${side} ${input[side]} has ${free} bytes free, but this run needs ${needed} bytes. Nothing was changed. Free some space, or allow space for one run to bring what fits.`,
        side,
        details: { freeBytes: free, neededBytes: needed },
      },
    ];
  });
}

/**
 * What the side must have free for all of the plan to find its place. New content stands beside the old until it takes its
 * name: where the old is kept, for good; else only for as long as its transfer takes. Deletions come last and free nothing
 * in time.
 */
function neededBytes(side: Side, { operations, keepsReplaced, transfers }: RailInput): number {
  let needed = 0;
  const passing: number[] = [];
  for (const operation of operations) {
    if (operation.side !== side || (operation.kind !== 'create' && operation.kind !== 'update')) continue;
    const { entry } = operation.from;
    const size = entry.kind === 'file' ? entry.size : 0;
    const old = operation.evidence[side];
    const replaced = operation.kind === 'update' && old?.kind === 'file' ? old.size : 0;
    const isKept = operation.kind === 'update' && operation.keepReplaced && keepsReplaced[side];
    needed += isKept ? size : Math.max(0, size - replaced);
    if (!isKept) passing.push(Math.min(size, replaced));
  }
  passing.sort((left, right) => right - left);
  return passing.slice(0, transfers).reduce((sum, size) => sum + size, needed);
}

/** Files and links that a plan deletes; what a folder replaces counts too. */
export function countDeletedFiles(operations: readonly Operation[]): number {
  let deletions = 0;
  for (const operation of operations) {
    if (operation.kind === 'delete' && operation.entryKind !== 'directory') deletions += 1;
  }
  return deletions;
}
