import {
  type Conflict,
  type Resolution,
  type Side,
  SyncEngine,
  type SyncedEntry,
  type SyncPlan,
} from '@syncengine/core';
import type { Environment } from './environment.ts';
import { type KeptCopy, keptCopies, keyOf, planForCopies } from './kept-copies.ts';
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
  readonly copies?: boolean;
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
        if (choice !== undefined) {
          const wish = { choice, wanted, met, all: flags.all === true, copies: flags.copies === true };
          codes.push(await settle(open, wish, command), await settleCopies(open, wish, command));
        }
        const { waiting, copies } = await look(open, command);
        const listed = copies.map(({ path, of, side }) => ({ path, of, side }));
        documents.push({ ...jsonNameOf(open.pair), conflicts: waiting, copies: listed });
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
    return worstExitCode([
      ...codes,
      command.fail(usageError(`No conflict waits at ${quoted}, and no copy was kept of it.`), undefined),
    ]);
  });
}

type Choice = Exclude<Resolution, 'manual'>;

function parseChoice({ keep, path, all, copies }: ConflictsFlags): Choice | undefined {
  const says = path !== undefined || all === true || copies === true;
  if (keep === undefined) {
    if (!says) return undefined;
    throw usageError(
      '--path, --all and --copies say what is settled; say how with --keep source, destination or both.',
    );
  }
  if (!says) throw usageError('--keep says how conflicts are settled; say which with --path, --all or --copies.');
  if (keep === 'source' || keep === 'destination') return keep;
  if (keep === 'both') return 'keep-both';
  throw usageError(`${JSON.stringify(keep)} cannot be kept; choose source, destination or both.`);
}

/** What is to be settled, and how. */
interface Wish {
  readonly choice: Choice;
  readonly wanted: ReadonlySet<string>;
  /** Those of them that were found. */
  readonly met: Set<string>;
  readonly all: boolean;
  readonly copies: boolean;
}

/** Settles what was asked for: the plan holds nothing else. */
async function settle(open: OpenPair, { choice, wanted, met, all }: Wish, command: PairCommand): Promise<ExitCode> {
  const { signal } = command;
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
  return await carryOut(engine, plan, open, command);
}

/** Copies that earlier runs kept, by their own names or by what they are copies of. */
async function settleCopies(
  open: OpenPair,
  { choice, wanted, met, copies }: Wish,
  command: PairCommand,
): Promise<ExitCode> {
  const chosen: KeptCopy[] = [];
  for (const copy of await keptCopies(open, command.signal)) {
    const keys = [copy.path, copy.of].map((path) => keyOf(path, open));
    const named = [...wanted].filter((path) => !met.has(path) && keys.includes(keyOf(path, open)));
    if (copies || named.length > 0) chosen.push(copy);
  }
  const keys = new Set(chosen.flatMap(({ path, of }) => [path, of]).map((path) => keyOf(path, open)));
  for (const path of wanted) if (keys.has(keyOf(path, open))) met.add(path);
  if (chosen.length === 0) return 0;
  if (choice === 'keep-both') {
    for (const { path } of chosen)
      command.say(`${prefixOf(open.pair)}${printable(path)} is kept already; under another name it is listed no more.`);
    return 0;
  }
  const plan = await planForCopies(open, chosen, choice, command.signal);
  return await carryOut(new SyncEngine(open.options), plan, open, command);
}

async function carryOut(
  engine: SyncEngine,
  plan: SyncPlan,
  open: OpenPair,
  { signal, say, reporter, colors }: PairCommand,
): Promise<ExitCode> {
  const result = await engine.apply(plan, { signal, allow: open.settings.allow });
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
  return { waiting, copies: await keptCopies(open, signal) };
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
    ({ path, of, side }) =>
      `${prefix}${colors.dim('copy')}      ${printable(path)}  ${colors.dim(`(of ${printable(of)}, as the ${side} had it)`)}`,
  );
  const total =
    waiting.length === 0
      ? 'No conflict waits.'
      : `${counted(waiting.length, 'conflict waits', 'conflicts wait')}: --keep source, destination or both settles it.`;
  const advice =
    kept.length === 0
      ? ''
      : ` ${counted(kept.length, 'copy was', 'copies were')} kept: --copies with --keep source or destination settles ${kept.length === 1 ? 'it' : 'them'}, and so does deleting what you do not want.`;
  return [...listed, ...kept, `${prefix}${total}${advice}`];
}

function described({ kind, size, modifiedAt }: JsonContent): string {
  const parts: string[] = [kind];
  if (size !== undefined) parts.push(formatBytes(size));
  if (modifiedAt !== undefined) parts.push(`of ${new Date(modifiedAt).toISOString()}`);
  return parts.join(', ');
}
