import { stripVTControlCharacters } from 'node:util';
import type { ProgressSnapshot } from '@syncengine/core';
import type { Colors } from './colors.ts';
import { displayWidth } from './display-width.ts';
import { columnsOf, type Output } from './environment.ts';
import { type Comparing, progressBlock } from './progress-block.ts';

/** Milliseconds between two drawings. */
const drawInterval = 100;

/**
 * One block of lines at the end of a terminal, drawn anew at most ten times a second; other lines go above it. What it
 * left behind is cleared by `finish`.
 */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #colors: Colors;
  readonly #now: () => number;
  #snapshot: (() => ProgressSnapshot) | undefined;
  #comparing: Comparing | undefined;
  /** What stands on the terminal. */
  #drawn: readonly string[] = [];
  /** Lines that go above the block with the next drawing. */
  #above: string[] = [];
  /** A run that ends at once draws nothing. */
  #lastDrawnAt: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param now the time in milliseconds, from any start */
  constructor(output: Output, colors: Colors, now: () => number) {
    this.#output = output;
    this.#colors = colors;
    this.#now = now;
    this.#lastDrawnAt = now();
  }

  /** Keeps the block moving while nothing happens. */
  start(): void {
    this.#timer = setInterval(() => this.tick(), drawInterval);
    this.#timer.unref();
  }

  update(snapshot: () => ProgressSnapshot, comparing?: Comparing): void {
    this.#snapshot = snapshot;
    if (comparing !== undefined) this.#comparing = comparing;
    this.tick();
  }

  /** A line that stays, above the block. */
  line(text: string): void {
    this.#above.push(text);
    this.tick();
  }

  /** Draws if it is time. */
  tick(): void {
    if (this.#now() - this.#lastDrawnAt < drawInterval) return;
    if (this.#snapshot === undefined && this.#above.length === 0) return;
    this.#lastDrawnAt = this.#now();
    // One column stays free: a full line would make some terminals wrap.
    const columns = Math.max(1, columnsOf(this.#output) - 1);
    const block =
      this.#snapshot === undefined ? [] : progressBlock(this.#snapshot(), this.#comparing, columns, this.#colors);
    this.#write(block);
  }

  /** Takes the block away for good; lines that wait are written. */
  finish(): void {
    clearInterval(this.#timer);
    this.#snapshot = undefined;
    this.#write([]);
  }

  #write(block: readonly string[]): void {
    const text = [...this.#above, ...block].map((line) => `${line}\n`).join('');
    const erase = this.#erase();
    this.#above = [];
    this.#drawn = block;
    if (erase + text !== '') this.#output.write(erase + text);
  }

  #erase(): string {
    if (this.#drawn.length === 0) return '';
    // A terminal that became narrower has wrapped what stands on it.
    const columns = columnsOf(this.#output);
    let rows = 0;
    for (const line of this.#drawn)
      rows += Math.max(1, Math.ceil(displayWidth(stripVTControlCharacters(line)) / columns));
    return `\x1b[${rows}A\r\x1b[J`;
  }
}
