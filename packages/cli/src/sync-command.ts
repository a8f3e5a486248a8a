import {
  type PairOutcome,
  type PlanOutcome,
  planAll,
  type RunAllOptions,
  SyncEngineError,
  type SyncResult,
  syncAll,
} from '@syncengine/core';
import { colorsFor } from './colors.ts';
import { deletionWarning } from './deletions.ts';
import type { Environment } from './environment.ts';
import type { Explanation } from './explain.ts';
import type { SyncFlags } from './flags.ts';
import { Interruption } from './interruption.ts';
import { identityOf, LastRuns } from './last-runs.ts';
import { nameOfLocation } from './locations.ts';
import { type FailedPair, isOpen, type OpenPair, OpenPairs } from './open-pairs.ts';
import { nameOfMode } from './options.ts';
import { type ExitCode, exitCodeOfStatus, outcomeOfError, statusOfPlan, worstExitCode } from './outcome.ts';
import { PairReporter } from './pair-reporter.ts';
import { printable } from './printable.ts';
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
import { RunReporter } from './run-reporter.ts';
import type { SelectedPair, Selection } from './selected-pair.ts';
import { selectPairs } from './selection.ts';
import { openStateStore } from './state-location.ts';
import { SyncOutput } from './sync-output.ts';
import { usageError } from './usage.ts';

/** `sync` and `plan`: never throws, but says what went wrong and returns the exit code for it. */
export async function runSync(
  places: readonly string[],
  flags: SyncFlags,
  environment: Environment,
): Promise<ExitCode> {
  const command = new SyncCommand(places, flags, environment);
  try {
    return await command.run();
  } catch (error) {
    return command.fail(error);
  } finally {
    await command.close();
  }
}

/** One pair of the run, and what became of it. */
interface PairRun {
  readonly pair: SelectedPair;
  readonly identity: RunIdentity;
  readonly record: RunRecord;
  readonly startedAt: Date;
  report: JsonReport | undefined;
  exitCode: ExitCode | undefined;
}

class SyncCommand {
  readonly #places: readonly string[];
  readonly #flags: SyncFlags;
  readonly #environment: Environment;
  readonly #identity: RunIdentity;
  readonly #output: SyncOutput;
  readonly #interruption: Interruption;
  #pairs: OpenPairs | undefined;
  #selection: Selection | undefined;
  #runs: readonly PairRun[] = [];
  #reporter: RunReporter | undefined;

  constructor(places: readonly string[], flags: SyncFlags, environment: Environment) {
    this.#places = places;
    this.#flags = flags;
    this.#environment = environment;
    this.#output = new SyncOutput(flags, environment);
    const dryRun = flags.dryRun === true || flags.explain !== undefined;
    this.#identity = { mode: nameOfMode(flags.mode ?? 'two-way'), dryRun };
    this.#interruption = new Interruption(
      environment,
      () => this.#interrupt(),
      () => this.#abandon(),
    );
  }

  async run(): Promise<ExitCode> {
    this.#checkFlags();
    const selection = await selectPairs(this.#places, this.#flags, this.#environment);
    this.#selection = selection;
    this.#pairs = new OpenPairs(selection);
    const opened = await this.#pairs.open();
    this.#runs = opened.map((each) => this.#begin(each));
    if (selection.configuration === undefined) {
      const [only] = opened;
      if (only !== undefined && !isOpen(only)) throw only.error;
    }
    const open = opened.flatMap((each, index) => (isOpen(each) ? [{ each, index }] : []));
    for (const [index, each] of opened.entries()) if (!isOpen(each)) this.#endFailed(index, each);
    this.#startReporter(open.map(({ each }) => each));
    if (this.#flags.explain !== undefined) return await this.#explain(open.map(({ each }) => each));
    return this.#identity.dryRun ? await this.#plan(open) : await this.#sync(open);
  }

  fail(error: unknown): ExitCode {
    this.#reporter?.finish();
    this.#output.tellError(error, undefined, this.#state);
    const [only] = this.#runs;
    const identity = only?.identity ?? this.#identity;
    this.#output.printJson(() =>
      this.#isConfigured()
        ? reportOfAll(this.#named(), this.#identity.dryRun, error)
        : reportOfError(error, identity, only?.record.soFar()),
    );
    return outcomeOfError(error).exitCode;
  }

  /** What was to be done is done: a farewell that fails is told, and changes nothing. */
  async close(): Promise<void> {
    this.#interruption.dispose();
    for (const failure of (await this.#pairs?.close()) ?? []) this.#output.tellError(failure, undefined, this.#state);
  }

  #checkFlags(): void {
    const { quiet, verbose, logFormat } = this.#flags;
    if (quiet === true && verbose === true) throw usageError('--quiet and --verbose contradict each other.');
    if (logFormat !== undefined && logFormat !== 'text' && logFormat !== 'json') {
      throw usageError(`${JSON.stringify(logFormat)} is no log format; choose text or json.`);
    }
  }

  #begin({ pair, settings }: OpenPair | FailedPair): PairRun {
    const mode = settings?.mode.name ?? nameOfMode(pair.settings.mode ?? 'two-way');
    const identity = { mode, dryRun: this.#identity.dryRun };
    return { pair, identity, record: new RunRecord(), startedAt: new Date(), report: undefined, exitCode: undefined };
  }

  async #sync(open: ReadonlyArray<{ readonly each: OpenPair; readonly index: number }>): Promise<ExitCode> {
    const outcomes = await syncAll(
      open.map(({ each }) => each.options),
      this.#runOptions(open),
    );
    this.#reporter?.finish();
    for (const [at, { each, index }] of open.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) await this.#endRun(index, each, outcome);
    }
    return this.#end();
  }

  async #plan(open: ReadonlyArray<{ readonly each: OpenPair; readonly index: number }>): Promise<ExitCode> {
    const outcomes = await planAll(
      open.map(({ each }) => each.options),
      this.#runOptions(open),
    );
    this.#reporter?.finish();
    for (const [at, { each, index }] of open.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) this.#endPlan(index, each, outcome);
    }
    return this.#end();
  }

  async #explain(open: readonly OpenPair[]): Promise<ExitCode> {
    const { explain } = await import('./explain.ts');
    const explanations: Explanation[] = [];
    for (const pair of open) {
      for (const path of this.#flags.explain ?? []) {
        explanations.push(await explain(pair, path, this.#interruption.signal));
      }
    }
    this.#reporter?.finish();
    const { stdout, env } = this.#environment;
    const { explanationText } = await import('./explanation-text.ts');
    this.#output.printJson(() => ({ explanations }));
    if (this.#flags.json !== true) {
      const colors = colorsFor(stdout, env);
      stdout.write(explanations.map((each) => explanationText(each, colors)).join('\n'));
    }
    return worstExitCode([0, ...this.#runs.flatMap(({ exitCode }) => exitCode ?? [])]);
  }

  #runOptions(open: ReadonlyArray<{ readonly each: OpenPair; readonly index: number }>): RunAllOptions {
    const reporters = open.map(({ each }) => this.#pairReporter(each));
    const [first] = open;
    // These are flags of the run, the same for all its pairs.
    const { force, skip, allow } = first?.each.settings ?? {};
    return {
      signal: this.#interruption.signal,
      limits: this.#selection?.limits,
      onProgress: (event, snapshot, at) => {
        const run = this.#runs[open[at]?.index ?? -1];
        const name = run?.pair.name;
        if (!this.#identity.dryRun || this.#flags.json === true) run?.record.note(event);
        if (this.#output.log !== undefined) {
          this.#output.log.progress(event, snapshot, name);
          return;
        }
        this.#reporter?.show(event, snapshot, at, name);
        reporters[at]?.onProgress(event, snapshot);
      },
      force,
      skip,
      allow,
    };
  }

  #startReporter(open: readonly OpenPair[]): void {
    if (this.#output.log !== undefined || open.length === 0) return;
    const { quiet, verbose, json } = this.#flags;
    const { dryRun } = this.#identity;
    this.#reporter = new RunReporter(
      { quiet: quiet === true, verbose: verbose === true, json: json === true, dryRun },
      this.#environment,
    );
  }

  #pairReporter({ pair, settings, facts }: OpenPair): PairReporter | undefined {
    if (this.#reporter === undefined) return undefined;
    const [source, destination] = [pair.source, pair.destination].map(({ location }) => nameOfLocation(location));
    return new PairReporter(this.#reporter, {
      name: pair.name,
      title: printable(`Synchronising ${source} and ${destination} (${settings.mode.name})`),
      deletionWarning: (side, files) => deletionWarning(side, files, facts),
    });
  }

  async #endRun(index: number, open: OpenPair, outcome: PairOutcome): Promise<void> {
    const run = this.#runs[index];
    if (run === undefined) return;
    if (outcome.status === 'fulfilled') this.#endResult(run, outcome.result);
    else this.#endError(run, outcome.error);
    await this.#remember(run, open);
  }

  #endResult(run: PairRun, result: SyncResult): void {
    run.report = reportOfResult(result);
    run.exitCode = exitCodeOfStatus(result.status);
    this.#output.printLine(summaryLine(result), run.pair.name);
  }

  #endError(run: PairRun, error: unknown): void {
    run.report = reportOfError(error, run.identity, run.record.soFar());
    run.exitCode = outcomeOfError(error).exitCode;
    this.#output.tellError(error, run.pair.name, this.#state);
  }

  #endFailed(index: number, { error }: FailedPair): void {
    const run = this.#runs[index];
    if (run !== undefined) this.#endError(run, error);
  }

  #endPlan(index: number, open: OpenPair, outcome: PlanOutcome): void {
    const run = this.#runs[index];
    if (run === undefined) return;
    if (outcome.status === 'rejected') {
      this.#endError(run, outcome.error);
      return;
    }
    const { plan } = outcome;
    this.#output.printPlan(plan, open);
    const stop = plan.stops.find(({ code }) => !open.settings.allow.includes(code));
    run.report = reportOfPlan(plan);
    run.exitCode = exitCodeOfStatus(statusOfPlan(plan));
    if (stop === undefined) return;
    const { code, message } = stop;
    run.report = { ...run.report, status: 'stopped', error: { code, message } };
    run.exitCode = 4;
    this.#output.tellError(new SyncEngineError(code, message), run.pair.name, this.#state);
  }

  /** For `status`. Where nothing can be kept, this is told, and changes nothing. */
  async #remember({ report, exitCode, startedAt }: PairRun, open: OpenPair): Promise<void> {
    // A pair that was mistyped is no pair, and where state cannot be kept, nothing can be.
    if (report === undefined || exitCode === 2 || report.error?.code.startsWith('state-') === true) return;
    try {
      const store = openStateStore(this.#selection?.state, this.#environment);
      await new LastRuns(store).write(identityOf(open), report, startedAt, new Date());
    } catch (error) {
      this.#output.tellError(error, open.pair.name, this.#state);
    }
  }

  #end(): ExitCode {
    const [only] = this.#runs;
    this.#output.printJson(() => {
      if (this.#isConfigured()) return reportOfAll(this.#named(), this.#identity.dryRun);
      return only?.report ?? reportOfError(new TypeError('There was no pair.'), this.#identity);
    });
    return worstExitCode(this.#runs.flatMap(({ exitCode }) => exitCode ?? []));
  }

  /** True where the answer is about pairs that have names. */
  #isConfigured(): boolean {
    if (this.#selection !== undefined) return this.#selection.configuration !== undefined;
    return this.#places.length === 0 || this.#flags.config !== undefined;
  }

  #named(): Parameters<typeof reportOfAll>[0] {
    return this.#runs.map(({ pair, identity, record, report }) => ({
      name: pair.name ?? '',
      source: nameOfLocation(pair.source.location),
      destination: nameOfLocation(pair.destination.location),
      report: report ?? reportOfError(this.#interruption.signal.reason, identity, record.soFar()),
    }));
  }

  /** The folder of the memory, where it is not the usual one. */
  get #state(): string | undefined {
    return this.#selection?.state ?? this.#flags.state;
  }

  #interrupt(): void {
    if (this.#flags.quiet === true) return;
    const text = 'Interrupted: finishing what is under way. Once more to stop at once.';
    if (this.#output.log !== undefined) this.#output.log.write('warn', 'interrupted', undefined, { message: text });
    else if (this.#reporter === undefined) this.#environment.stderr.write(`${text}\n`);
    else this.#reporter.line(text);
  }

  /** The process ends right after this. */
  #abandon(): void {
    this.#reporter?.finish();
    const [only] = this.#runs;
    const { reason } = this.#interruption.signal;
    this.#output.printJson(() =>
      this.#isConfigured()
        ? reportOfAll(this.#named(), this.#identity.dryRun)
        : reportOfError(reason, only?.identity ?? this.#identity, only?.record.soFar()),
    );
  }
}
