import type { ProgressEvent, ProgressSnapshot, Side } from '@syncengine/core';
import { printable } from './printable.ts';
import { ProgressLines } from './progress-lines.ts';
import { conflictLine, noticeLine, operationLine, problemLine } from './report-text.ts';
import type { RunReporter } from './run-reporter.ts';
import { sides } from './sides.ts';

/** What is told of one pair of a run. */
export interface PairReporterOptions {
  /** Said before each line, where there are several pairs. */
  readonly name: string | undefined;
  /** What is going on, at the head of the plain lines. */
  readonly title: string;
  /** What to say before the first deletion on a side. */
  readonly deletionWarning: (side: Side, files: number) => string;
}

/** Everything that the run of one pair writes to standard error while it goes. */
export class PairReporter {
  readonly #run: RunReporter;
  readonly #options: PairReporterOptions;
  readonly #lines: ProgressLines | undefined;
  #deletions = { source: 0, destination: 0 };

  constructor(run: RunReporter, options: PairReporterOptions) {
    this.#run = run;
    this.#options = options;
    this.#lines = run.isPlain
      ? new ProgressLines(
          (line) => this.#line(line),
          options.title,
          () => performance.now(),
        )
      : undefined;
  }

  onProgress(event: ProgressEvent, snapshot: () => ProgressSnapshot): void {
    this.#lines?.event(event, snapshot);
    this.#tell(event);
  }

  #line(text: string): void {
    const { name } = this.#options;
    this.#run.line(name === undefined ? text : `${printable(name)}: ${text}`);
  }

  #tell(event: ProgressEvent): void {
    const { colors, options } = this.#run;
    switch (event.type) {
      case 'problem':
        this.#line(problemLine(event, colors));
        return;
      case 'conflict':
        this.#tellConflict(event);
        return;
      case 'notice':
        if (options.verbose) this.#line(noticeLine(event, colors));
        return;
      case 'plan':
        this.#deletions = event.deletions;
        return;
      case 'operation-start':
        this.#warnOfDeletions();
        return;
      case 'operation-done':
        if (options.verbose) this.#line(operationLine(event.operation, colors));
        return;
      case 'run-start':
      case 'scan':
      case 'compare':
      case 'operation-progress':
      case 'operation-failed':
      case 'summary':
        return;
    }
  }

  #tellConflict(event: Extract<ProgressEvent, { type: 'conflict' }>): void {
    const { quiet, json, dryRun } = this.#run.options;
    // A plan lists its conflicts itself. One that was settled is no problem.
    const isPlanned = dryRun && !quiet && !json;
    if (isPlanned || ((quiet || json) && event.resolution !== 'manual')) return;
    this.#line(conflictLine(event, this.#run.colors));
  }

  /** Told right before the first effect: a rail may still stop a plan. */
  #warnOfDeletions(): void {
    const { quiet, json } = this.#run.options;
    const deletions = this.#deletions;
    this.#deletions = { source: 0, destination: 0 };
    if (quiet || json) return;
    for (const side of sides) {
      if (deletions[side] > 0) this.#line(this.#options.deletionWarning(side, deletions[side]));
    }
  }
}
