import type { ProgressEvent, ProgressSnapshot } from '@syncengine/core';
import { type Colors, colorsFor, isCapableTerminal } from './colors.ts';
import type { Environment } from './environment.ts';
import { mergedSnapshot, type NamedSnapshot } from './merged-snapshot.ts';
import type { Comparing } from './progress-block.ts';
import { ProgressDisplay } from './progress-display.ts';

/** How much a run tells while it goes. */
export interface ReporterOptions {
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The results go into one document, so only what went wrong is told besides. */
  readonly json: boolean;
  readonly dryRun: boolean;
}

/** Where a run of one pair or several writes to while it goes: one block of progress, and lines above it. */
export class RunReporter {
  readonly options: ReporterOptions;
  readonly colors: Colors;
  /** True where lines cannot be drawn anew, and progress is told in lines. */
  readonly isPlain: boolean;
  readonly #environment: Environment;
  readonly #display: ProgressDisplay | undefined;
  readonly #snapshots = new Map<number, NamedSnapshot>();
  readonly #comparing = new Map<number, Comparing>();

  constructor(options: ReporterOptions, environment: Environment) {
    const { stderr, env } = environment;
    const now = (): number => performance.now();
    this.options = options;
    this.#environment = environment;
    this.colors = colorsFor(stderr, env);
    const isLive = isCapableTerminal(stderr, env) && !options.quiet;
    this.isPlain = !isLive && !options.quiet && !options.json;
    this.#display = isLive ? new ProgressDisplay(stderr, this.colors, now) : undefined;
    this.#display?.start();
  }

  /** @param pair the place of the pair among those of the run */
  show(event: ProgressEvent, snapshot: () => ProgressSnapshot, pair: number, name: string | undefined): void {
    if (this.#display === undefined) return;
    this.#snapshots.set(pair, { name, snapshot });
    if (event.type === 'compare') this.#comparing.set(pair, event);
    this.#display.update(() => mergedSnapshot([...this.#snapshots.values()]), this.#compared());
  }

  /** A line that stays. It must be printable. */
  line(text: string): void {
    if (this.#display === undefined) this.#environment.stderr.write(`${text}\n`);
    else this.#display.line(text);
  }

  /** After this nothing more is written, and the terminal is as it was. */
  finish(): void {
    this.#display?.finish();
  }

  #compared(): Comparing | undefined {
    if (this.#comparing.size === 0) return undefined;
    const all = [...this.#comparing.values()];
    const sum = (count: (comparing: Comparing) => number): number =>
      all.reduce((total, each) => total + count(each), 0);
    return { done: sum(({ done }) => done), total: sum(({ total }) => total) };
  }
}
