import type { ProgressEvent, ProgressListener, ProgressSnapshot, Side } from '@syncengine/core';
import { type Colors, colorsFor, isCapableTerminal } from './colors.ts';
import type { Environment } from './environment.ts';
import { ProgressDisplay } from './progress-display.ts';
import { ProgressLines } from './progress-lines.ts';
import { conflictLine, noticeLine, operationLine, problemLine } from './report-text.ts';

/** How much a run tells while it goes. */
export interface ReporterOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The results go into one document, so only what went wrong is told besides. */
  readonly json: boolean;
  readonly dryRun: boolean;
  /** What is going on, at the head of the plain lines. */
  readonly title: string;
  /** What to say before the first deletion on a side. */
  readonly deletionWarning: (side: Side, files: number) => string;
}

/** Everything that a run writes to standard error while it goes. */
export class RunReporter {
  readonly #options: ReporterOptions;
  readonly #environment: Environment;
  readonly #colors: Colors;
  readonly #display: ProgressDisplay | undefined;
  readonly #lines: ProgressLines | undefined;

  #deletions = { source: 0, destination: 0 };

  constructor(options: ReporterOptions, environment: Environment) {
    const { stderr, env } = environment;
    const now = (): number => performance.now();
    this.#options = options;
    this.#environment = environment;
    this.#colors = colorsFor(stderr, env);
    const isLive = isCapableTerminal(stderr, env) && !options.quiet;
    this.#display = isLive ? new ProgressDisplay(stderr, this.#colors, now) : undefined;
    const isPlain = !isLive && !options.quiet && !options.json;
    this.#lines = isPlain ? new ProgressLines((line) => this.line(line), options.title, now) : undefined;
    this.#display?.start();
  }

  readonly onProgress: ProgressListener = (event, snapshot) => {
    this.#showProgress(event, snapshot);
    this.#tell(event);
  };

  /** A line that stays. It must be printable. */
  line(text: string): void {
    if (this.#display === undefined) this.#environment.stderr.write(`${text}\n`);
    else this.#display.line(text);
  }

  /** After this nothing more is written, and the terminal is as it was. */
  finish(): void {
    this.#display?.finish();
  }

  #showProgress(event: ProgressEvent, snapshot: () => ProgressSnapshot): void {
    if (event.type === 'compare') this.#display?.update(snapshot, event);
    else this.#display?.update(snapshot);
    this.#lines?.event(event, snapshot);
  }

  #tell(event: ProgressEvent): void {
    switch (event.type) {
      case 'problem':
        this.line(problemLine(event, this.#colors));
        return;
      case 'conflict':
        this.#tellConflict(event);
        return;
      case 'notice':
        if (this.#options.verbose) this.line(noticeLine(event, this.#colors));
        return;
      case 'plan':
        this.#deletions = event.deletions;
        return;
      case 'operation-start':
        this.#warnOfDeletions();
        return;
      case 'operation-done':
        if (this.#options.verbose) this.line(operationLine(event.operation, this.#colors));
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
    const { quiet, json, dryRun } = this.#options;
    // A plan lists its conflicts itself. One that was settled is no problem.
    const isPlanned = dryRun && !quiet && !json;
    if (isPlanned || ((quiet || json) && event.resolution !== 'manual')) return;
    this.line(conflictLine(event, this.#colors));
  }

  /** Told right before the first effect: a rail may still stop a plan. */
  #warnOfDeletions(): void {
    const { quiet, json, deletionWarning } = this.#options;
    const deletions = this.#deletions;
    this.#deletions = { source: 0, destination: 0 };
    if (quiet || json) return;
    for (const side of ['source', 'destination'] as const) {
      if (deletions[side] > 0) this.line(deletionWarning(side, deletions[side]));
    }
  }
}
