import type { ProgressEvent, ProgressSnapshot } from '@syncengine/core';
import { advanceOf, percentOf, scannedEntries, timeLeft } from './progress-figures.ts';
import { counted, formatBytes, formatCount } from './units.ts';

/** Milliseconds between two lines. */
const lineInterval = 5_000;

/** Progress where lines cannot be drawn anew: a line at the start of the work, then one every few seconds. */
export class ProgressLines {
  readonly #write: (line: string) => void;
  readonly #title: string;
  readonly #now: () => number;
  #lastAt: number;
  #hasBegun = false;

  /** @param now the time in milliseconds, from any start */
  constructor(write: (line: string) => void, title: string, now: () => number) {
    this.#write = write;
    this.#title = title;
    this.#now = now;
    this.#lastAt = now();
  }

  event(event: ProgressEvent, snapshot: () => ProgressSnapshot): void {
    // A run that has nothing to do, or is stopped by a rail, does not begin.
    if (event.type === 'operation-start' && !this.#hasBegun) this.#begin(snapshot());
    if (this.#now() - this.#lastAt < lineInterval) return;
    const line = progressLine(event, snapshot());
    if (line === undefined) return;
    this.#lastAt = this.#now();
    this.#write(line);
  }

  #begin(snapshot: ProgressSnapshot): void {
    const { operations, bytes } = advanceOf(snapshot);
    const transfer = bytes.total > 0 ? `, ${formatBytes(bytes.total)} to transfer` : '';
    this.#write(`${this.#title}: ${counted(operations.total, 'operation')}${transfer}.`);
    this.#hasBegun = true;
    this.#lastAt = this.#now();
  }
}

function progressLine(event: ProgressEvent, snapshot: ProgressSnapshot): string | undefined {
  switch (snapshot.phase) {
    case 'scanning': {
      const { source, destination } = scannedEntries(snapshot);
      return `Scanning: source ${formatCount(source)}, destination ${formatCount(destination)} entries.`;
    }
    case 'comparing':
      if (event.type !== 'compare') return undefined;
      return `Comparing: ${formatCount(event.done)} of ${counted(event.total, 'path')}.`;
    case 'transferring':
      return workingLine(snapshot);
    case 'finished':
      return undefined;
  }
}

function workingLine(snapshot: ProgressSnapshot): string {
  const advance = advanceOf(snapshot);
  const { operations, bytes } = advance;
  const parts = [`${formatCount(operations.done)} of ${counted(operations.total, 'operation')}`];
  if (bytes.total > 0) parts.push(`${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`);
  if (snapshot.bytesPerSecond > 0) parts.push(`${formatBytes(snapshot.bytesPerSecond)}/s`);
  const left = timeLeft(snapshot);
  if (left !== undefined) parts.push(left);
  if (snapshot.conflicts > 0) parts.push(counted(snapshot.conflicts, 'conflict'));
  if (snapshot.problems > 0) parts.push(counted(snapshot.problems, 'problem'));
  return `${percentOf(advance)}%: ${parts.join(', ')}.`;
}
