import { type Colors, colorsFor } from './colors.ts';
import type { Environment } from './environment.ts';
import { errorText, stateHint } from './error-text.ts';
import type { OutputFlags, PairFlags } from './flags.ts';
import { Interruption } from './interruption.ts';
import { nameOfLocation } from './locations.ts';
import { type FailedPair, isOpen, type OpenPair, OpenPairs } from './open-pairs.ts';
import { type ExitCode, type OutcomeStatus, outcomeOfError } from './outcome.ts';
import { printable, printableJson } from './printable.ts';
import { messageOf } from './report-json.ts';
import { RunReporter } from './run-reporter.ts';
import type { SelectedPair, Selection } from './selected-pair.ts';
import { selectPairs } from './selection.ts';

export interface PairCommandFlags extends PairFlags, OutputFlags {}

/** What a command that looks at pairs has at hand. */
export interface PairCommand {
  readonly selection: Selection;
  readonly open: readonly OpenPair[];
  /** They are told already; `open` is without them. */
  readonly failed: readonly FailedPair[];
  readonly signal: AbortSignal;
  readonly reporter: RunReporter;
  /** Of standard output. */
  readonly colors: Colors;
  /** A line for people, on standard output: nothing with `--json`, or where nothing went wrong and `--quiet` was said. */
  say(line: string): void;
  /** Tells an error of a pair. */
  fail(error: unknown, pair: SelectedPair | undefined): ExitCode;
  /** The one document of `--json`. */
  printJson(document: object): void;
}

/** How a pair is named in documents. */
export interface JsonPairName {
  /** Not there for two places that were typed. */
  readonly name?: string;
  readonly source: string;
  readonly destination: string;
}

export interface JsonError {
  readonly code: string;
  readonly message: string;
}

/** Opens what was asked for, has something done with it, and tells what went wrong. Never throws. */
export async function runOnPairs(
  places: readonly string[],
  flags: PairCommandFlags,
  environment: Environment,
  work: (command: PairCommand) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { stdout, stderr, env } = environment;
  const interruption = new Interruption(
    environment,
    () => undefined,
    () => undefined,
  );
  let pairs: OpenPairs | undefined;
  let selection: Selection | undefined;
  let reporter: RunReporter | undefined;
  let isPrinted = false;
  const printJson = (document: object): void => {
    if (flags.json !== true || isPrinted) return;
    isPrinted = true;
    stdout.write(`${printableJson(document)}\n`);
  };
  const fail = (error: unknown, pair: SelectedPair | undefined): ExitCode => {
    const text = errorText(error, colorsFor(stderr, env), flags.verbose === true);
    const line = `${prefixOf(pair)}${text}${stateHint(error, selection?.state ?? flags.state)}`;
    if (reporter === undefined) stderr.write(`${line}\n`);
    else reporter.line(line);
    return outcomeOfError(error).exitCode;
  };
  try {
    selection = await selectPairs(places, flags, environment);
    pairs = new OpenPairs(selection);
    const opened = await pairs.open();
    const { quiet, verbose, json } = flags;
    reporter = new RunReporter(
      { quiet: quiet === true, verbose: verbose === true, json: json === true, dryRun: true },
      environment,
    );
    const failed = opened.flatMap((each) => (isOpen(each) ? [] : [each]));
    for (const { error, pair } of failed) fail(error, pair);
    return await work({
      selection,
      open: opened.filter(isOpen),
      failed,
      signal: interruption.signal,
      reporter,
      colors: colorsFor(stdout, env),
      say: (line) => {
        if (json !== true) stdout.write(`${line}\n`);
      },
      fail,
      printJson,
    });
  } catch (error) {
    reporter?.finish();
    const exitCode = fail(error, undefined);
    printJson({ status: outcomeOfError(error).status, pairs: [], error: jsonErrorOf(error) });
    return exitCode;
  } finally {
    reporter?.finish();
    interruption.dispose();
    for (const failure of (await pairs?.close()) ?? []) fail(failure, undefined);
  }
}

export function jsonNameOf({ name, source, destination }: SelectedPair): JsonPairName {
  return {
    ...(name === undefined ? {} : { name }),
    source: nameOfLocation(source.location),
    destination: nameOfLocation(destination.location),
  };
}

/** For people: `documents`, or the two places. */
export function titleOf({ name, source, destination }: SelectedPair): string {
  const [from, to] = [source, destination].map(({ location }) => nameOfLocation(location));
  return printable(name === undefined ? `${from} and ${to}` : `${name}: ${from} and ${to}`);
}

/** Said before a line, where pairs have names. */
export function prefixOf(pair: SelectedPair | undefined): string {
  return pair?.name === undefined ? '' : `${printable(pair.name)}: `;
}

export function jsonErrorOf(error: unknown): JsonError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unexpected';
  return { code, message: messageOf(error) };
}

export function statusOfError(error: unknown): OutcomeStatus {
  return outcomeOfError(error).status;
}
