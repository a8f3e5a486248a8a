import { planAll, type RunAllOptions, syncAll } from '@syncengine/core';
import { deletionWarning } from './deletions.ts';
import type { Environment } from './environment.ts';
import type { Explanation } from './explain.ts';
import type { SyncFlags } from './flags.ts';
import { Interruption } from './interruption.ts';
import { nameOfLocation } from './locations.ts';
import { isOpen, type OpenPair, OpenPairs } from './open-pairs.ts';
import { nameOfMode } from './options.ts';
import { type ExitCode, outcomeOfError } from './outcome.ts';
import { PairReporter } from './pair-reporter.ts';
import { PairRuns } from './pair-runs.ts';
import { printable } from './printable.ts';
import { type RunIdentity, reportOfAll, reportOfError } from './report-json.ts';
import { RunReporter } from './run-reporter.ts';
import type { Selection } from './selected-pair.ts';
import { selectPairs } from './selection.ts';
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

/** A pair that could be opened, with its place among all pairs of the run. */
interface Opened {
  readonly each: OpenPair;
  readonly index: number;
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
  #runs: PairRuns | undefined;
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
    checkFlags(this.#flags);
    const selection = await selectPairs(this.#places, this.#flags, this.#environment);
    this.#selection = selection;
    this.#pairs = new OpenPairs(selection);
    const opened = await this.#pairs.open();
    const { dryRun } = this.#identity;
    const runs = new PairRuns(opened, {
      selection,
      dryRun,
      output: this.#output,
      environment: this.#environment,
    });
    this.#runs = runs;
    if (selection.configuration === undefined) {
      const [only] = opened;
      if (only !== undefined && !isOpen(only)) throw only.error;
    }
    const open = opened.flatMap((each, index) => (isOpen(each) ? [{ each, index }] : []));
    for (const [index, each] of opened.entries()) if (!isOpen(each)) runs.endFailed(index, each);
    if (open.length > 0) this.#startReporter();
    if (this.#flags.explain !== undefined) await this.#explain(open);
    else if (dryRun) await this.#plan(open, runs);
    else await this.#sync(open, runs);
    return runs.exitCode;
  }

  fail(error: unknown): ExitCode {
    this.#reporter?.finish();
    this.#output.tellError(error, undefined, this.#state);
    this.#output.printJson(() => this.#reportOfError(error, error));
    return outcomeOfError(error).exitCode;
  }

  /** What was to be done is done: a farewell that fails is told, and changes nothing. */
  async close(): Promise<void> {
    this.#interruption.dispose();
    for (const failure of (await this.#pairs?.close()) ?? []) this.#output.tellError(failure, undefined, this.#state);
  }

  async #sync(open: readonly Opened[], runs: PairRuns): Promise<void> {
    const outcomes = await syncAll(
      open.map(({ each }) => each.options),
      this.#runOptions(open, runs),
    );
    this.#reporter?.finish();
    for (const [at, { each, index }] of open.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) await runs.endRun(index, each, outcome);
    }
    this.#printReport(runs);
  }

  async #plan(open: readonly Opened[], runs: PairRuns): Promise<void> {
    const outcomes = await planAll(
      open.map(({ each }) => each.options),
      this.#runOptions(open, runs),
    );
    this.#reporter?.finish();
    for (const [at, { each, index }] of open.entries()) {
      const outcome = outcomes[at];
      if (outcome !== undefined) runs.endPlan(index, each, outcome);
    }
    this.#printReport(runs);
  }

  async #explain(open: readonly Opened[]): Promise<void> {
    const { explain } = await import('./explain.ts');
    const explanations: Explanation[] = [];
    for (const { each } of open) {
      for (const path of this.#flags.explain ?? []) {
        explanations.push(await explain(each, path, this.#interruption.signal));
      }
    }
    this.#reporter?.finish();
    this.#output.printJson(() => ({ explanations }));
    await this.#output.printExplanations(explanations);
  }

  #runOptions(open: readonly Opened[], runs: PairRuns): RunAllOptions {
    const reporters = open.map(({ each }) => this.#pairReporter(each));
    const [first] = open;
    // These are flags of the run, the same for all its pairs.
    const { force, skip, allow } = first?.each.settings ?? {};
    return {
      signal: this.#interruption.signal,
      limits: this.#selection?.limits,
      onProgress: (event, snapshot, at) => {
        const index = open[at]?.index ?? -1;
        const name = runs.nameOf(index);
        if (!this.#identity.dryRun || this.#flags.json === true) runs.note(index, event);
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

  #startReporter(): void {
    if (this.#output.log !== undefined) return;
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

  #printReport(runs: PairRuns): void {
    this.#output.printJson(() => {
      if (this.#isConfigured()) return runs.reportOfAll(this.#interruption.signal.reason);
      return runs.onlyReport ?? reportOfError(new TypeError('There was no pair.'), this.#identity);
    });
  }

  /** @param error of the command as a whole; of pairs alone there is none */
  #reportOfError(reason: unknown, error?: unknown): object {
    if (this.#isConfigured()) {
      return (
        this.#runs?.reportOfAll(this.#interruption.signal.reason, error) ??
        reportOfAll([], this.#identity.dryRun, error)
      );
    }
    return this.#runs?.reportOfOnly(reason, this.#identity) ?? reportOfError(reason, this.#identity);
  }

  /** True where the answer is about pairs that have names. */
  #isConfigured(): boolean {
    if (this.#selection !== undefined) return this.#selection.configuration !== undefined;
    return this.#places.length === 0 || this.#flags.config !== undefined;
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
    this.#output.printJson(() => this.#reportOfError(this.#interruption.signal.reason));
  }
}

function checkFlags({ quiet, verbose, logFormat }: SyncFlags): void {
  if (quiet === true && verbose === true) throw usageError('--quiet and --verbose contradict each other.');
  if (logFormat !== undefined && logFormat !== 'text' && logFormat !== 'json') {
    throw usageError(`${JSON.stringify(logFormat)} is no log format; choose text or json.`);
  }
}
