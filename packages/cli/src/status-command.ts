import { type Problem, planAll, type SyncCounts, type SyncPlan } from '@syncengine/core';
import type { Environment } from './environment.ts';
import { identityOf, type LastRun, LastRuns } from './last-runs.ts';
import type { OpenPair } from './open-pairs.ts';
import {
  type ExitCode,
  exitCodeOfStatus,
  type OutcomeStatus,
  outcomeOfError,
  statusOfPlan,
  worstExitCode,
} from './outcome.ts';
import {
  type JsonError,
  type JsonPairName,
  jsonErrorOf,
  jsonNameOf,
  type PairCommand,
  type PairCommandFlags,
  runOnPairs,
  statusOfError,
  titleOf,
} from './pair-command.ts';
import { printable } from './printable.ts';
import { countsText } from './report-text.ts';
import { openStateStore } from './state-location.ts';
import { formatBytes, formatCount } from './units.ts';

export interface StatusFlags extends PairCommandFlags {
  readonly scan?: boolean;
}

/** What `status --json` tells of a pair. */
export interface JsonStatus extends JsonPairName {
  /** `pending` when all that is left is what the next run does. */
  readonly status: OutcomeStatus | 'pending';
  readonly mode: string;
  readonly lastRun: LastRun | null;
  /** What the next run would do; `null` when nobody looked, or it cannot be told. */
  readonly pending: { readonly counts: SyncCounts; readonly bytes: number } | null;
  /** Conflicts that are left to people. */
  readonly conflicts: ReadonlyArray<{ readonly path: string; readonly reason: string }>;
  readonly problems: readonly Problem[];
  readonly error?: JsonError;
}

/** More than this are counted. */
const mostNamed = 5;

/** `status`: how the last run of each pair went, and what the next one would do. Never throws. */
export async function showStatus(
  places: readonly string[],
  flags: StatusFlags,
  environment: Environment,
): Promise<ExitCode> {
  return await runOnPairs(places, flags, environment, async (command) => {
    const lastRuns = new LastRuns(openStateStore(command.selection.state, environment));
    const statuses: Array<{ readonly open: OpenPair; readonly status: JsonStatus }> = [];
    const outcomes = flags.scan === false ? [] : await plansOf(command);
    const codes: ExitCode[] = command.failed.map(({ error }) => outcomeOfError(error).exitCode);
    for (const [index, open] of command.open.entries()) {
      const lastRun = (await lastRuns.read(identityOf(open))) ?? null;
      const outcome = outcomes[index];
      if (outcome?.status === 'rejected') {
        codes.push(command.fail(outcome.error, open.pair));
        statuses.push({ open, status: statusOf(open, lastRun, undefined, outcome.error) });
        continue;
      }
      const plan = outcome?.plan;
      codes.push(plan === undefined ? 0 : exitCodeOfPlan(plan, open));
      statuses.push({ open, status: statusOf(open, lastRun, plan) });
    }
    command.reporter.finish();
    for (const { open, status } of statuses) for (const line of statusText(open, status, command)) command.say(line);
    const failed = command.failed.map(({ pair, error }) => ({
      ...jsonNameOf(pair),
      status: statusOfError(error),
      error: jsonErrorOf(error),
    }));
    command.printJson({ pairs: [...statuses.map(({ status }) => status), ...failed] });
    return worstExitCode(codes);
  });
}

async function plansOf({ open, reporter, signal, selection }: PairCommand): ReturnType<typeof planAll> {
  return await planAll(
    open.map(({ options }) => options),
    {
      signal,
      limits: selection.limits,
      onProgress: (event, snapshot, at) => reporter.show(event, snapshot, at, open[at]?.pair.name),
    },
  );
}

function exitCodeOfPlan(plan: SyncPlan, { settings }: OpenPair): ExitCode {
  if (plan.stops.some(({ code }) => !settings.allow.includes(code))) return 4;
  return exitCodeOfStatus(statusOfPlan(plan));
}

function statusOf(open: OpenPair, lastRun: LastRun | null, plan: SyncPlan | undefined, error?: unknown): JsonStatus {
  const left = plan?.conflicts.filter(({ resolution }) => resolution === 'manual') ?? [];
  const stop = plan?.stops[0];
  const failure = error ?? stop;
  return {
    ...jsonNameOf(open.pair),
    status: wordFor(plan, error, lastRun),
    mode: open.settings.mode.name,
    lastRun,
    pending: plan === undefined ? null : { counts: plan.counts, bytes: plan.bytes },
    conflicts: left.map(({ path, reason }) => ({ path, reason })),
    problems: plan?.problems ?? [],
    ...(failure === undefined
      ? {}
      : { error: stop === undefined ? jsonErrorOf(error) : { code: stop.code, message: stop.message } }),
  };
}

function wordFor(plan: SyncPlan | undefined, error: unknown, lastRun: LastRun | null): JsonStatus['status'] {
  if (error !== undefined) return statusOfError(error);
  if (plan === undefined) return lastRun?.status ?? 'pending';
  if (plan.stops.length > 0) return 'stopped';
  const status = statusOfPlan(plan);
  return status === 'clean' && plan.operations.length > 0 ? 'pending' : status;
}

function statusText(open: OpenPair, status: JsonStatus, { colors }: PairCommand): readonly string[] {
  const { lastRun, pending, conflicts, problems, error } = status;
  const row = (head: string, text: string): string => `  ${head.padEnd(9)}  ${text}`;
  return [
    `${colors.bold(titleOf(open.pair))} ${colors.dim(`(${status.mode})`)}`,
    row('last run', lastRun === null ? 'never' : lastRunText(lastRun)),
    ...(pending === null ? [] : [row('pending', pendingText(pending))]),
    ...(conflicts.length === 0 ? [] : [row('conflicts', named(conflicts.map(({ path }) => path)))]),
    ...(problems.length === 0 ? [] : [row('problems', named(problems.map(({ path, side }) => path || side)))]),
    ...(error === undefined ? [] : [row(status.status, printable(error.message))]),
  ];
}

function lastRunText({ endedAt, status, counts, bytes, conflicts, problems, error }: LastRun): string {
  const done = countsText(counts, 'done');
  const transferred = bytes.transferred > 0 ? `; ${formatBytes(bytes.transferred)} transferred` : '';
  const met = [
    conflicts.length > 0 ? `${formatCount(conflicts.length)} in conflict` : '',
    problems.length > 0 ? `${formatCount(problems.length)} with problems` : '',
    error === undefined ? '' : printable(error.message),
  ].filter((part) => part !== '');
  return [
    `${endedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}, ${status}: ${done === '' ? 'nothing to do' : done}${transferred}`,
    ...met,
  ].join('; ');
}

function pendingText({ counts, bytes }: NonNullable<JsonStatus['pending']>): string {
  const work = countsText(counts, 'planned');
  return `${work === '' ? 'nothing' : work}${bytes > 0 ? `; ${formatBytes(bytes)}` : ''}`;
}

function named(paths: readonly string[]): string {
  const shown = paths.slice(0, mostNamed).map(printable).join(', ');
  const more = paths.length - mostNamed;
  return `${formatCount(paths.length)}: ${shown}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}
