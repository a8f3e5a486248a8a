import {
  type PairOutcome,
  type PlanOutcome,
  type ProgressEvent,
  SyncEngineError,
  type SyncResult,
} from '@syncengine/core';
import type { Environment } from './environment.ts';
import { identityOf, LastRuns } from './last-runs.ts';
import { nameOfLocation } from './locations.ts';
import type { FailedPair, OpenPair } from './open-pairs.ts';
import { nameOfMode } from './options.ts';
import { type ExitCode, exitCodeOfStatus, outcomeOfError, statusOfPlan, worstExitCode } from './outcome.ts';
import {
  type JsonReport,
  type RunIdentity,
  reportOfAll,
  reportOfError,
  reportOfPlan,
  reportOfResult,
} from './report-json.ts';
import { summaryLine } from './report-text.ts';
import { RunRecord } from './run-record.ts';
import type { SelectedPair, Selection } from './selected-pair.ts';
import { openStateStore } from './state-location.ts';
import type { SyncOutput } from './sync-output.ts';

/** One pair of the run, and what became of it. */
interface PairRun {
  readonly pair: SelectedPair;
  readonly identity: RunIdentity;
  readonly record: RunRecord;
  readonly startedAt: Date;
  report: JsonReport | undefined;
  exitCode: ExitCode | undefined;
}

/** What there is besides the pairs. */
export interface PairRunsOptions {
  readonly selection: Selection;
  readonly dryRun: boolean;
  readonly output: SyncOutput;
  readonly environment: Environment;
}

/** The pairs of a run, in their order, and what became of each: told, kept for `status`, and put into documents. */
export class PairRuns {
  readonly #runs: readonly PairRun[];
  readonly #options: PairRunsOptions;

  constructor(pairs: ReadonlyArray<OpenPair | FailedPair>, options: PairRunsOptions) {
    this.#options = options;
    this.#runs = pairs.map(({ pair, settings }) => {
      const mode = settings?.mode.name ?? nameOfMode(pair.settings.mode ?? 'two-way');
      const identity = { mode, dryRun: options.dryRun };
      return { pair, identity, record: new RunRecord(), startedAt: new Date(), report: undefined, exitCode: undefined };
    });
  }

  /** The worst of those that ended. */
  get exitCode(): ExitCode {
    return worstExitCode([0, ...this.#runs.flatMap(({ exitCode }) => exitCode ?? [])]);
  }

  nameOf(index: number): string | undefined {
    return this.#runs[index]?.pair.name;
  }

  /** What a run does is written down, for documents of what was broken off. */
  note(index: number, event: ProgressEvent): void {
    this.#runs[index]?.record.note(event);
  }

  endFailed(index: number, { error }: FailedPair): void {
    const run = this.#runs[index];
    if (run !== undefined) this.#endError(run, error);
  }

  async endRun(index: number, open: OpenPair, outcome: PairOutcome): Promise<void> {
    const run = this.#runs[index];
    if (run === undefined) return;
    if (outcome.status === 'fulfilled') this.#endResult(run, outcome.result);
    else this.#endError(run, outcome.error);
    await this.#remember(run, open);
  }

  endPlan(index: number, open: OpenPair, outcome: PlanOutcome): void {
    const run = this.#runs[index];
    if (run === undefined) return;
    if (outcome.status === 'rejected') {
      this.#endError(run, outcome.error);
      return;
    }
    const { plan } = outcome;
    this.#options.output.printPlan(plan, open);
    const stop = plan.stops.find(({ code }) => !open.settings.allow.includes(code));
    run.report = reportOfPlan(plan);
    run.exitCode = exitCodeOfStatus(statusOfPlan(plan));
    if (stop === undefined) return;
    const { code, message } = stop;
    run.report = { ...run.report, status: 'stopped', error: { code, message } };
    run.exitCode = 4;
    this.#tellError(new SyncEngineError(code, message), run);
  }

  /** The document of pairs with names; `reason` is told of those that did not end. */
  reportOfAll(reason: unknown, error?: unknown): object {
    const runs = this.#runs.map(({ pair, identity, record, report }) => ({
      name: pair.name ?? '',
      source: nameOfLocation(pair.source.location),
      destination: nameOfLocation(pair.destination.location),
      report: report ?? reportOfError(reason, identity, record.soFar()),
    }));
    return reportOfAll(runs, this.#options.dryRun, error);
  }

  /** The document of two places that were typed, as far as it is known. */
  get onlyReport(): JsonReport | undefined {
    return this.#runs[0]?.report;
  }

  /** The same of a run that an error ended. */
  reportOfOnly(error: unknown, otherwise: RunIdentity): JsonReport {
    const [only] = this.#runs;
    return reportOfError(error, only?.identity ?? otherwise, only?.record.soFar());
  }

  #endResult(run: PairRun, result: SyncResult): void {
    run.report = reportOfResult(result);
    run.exitCode = exitCodeOfStatus(result.status);
    this.#options.output.printLine(summaryLine(result), run.pair.name);
  }

  #endError(run: PairRun, error: unknown): void {
    run.report = reportOfError(error, run.identity, run.record.soFar());
    run.exitCode = outcomeOfError(error).exitCode;
    this.#tellError(error, run);
  }

  /** For `status`. Where nothing can be kept, this is told, and changes nothing. */
  async #remember(run: PairRun, open: OpenPair): Promise<void> {
    const { report, exitCode, startedAt } = run;
    // A pair that was mistyped is no pair, and where state cannot be kept, nothing can be.
    if (report === undefined || exitCode === 2 || report.error?.code.startsWith('state-') === true) return;
    const { selection, environment } = this.#options;
    try {
      const store = openStateStore(selection.state, environment);
      await new LastRuns(store).write(identityOf(open), report, startedAt, new Date());
    } catch (error) {
      this.#tellError(error, run);
    }
  }

  #tellError(error: unknown, { pair }: PairRun): void {
    this.#options.output.tellError(error, pair.name, this.#options.selection.state);
  }
}
