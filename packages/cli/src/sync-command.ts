import { type Side, type StorageClient, SyncEngine, SyncEngineError, type SyncEngineOptions } from '@syncengine/core';
import { colorsFor } from './colors.ts';
import { deletionWarning, plannedDeletions, type TrashFacts, trashDays } from './deletions.ts';
import type { Environment } from './environment.ts';
import { errorText, stateHint } from './error-text.ts';
import { Interruption } from './interruption.ts';
import { nameOfLocation, openLocation } from './locations.ts';
import { nameOfMode, parseSyncFlags, type SyncSettings } from './options.ts';
import { type ExitCode, exitCodeOfStatus, outcomeOfError, statusOfPlan } from './outcome.ts';
import { printable, printableJson } from './printable.ts';
import type { SyncFlags } from './program.ts';
import { type JsonReport, type RunIdentity, reportOfError, reportOfPlan, reportOfResult } from './report-json.ts';
import { planText, summaryLine } from './report-text.ts';
import { RunRecord } from './run-record.ts';
import { RunReporter } from './run-reporter.ts';
import { openState } from './state-location.ts';

/** Two places as they were typed. */
export interface Locations {
  readonly source: string;
  readonly destination: string;
}

/** `sync` and `plan`: never throws, but says what went wrong and returns the exit code for it. */
export async function runSync(locations: Locations, flags: SyncFlags, environment: Environment): Promise<ExitCode> {
  const command = new SyncCommand(locations, flags, environment);
  try {
    return await command.run();
  } catch (error) {
    return command.fail(error);
  } finally {
    await command.close();
  }
}

class SyncCommand {
  readonly #locations: Locations;
  readonly #flags: SyncFlags;
  readonly #environment: Environment;
  readonly #identity: RunIdentity;
  readonly #record = new RunRecord();
  readonly #interruption: Interruption;
  readonly #clients: StorageClient[] = [];
  #reporter: RunReporter | undefined;
  #hasPrintedJson = false;

  constructor(locations: Locations, flags: SyncFlags, environment: Environment) {
    this.#locations = locations;
    this.#flags = flags;
    this.#environment = environment;
    this.#identity = { mode: nameOfMode(flags.mode), dryRun: flags.dryRun === true };
    this.#interruption = new Interruption(
      environment,
      () => this.#interrupt(),
      () => this.#abandon(),
    );
  }

  async run(): Promise<ExitCode> {
    const settings = parseSyncFlags(this.#flags);
    const source = await this.#open('source');
    const destination = await this.#open('destination');
    const engine = new SyncEngine(this.#engineOptions(settings, source, destination));
    const facts = { source, destination, trash: settings.trash, replaced: settings.mode.replaced };
    const reporter = this.#startReporter(facts);
    const { force, skip, allow } = settings;
    const options = {
      signal: this.#interruption.signal,
      onProgress: (...[event, snapshot]: Parameters<RunReporter['onProgress']>): void => {
        if (this.#flags.json === true) this.#record.note(event);
        reporter.onProgress(event, snapshot);
      },
      force,
      skip,
      allow,
    };
    return this.#identity.dryRun
      ? this.#endPlan(await engine.plan(options), settings, facts)
      : this.#endRun(await engine.sync(options));
  }

  fail(error: unknown): ExitCode {
    this.#reporter?.finish();
    this.#tellError(error);
    this.#printJson(() => reportOfError(error, this.#identity, this.#record.soFar()));
    return outcomeOfError(error).exitCode;
  }

  /** What was to be done is done: a farewell that fails is told, and changes nothing. */
  async close(): Promise<void> {
    this.#interruption.dispose();
    const farewells = await Promise.allSettled(this.#clients.map((client) => client.close?.()));
    for (const farewell of farewells) if (farewell.status === 'rejected') this.#tellError(farewell.reason);
  }

  async #open(side: Side): Promise<StorageClient> {
    const client = await openLocation(this.#locations[side], side, this.#environment);
    this.#clients.push(client);
    return client;
  }

  #engineOptions(settings: SyncSettings, source: StorageClient, destination: StorageClient): SyncEngineOptions {
    const { mode, compare, conflict, initial, strict, filter, symlinks, renames, maximumDeletions, marker } = settings;
    const { ignorePatterns, ignoreFileName, excludeDotFiles, transfers, operations, bytesPerSecond } = settings;
    return {
      source,
      destination,
      mode,
      strict,
      ignore: { patterns: ignorePatterns, fileName: ignoreFileName, excludeDotFiles },
      renames,
      state: openState(this.#flags.state, this.#environment),
      trash: settings.trash ? { keepDays: trashDays } : false,
      limits: { transfers, operations, bytesPerSecond },
      compare,
      conflict,
      initial,
      filter,
      symlinks,
      maximumDeletions,
      marker,
    };
  }

  #startReporter(facts: TrashFacts): RunReporter {
    const { quiet, verbose, json } = this.#flags;
    const { mode, dryRun } = this.#identity;
    const [source, destination] = [this.#locations.source, this.#locations.destination].map(nameOfLocation);
    this.#reporter = new RunReporter(
      {
        quiet: quiet === true,
        verbose: verbose === true,
        json: json === true,
        dryRun,
        title: printable(`Synchronising ${source} and ${destination} (${mode})`),
        deletionWarning: (side, files) => deletionWarning(side, files, facts),
      },
      this.#environment,
    );
    return this.#reporter;
  }

  #endRun(result: Awaited<ReturnType<SyncEngine['sync']>>): ExitCode {
    this.#reporter?.finish();
    this.#printText(() => [summaryLine(result)]);
    this.#printJson(() => reportOfResult(result));
    return exitCodeOfStatus(result.status);
  }

  #endPlan(plan: Awaited<ReturnType<SyncEngine['plan']>>, { allow }: SyncSettings, facts: TrashFacts): ExitCode {
    this.#reporter?.finish();
    const { stdout, env } = this.#environment;
    this.#printText(() => planText(plan, plannedDeletions(plan, facts), colorsFor(stdout, env)));
    const stop = plan.stops.find(({ code }) => !allow.includes(code));
    if (stop === undefined) {
      this.#printJson(() => reportOfPlan(plan));
      return exitCodeOfStatus(statusOfPlan(plan));
    }
    const { code, message } = stop;
    this.#printJson(() => ({ ...reportOfPlan(plan), status: 'stopped', error: { code, message } }));
    return this.fail(new SyncEngineError(code, message));
  }

  #tellError(error: unknown): void {
    const { stderr, env } = this.#environment;
    const text = errorText(error, colorsFor(stderr, env), this.#flags.verbose === true);
    stderr.write(`${text}${stateHint(error, this.#flags.state)}\n`);
  }

  #printText(lines: () => readonly string[]): void {
    if (this.#flags.json === true || this.#flags.quiet === true) return;
    this.#environment.stdout.write(
      lines()
        .map((line) => `${line}\n`)
        .join(''),
    );
  }

  /** At most one document, whatever happens after it. */
  #printJson(report: () => JsonReport): void {
    if (this.#flags.json !== true || this.#hasPrintedJson) return;
    this.#hasPrintedJson = true;
    this.#environment.stdout.write(`${printableJson(report())}\n`);
  }

  #interrupt(): void {
    if (this.#flags.quiet === true) return;
    const text = 'Interrupted: finishing what is under way. Once more to stop at once.';
    if (this.#reporter === undefined) this.#environment.stderr.write(`${text}\n`);
    else this.#reporter.line(text);
  }

  /** The process ends right after this. */
  #abandon(): void {
    this.#reporter?.finish();
    this.#printJson(() => reportOfError(this.#interruption.signal.reason, this.#identity, this.#record.soFar()));
  }
}
