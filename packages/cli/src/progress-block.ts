import type { ProgressSnapshot } from '@syncengine/core';
import type { Colors } from './colors.ts';
import { displayWidth, fitEnd, fitStart } from './display-width.ts';
import { printable } from './printable.ts';
import { type Advance, advanceOf, percentOf, scannedEntries, timeLeft } from './progress-figures.ts';
import { counted, formatBytes, formatCount, formatDuration } from './units.ts';

/** How far the comparison of contents is. */
export interface Comparing {
  readonly done: number;
  readonly total: number;
}

const mostActive = 3;
const barWidth = 24;

/** The lines of the live block, each at most `columns` wide. */
export function progressBlock(
  snapshot: ProgressSnapshot,
  comparing: Comparing | undefined,
  columns: number,
  colors: Colors,
): readonly string[] {
  switch (snapshot.phase) {
    case 'scanning':
      return [fitStart(scanningLine(snapshot), columns)];
    case 'comparing':
      return [fitStart(comparingLine(snapshot, comparing), columns)];
    case 'transferring':
      return workingLines(snapshot, columns, colors);
    case 'finished':
      return [];
  }
}

function scanningLine(snapshot: ProgressSnapshot): string {
  const { source, destination } = scannedEntries(snapshot);
  const entries = `source ${formatCount(source)}, destination ${formatCount(destination)} entries`;
  return `Scanning: ${entries} (${formatDuration(snapshot.elapsedMs)})`;
}

function comparingLine(snapshot: ProgressSnapshot, comparing: Comparing | undefined): string {
  const elapsed = formatDuration(snapshot.elapsedMs);
  if (comparing === undefined) return `Comparing (${elapsed})`;
  return `Comparing: ${formatCount(comparing.done)} of ${counted(comparing.total, 'path')} (${elapsed})`;
}

function workingLines(snapshot: ProgressSnapshot, columns: number, colors: Colors): string[] {
  const advance = advanceOf(snapshot);
  return [
    barLine(advance, columns, colors),
    fitStart(speedLine(snapshot, advance), columns),
    ...activeLines(snapshot, columns).map((line) => colors.dim(line)),
  ];
}

function barLine(advance: Advance, columns: number, colors: Colors): string {
  const percent = `${String(percentOf(advance)).padStart(3)}%`;
  const figures = [
    advance.files.total > 0 ? `${formatCount(advance.files.done)}/${counted(advance.files.total, 'file')}` : '',
    advance.bytes.total > 0 ? `${formatBytes(advance.bytes.done)}/${formatBytes(advance.bytes.total)}` : '',
  ].filter((figure) => figure !== '');
  const plain = [percent, ...figures].join('  ');
  const room = Math.min(barWidth, columns - displayWidth(plain) - 4);
  if (room < 5) return fitStart(plain, columns);
  const filled = Math.floor(advance.share * room);
  const bar = `[${colors.green('#'.repeat(filled))}${colors.dim('-'.repeat(room - filled))}]`;
  return [percent, bar, ...figures].join('  ');
}

function speedLine(snapshot: ProgressSnapshot, { operations }: Advance): string {
  const parts: string[] = [];
  if (snapshot.bytesPerSecond > 0) parts.push(`${formatBytes(snapshot.bytesPerSecond)}/s`);
  const left = timeLeft(snapshot);
  if (left !== undefined) parts.push(left);
  parts.push(`${formatCount(operations.done)} of ${counted(operations.total, 'operation')}`);
  if (snapshot.conflicts > 0) parts.push(counted(snapshot.conflicts, 'conflict'));
  if (snapshot.problems > 0) parts.push(counted(snapshot.problems, 'problem'));
  return `      ${parts.join(', ')}`;
}

/** The largest transfers under way: small ones are gone before anybody has read their names. */
function activeLines(snapshot: ProgressSnapshot, columns: number): string[] {
  return [...snapshot.active]
    .sort((left, right) => right.operation.bytes - left.operation.bytes)
    .slice(0, mostActive)
    .map(({ operation, transferred }) => {
      const share = operation.bytes === 0 ? 1 : Math.min(1, transferred / operation.bytes);
      const figures = `${String(Math.floor(share * 100)).padStart(3)}% of ${formatBytes(operation.bytes)}`;
      const room = columns - 8 - displayWidth(figures);
      return `      ${figures}  ${fitEnd(printable(operation.path), Math.max(room, 4))}`;
    })
    .map((line) => fitStart(line, columns));
}
