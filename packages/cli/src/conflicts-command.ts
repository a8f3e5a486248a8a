import { type Conflict, joinKey, type Resolution, type Side, SyncEngine, type SyncedEntry } from '@syncengine/core';
import type { Environment } from './environment.ts';
import { identityOf } from './last-runs.ts';
import type { OpenPair } from './open-pairs.ts';
import { parseFlagValues } from './options.ts';
import { type ExitCode, exitCodeOfStatus, outcomeOfError, worstExitCode } from './outcome.ts';
import {
  jsonErrorOf,
  jsonNameOf,
  type PairCommand,
  type PairCommandFlags,
  prefixOf,
  runOnPairs,
  statusOfError,
} from './pair-command.ts';
import { printable } from './printable.ts';
import { operationLine } from './report-text.ts';
import { settledPlan, summaryOf } from './settled-plan.ts';
import { counted, formatBytes } from './units.ts';
import { usageError } from './usage.ts';

export interface ConflictsFlags extends PairCommandFlags {
  readonly keep?: string;
  readonly path?: readonly string[];
  readonly all?: boolean;
}

/** A conflict that waits for someone to settle it. */
interface OpenConflict {
  readonly path: string;
  readonly reason: string;
  readonly source: JsonContent | null;
  readonly destination: JsonContent | null;
  readonly newer?: Side;
}

interface JsonContent {
  readonly kind: SyncedEntry['kind'];
  /** Bytes, of files. */
  readonly size?: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number;
}

/** A copy that an earlier run made, so that both contents stay. */
interface KeptCopy {
  readonly path: string;
  /** What it is a copy of. */
  readonly of: string;
}

/** `conflicts`: lists them, or settles some of them and nothing else. Never throws. */
export async function conflicts(
  places: readonly string[],
  flags: ConflictsFlags,
  environment: Environment,
): Promise<ExitCode> {
  return await runOnPairs(places, flags, environment, async (command) => {
    const choice = parseChoice(flags);
    const codes: ExitCode[] = command.failed.map(({ error }) => outcomeOfError(error).exitCode);
    const documents: object[] = command.failed.map(({ pair, error }) => ({
      ...jsonNameOf(pair),
      status: statusOfError(error),
      error: jsonErrorOf(error),
    }));
    const wanted = new Set(flags.path?.map(parseFlagValues.path));
    const met = new Set<string>();
    for (const open of command.open) {
      try {
        if (choice !== undefined)
          codes.push(await settle(open, { choice, wanted, met, all: flags.all === true }, command));
        const { waiting, copies } = await look(open, command);
        documents.push({ ...jsonNameOf(open.pair), conflicts: waiting, copies });
        for (const line of conflictText(open, waiting, copies, command)) command.say(line);
        if (waiting.length > 0) codes.push(3);
      } catch (error) {
        command.signal.throwIfAborted();
        codes.push(command.fail(error, open.pair));
        documents.push({ ...jsonNameOf(open.pair), status: statusOfError(error), error: jsonErrorOf(error) });
      }
    }
    command.printJson({ pairs: documents });
    const unmet = [...wanted].filter((path) => !met.has(path));
    if (unmet.length === 0) return worstExitCode([0, ...codes]);
    const quoted = unmet.map((path) => JSON.stringify(path)).join(', ');
    return worstExitCode([...codes, command.fail(usageError(`No conflict waits at ${quoted}.`), undefined)]);
  });
}

type Choice = Exclude<Resolution, 'manual'>;

function parseChoice({ keep, path, all }: ConflictsFlags): Choice | undefined {
  if (keep === undefined) {
    if (path === undefined && all !== true) return undefined;
    throw usageError(
      '--path and --all say which conflicts are settled; say how with --keep source, destination or both.',
    );
  }
  if (path === undefined && all !== true) {
    throw usageError('--keep says how conflicts are settled; say which with --path, or --all.');
  }
  if (keep === 'source' || keep === 'destination') return keep;
  if (keep === 'both') return 'keep-both';
  throw usageError(`${JSON.stringify(keep)} cannot be kept; choose source, destination or both.`);
}

/** Settles what was asked for: the plan holds nothing else. */
async function settle(
  open: OpenPair,
  {
    choice,
    wanted,
    met,
    all,
  }: {
    readonly choice: Choice;
    readonly wanted: ReadonlySet<string>;
    readonly met: Set<string>;
    readonly all: boolean;
  },
  { signal, say, reporter, colors }: PairCommand,
): Promise<ExitCode> {
  const asked = new Set([...wanted].map((path) => keyOf(path, open)));
  const isChosen = ({ path }: Pick<Conflict, 'path'>): boolean => all || asked.has(keyOf(path, open));
  const engine = new SyncEngine({
    ...open.options,
    conflict: (conflict) => (isChosen(conflict) ? choice : 'manual'),
  });
  const { skip, allow } = open.settings;
  const plan = settledPlan(await engine.plan({ signal, skip, allow }), (path) => keyOf(path, open), isChosen);
  for (const path of wanted)
    if (plan.conflicts.some((conflict) => keyOf(conflict.path, open) === keyOf(path, open))) met.add(path);
  if (plan.conflicts.length === 0) return 0;
  const result = await engine.apply(plan, { signal, allow });
  for (const operation of result.operations)
    say(`${prefixOf(open.pair)}${operationLine(summaryOf(operation), colors)}`);
  for (const { message } of result.problems) reporter.line(`${prefixOf(open.pair)}${printable(message)}`);
  return result.problems.length > 0 ? 3 : exitCodeOfStatus(result.status);
}

async function look(
  open: OpenPair,
  { signal }: PairCommand,
): Promise<{ readonly waiting: readonly OpenConflict[]; readonly copies: readonly KeptCopy[] }> {
  const waiting: OpenConflict[] = [];
  const engine = new SyncEngine({
    ...open.options,
    conflict: (conflict) => {
      waiting.push(openConflict(conflict));
      return 'manual';
    },
  });
  const { skip, allow } = open.settings;
  await engine.plan({ signal, skip, allow });
  return { waiting, copies: await copiesOf(open, signal) };
}

function openConflict({ path, reason, source, destination, newer }: Conflict): OpenConflict {
  return {
    path,
    reason,
    source: contentOf(source),
    destination: contentOf(destination),
    ...(newer === undefined ? {} : { newer }),
  };
}

function contentOf(entry: SyncedEntry | undefined): JsonContent | null {
  if (entry === undefined) return null;
  const { kind, modifiedAt } = entry;
  return {
    kind,
    ...(kind === 'file' ? { size: entry.size } : {}),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
  };
}

const copyName = /^(.*)\.conflict-(?:source|destination)-(?:\d{8}T\d{6}Z|undated)(?:-\d+)?(\.[^./]*)?$/s;

async function copiesOf(open: OpenPair, signal: AbortSignal): Promise<readonly KeptCopy[]> {
  const copies: KeptCopy[] = [];
  for await (const { source } of open.options.state?.dump(identityOf(open), { signal }) ?? []) {
    const [, stem, suffix = ''] = copyName.exec(source.path) ?? [];
    if (stem !== undefined) copies.push({ path: source.path, of: `${stem}${suffix}` });
  }
  return copies;
}

function conflictText(
  { pair }: OpenPair,
  waiting: readonly OpenConflict[],
  copies: readonly KeptCopy[],
  { colors }: PairCommand,
): readonly string[] {
  const prefix = prefixOf(pair);
  const side = (name: Side, { newer, ...conflict }: OpenConflict): string => {
    const content = conflict[name];
    return `  ${name.padEnd(11)}  ${content === null ? 'deleted' : described(content)}${newer === name ? ' (newer)' : ''}`;
  };
  const listed = waiting.flatMap((conflict) => [
    `${prefix}${colors.magenta('conflict')}  ${printable(conflict.path)}  ${colors.dim(`(${conflict.reason})`)}`,
    side('source', conflict),
    side('destination', conflict),
  ]);
  const kept = copies.map(
    ({ path, of }) =>
      `${prefix}${colors.dim('copy')}      ${printable(path)}  ${colors.dim(`(beside ${printable(of)})`)}`,
  );
  const total =
    waiting.length === 0
      ? 'No conflict waits.'
      : `${counted(waiting.length, 'conflict waits', 'conflicts wait')}: --keep source, destination or both settles it.`;
  const advice =
    kept.length === 0
      ? ''
      : ` ${counted(kept.length, 'copy was', 'copies were')} kept; delete what you do not want, and the next run does so on the other side.`;
  return [...listed, ...kept, `${prefix}${total}${advice}`];
}

function described({ kind, size, modifiedAt }: JsonContent): string {
  const parts: string[] = [kind];
  if (size !== undefined) parts.push(formatBytes(size));
  if (modifiedAt !== undefined) parts.push(`of ${new Date(modifiedAt).toISOString()}`);
  return parts.join(', ');
}

function keyOf(path: string, { source, destination }: OpenPair): string {
  const exact = source.capabilities.caseSensitive && destination.capabilities.caseSensitive;
  return joinKey(path, exact ? 'exact' : 'ignore-case');
}
