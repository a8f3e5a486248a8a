import type { Side } from '../errors.ts';

/**
 * What the name of a conflict copy has more than that of its original.
 *
 * @param modifiedAt of the losing content, milliseconds since the epoch
 * @param attempt 1 for the plain mark; higher numbers are appended when that name is taken by other content
 */
export function conflictMark(losing: Side, modifiedAt: number | undefined, attempt: number): string {
  return `.conflict-${losing}-${timestamp(modifiedAt)}${attempt > 1 ? `-${attempt}` : ''}`;
}

const mark = String.raw`\.conflict-(source|destination)-(?:\d{8}T\d{6}Z|undated)(?:-\d+)?`;
const everyMark = new RegExp(mark, 'gi');
const copyPath = new RegExp(String.raw`^(.*)${mark}(\.[^./]*)?$`, 's');

/** What the name of a conflict copy tells. */
export interface ConflictCopyName {
  /** The path of what it is a copy of, as far as its name was not cut to make room for the mark. */
  readonly original: string;
  /** The side whose content it holds: the other side's got the path. */
  readonly losing: Side;
}

/** @returns `undefined` for a path that is not named as conflict copies are; whoever named it so, the name does not tell */
export function parseConflictCopy(path: string): ConflictCopyName | undefined {
  const [, stem, losing, suffix = ''] = copyPath.exec(path) ?? [];
  if (stem === undefined || (losing !== 'source' && losing !== 'destination')) return undefined;
  return { original: `${stem}${suffix}`, losing };
}

/** The path of the original, where no name on the way had to be cut to make room for the mark. In any case of letters. */
export function withoutConflictMarks(path: string): string {
  return path.replaceAll(everyMark, '');
}

function timestamp(modifiedAt: number | undefined): string {
  const date = new Date(modifiedAt ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? 'undated' : date.toISOString().replace(/[-:]|\.\d+/g, '');
}
