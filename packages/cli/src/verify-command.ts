import {
  MemoryStateStore,
  type Operation,
  type Problem,
  SyncEngine,
  type SyncEngineOptions,
  type SyncPlan,
  SyncStateManager,
} from '@syncengine/core';
import type { Environment } from './environment.ts';
import type { OpenPair } from './open-pairs.ts';
import { type ExitCode, type OutcomeStatus, outcomeOfError, worstExitCode } from './outcome.ts';
import {
  type JsonError,
  type JsonPairName,
  jsonErrorOf,
  jsonNameOf,
  type PairCommand,
  type PairCommandFlags,
  prefixOf,
  runOnPairs,
  statusOfError,
} from './pair-command.ts';
import { printable } from './printable.ts';
import { problemLine } from './report-text.ts';
import { counted } from './units.ts';
import { commonAlgorithm, verifying } from './verifying-client.ts';

export interface VerifyFlags extends PairCommandFlags {
  readonly read?: boolean;
}

export type DifferenceKind = 'different' | 'only-on-source' | 'only-on-destination';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly path: string;
}

/** What `verify --json` tells of a pair. */
export interface JsonVerification extends JsonPairName {
  readonly status: OutcomeStatus | 'different';
  /** Files, links and folders that are the same on both sides. */
  readonly equal: number;
  readonly differences: readonly Difference[];
  readonly problems: readonly Problem[];
  readonly error?: JsonError;
}

/** `verify`: compares the contents of both sides and changes nothing. Never throws. */
export async function verify(
  places: readonly string[],
  flags: VerifyFlags,
  environment: Environment,
): Promise<ExitCode> {
  return await runOnPairs(places, flags, environment, async (command) => {
    const documents: object[] = command.failed.map(({ pair, error }) => ({
      ...jsonNameOf(pair),
      status: statusOfError(error),
      error: jsonErrorOf(error),
    }));
    const codes: ExitCode[] = command.failed.map(({ error }) => outcomeOfError(error).exitCode);
    const told: string[] = [];
    for (const [index, open] of command.open.entries()) {
      try {
        const verification = await verifyPair(open, index, flags.read === true, command);
        documents.push(verification);
        told.push(...verificationText(open, verification, command, flags.quiet === true));
        codes.push(verification.status === 'clean' ? 0 : 3);
      } catch (error) {
        command.signal.throwIfAborted();
        codes.push(command.fail(error, open.pair));
        documents.push({ ...jsonNameOf(open.pair), status: statusOfError(error), error: jsonErrorOf(error) });
      }
    }
    command.reporter.finish();
    for (const line of told) command.say(line);
    command.printJson({ pairs: documents });
    return worstExitCode(codes);
  });
}

async function verifyPair(
  open: OpenPair,
  index: number,
  readAll: boolean,
  { signal, reporter }: PairCommand,
): Promise<JsonVerification> {
  const engine = new SyncEngine(optionsFor(open, readAll));
  const plan = await engine.plan({
    signal,
    skip: open.settings.skip,
    onProgress: (event, snapshot) => reporter.show(event, snapshot, index, open.pair.name),
  });
  const differences = differencesIn(plan, open);
  const status = plan.problems.length > 0 ? 'problems' : differences.length > 0 ? 'different' : 'clean';
  return {
    ...jsonNameOf(open.pair),
    status,
    equal: plan.counts.adopted,
    differences,
    problems: plan.problems,
  };
}

/**
 * A replica of the leading side, planned without a memory: whatever is not the same shows as work. Nothing of it is ever
 * done.
 */
function optionsFor({ source, destination, options, settings }: OpenPair, readAll: boolean): SyncEngineOptions {
  const algorithm = readAll ? 'sha256' : commonAlgorithm(source.capabilities, destination.capabilities);
  const isLedByDestination = settings.mode.leader === 'destination';
  return {
    ...options,
    source: verifying(source, algorithm, readAll),
    destination: verifying(destination, algorithm, readAll),
    mode: isLedByDestination ? 'destination-to-source' : 'source-to-destination',
    compare: 'hash-only',
    state: new SyncStateManager({ store: new MemoryStateStore() }),
  };
}

function differencesIn(plan: SyncPlan, { settings }: OpenPair): readonly Difference[] {
  const { leader, effects } = settings.mode;
  const follower = leader === 'destination' ? 'source' : 'destination';
  // A backup keeps what its source no longer has.
  const keepsExtras = leader !== undefined && !effects[follower].delete;
  const found = new Map<string, Difference>();
  for (const operation of plan.operations) {
    const kind = differenceOf(operation);
    if (kind === undefined || (keepsExtras && kind === `only-on-${follower}`)) continue;
    found.set(operation.key, { kind, path: operation.path });
  }
  return [...found.values()].sort((left, right) => (left.path < right.path ? -1 : 1));
}

function differenceOf(operation: Operation): DifferenceKind | undefined {
  const { source, destination } = operation.evidence;
  if (operation.kind === 'set-metadata') return undefined;
  if (source !== undefined && destination === undefined) return 'only-on-source';
  if (source === undefined && destination !== undefined) return 'only-on-destination';
  return 'different';
}

function verificationText(
  { pair }: OpenPair,
  { equal, differences, problems }: JsonVerification,
  { colors }: PairCommand,
  quiet: boolean,
): readonly string[] {
  const prefix = prefixOf(pair);
  const lines = [
    ...differences.map(({ kind, path }) => `${prefix}${colors.yellow(kind)}  ${printable(path)}`),
    ...problems.map((problem) => `${prefix}${problemLine(problem, colors)}`),
  ];
  const same = counted(equal, 'entry is equal', 'entries are equal');
  const other = differences.length === 0 ? '' : `, ${counted(differences.length, 'difference')}`;
  const unseen = problems.length === 0 ? '' : `, ${counted(problems.length, 'problem')}`;
  return quiet ? lines : [...lines, `${prefix}${same}${other}${unseen}.`];
}
