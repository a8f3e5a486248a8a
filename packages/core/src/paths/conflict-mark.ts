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

/** The path of the original, where no name on the way had to be cut to make room for the mark. In any case of letters. */
export function withoutConflictMarks(path: string): string {
  return path.replaceAll(/\.conflict-(?:source|destination)-(?:\d{8}T\d{6}Z|undated)(?:-\d+)?/gi, '');
}

function timestamp(modifiedAt: number | undefined): string {
  const date = new Date(modifiedAt ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? 'undated' : date.toISOString().replace(/[-:]|\.\d+/g, '');
}
