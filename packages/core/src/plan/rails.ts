import { type RailCode, SyncEngineError } from '../errors.ts';
import { bytesOf, type Operation } from './operation.ts';
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
  const deletions = countDeletedFiles(input.operations);
  if (knownFiles === 0 || deletions === 0) return [];
  return sides
    .filter((side) => seen[side] === 0)
    .map((side) => ({
      code: 'rail-root-emptied',
      message: `The ${side} ${input[side]} is empty, but after the last run ${files(knownFiles)} were in sync, and ${files(deletions)} would now be deleted on the other side. Nothing was changed. If it was emptied on purpose, allow root-emptied (and deletions) for one run.`,
      side,
      details: { knownFiles, deletions },
    }));
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

function tooLittleSpace({ operations, freeBytes, ...ids }: RailInput): Stop[] {
  return sides.flatMap((side) => {
    const free = freeBytes[side];
    let needed = 0;
    for (const operation of operations) if (operation.side === side) needed += bytesOf(operation);
    if (free === undefined || needed <= free) return [];
    return [
      {
        code: 'rail-space' as const,
        message: `The ${side} ${ids[side]} has ${free} bytes free, but this run brings ${needed} bytes. Nothing was changed. Free some space, or allow space for one run to bring what fits.`,
        side,
        details: { freeBytes: free, neededBytes: needed },
      },
    ];
  });
}

/** Files and links that a plan deletes; what a folder replaces counts too. */
export function countDeletedFiles(operations: readonly Operation[]): number {
  let deletions = 0;
  for (const operation of operations) {
    if (operation.kind === 'delete' && operation.entryKind !== 'directory') deletions += 1;
  }
  return deletions;
}
