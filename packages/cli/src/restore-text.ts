import type { KeptVersion, RestorePlan, RestoreResult, RestoreStep, VersionListing } from '@syncengine/core';
import { formatMoment } from './moment.ts';
import { printable } from './printable.ts';
import { counted, formatBytes } from './units.ts';

/** What is kept, a line for each version, newest first. */
export function listingLines({ versions }: VersionListing): readonly string[] {
  if (versions.length === 0) return ['Nothing of it is kept.'];
  const sizes = versions.map(sizeText);
  const width = Math.max(...sizes.map((size) => size.length));
  const lines = versions.map((version, index) => {
    const { path, presentPath, gaveWayAt } = version;
    const now = presentPath === path ? '' : ` (now ${presentPath})`;
    return `${formatMoment(gaveWayAt)}  ${sizes[index]?.padStart(width)}  ${printable(path + now)}`;
  });
  const files = new Set(versions.map(({ path }) => path)).size;
  return [...lines, '', `${counted(versions.length, 'version')} of ${counted(files, 'file')}.`];
}

/** What would be done, a line for each step. */
export function planLines(plan: RestorePlan): readonly string[] {
  const lines = plan.steps.map((step) => `  ${stepText(step)}`);
  return [...lines, ...(lines.length === 0 ? [] : ['']), summaryOf(plan, plan.steps, 'would come back')];
}

export function resultLine(result: RestoreResult): string {
  return summaryOf(result, result.done, 'came back');
}

function stepText(step: RestoreStep): string {
  const path = printable(step.path);
  switch (step.kind) {
    case 'bring': {
      const what = step.replaces === undefined ? '' : ', in place of what stands there';
      return `${path} comes back (${formatBytes(step.bytes)}${what})`;
    }
    case 'set-aside':
      return `${path} goes, and is kept`;
    case 'make-directory':
      return `${path}/ comes back`;
    case 'remove-directory':
      return `${path}/ goes`;
  }
}

function summaryOf(
  { unchanged, problems, bytes }: Pick<RestorePlan, 'unchanged' | 'problems' | 'bytes'>,
  steps: readonly RestoreStep[],
  words: string,
): string {
  const files = steps.filter(({ kind }) => kind === 'bring').length;
  const gone = steps.filter(({ kind }) => kind === 'set-aside').length;
  const parts = [`${counted(files, 'file')} ${words} (${formatBytes(bytes)})`];
  if (gone > 0) parts.push(`${counted(gone, 'file')} made way`);
  if (unchanged > 0)
    parts.push(`${counted(unchanged, 'path')} as it was already`.replace('paths as it was', 'paths as they were'));
  if (problems.length > 0) parts.push(counted(problems.length, 'problem'));
  return `${parts.join(', ')}.`;
}

function sizeText({ kind, size }: KeptVersion): string {
  return kind === 'symlink' ? 'link' : formatBytes(size);
}
