import type { ExaminedRow } from '../compare/index.ts';
import type { RailCode, Side } from '../errors.ts';
import { buildPlan, countDeletedFiles, type SyncPlan } from '../plan/index.ts';
import type { ProgressTracker } from '../progress/index.ts';
import { type Decision, type ReconcilePolicy, type Resolution, reconcileInSteps } from '../reconcile/index.ts';
import type { PairState } from '../state/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { giveTurn, inTurns } from '../turns.ts';
import { resolveConflicts } from './conflicts.ts';
import { nameConflictCopies } from './copy-names.ts';
import { impliesDirectories } from './implied-directories.ts';
import { disposalOf } from './keeping.ts';
import { type Observation, observe, racyCheck } from './observe.ts';
import type { Roots } from './roots.ts';
import type { EngineSettings } from './settings.ts';
import type { SideFeed } from './side-feed.ts';

export interface PlanningOptions {
  readonly settings: EngineSettings;
  readonly state: PairState;
  readonly roots: Roots;
  readonly feeds: Readonly<Record<Side, SideFeed | undefined>>;
  readonly force: boolean;
  readonly skip: Iterable<string>;
  readonly allow: ReadonlySet<RailCode>;
  readonly tracker: ProgressTracker;
  readonly signal: AbortSignal;
}

/** Looks at both sides and says what a run would do. Changes nothing. */
export async function makePlan(options: PlanningOptions): Promise<SyncPlan> {
  const { settings, state, signal, tracker } = options;
  const observation = await observe(options);
  const policy = policyOf(options, observation);
  const resolutions = await resolveConflicts(observation.rows, policy, settings.conflict);
  const resolution = (row: ExaminedRow): Resolution => resolutions.get(row.key) ?? 'keep-both';
  const reconciled = await inTurns(reconcileInSteps(observation.rows, policy, resolution), signal);
  const { source, destination, folding } = settings;
  const { copies, decided } = await nameConflictCopies(reconciled, { source, destination, folding, signal });
  const { counts } = observation;
  const mayTakeSpace = observation.moves.length > 0 || decided.some(({ decision }) => takesSpace(decision));
  const room = async (client: StorageClient) => (mayTakeSpace ? await freeBytes(client, signal) : undefined);
  const steps = buildPlan({
    source: source.id,
    destination: destination.id,
    mode: settings.mode,
    createdAt: settings.clock.now(),
    generation: state.generation,
    decided,
    copies,
    moves: observation.moves,
    notices: observation.notices,
    setsPermissions: {
      source: policy.settable.source.permissions,
      destination: policy.settable.destination.permissions,
    },
    impliedDirectories: { source: impliesDirectories(source), destination: impliesDirectories(destination) },
    unchanged: counts.unchanged,
    excluded: counts.excluded,
    statistics: {
      firstRun: !state.completed,
      knownFiles: counts.baseFiles,
      seen: { source: counts.source, destination: counts.destination },
      incomplete: incompleteSides(observation),
      observedFrom: observation.observedFrom,
    },
    maximumDeletions: settings.maximumDeletions,
    freeBytes: { source: await room(source), destination: await room(destination) },
    rootsPresent: { source: options.roots.source, destination: options.roots.destination },
    keepsReplaced: { source: keepsReplaced('source', settings), destination: keepsReplaced('destination', settings) },
    transfers: settings.transfers.limit,
    isRacy: racyCheck(settings, observation.observedFrom),
  });
  const plan = await inTurns(steps, signal);
  await giveTurn(signal);
  announce(plan, tracker);
  return plan;
}

function policyOf({ settings, state, force, allow }: PlanningOptions, observation: Observation): ReconcilePolicy {
  const { mode, initial, strict, source, destination } = settings;
  return {
    mode,
    initial,
    strict,
    force,
    firstRun: !state.completed,
    suspendDeletions: incompleteSides(observation).length > 0 && !allow.has('rail-incomplete-scan'),
    impliedDirectories: impliesDirectories(source) || impliesDirectories(destination),
    settable: { source: metadataAbility(source), destination: metadataAbility(destination) },
  };
}

function metadataAbility(client: StorageClient): { times: boolean; permissions: boolean } {
  const inPlace = client.setMetadata !== undefined;
  return {
    times: inPlace && client.capabilities.modifiedAt.settable === 'in-place',
    permissions: inPlace && client.capabilities.permissions,
  };
}

function incompleteSides({ counts }: Observation): Side[] {
  const sides: Side[] = [];
  if (counts.sourceIncomplete) sides.push('source');
  if (counts.destinationIncomplete) sides.push('destination');
  return sides;
}

/** Free space is asked for only where it matters: a run that finds nothing to do saves the request. */
function takesSpace({ kind }: Decision): boolean {
  return kind === 'copy' || kind === 'conflict' || kind === 'relocate';
}

async function freeBytes(client: StorageClient, signal: AbortSignal): Promise<number | undefined> {
  return (await client.usage?.({ signal }))?.freeBytes;
}

function keepsReplaced(side: Side, settings: EngineSettings): boolean {
  return disposalOf(side, settings, settings.mode.replaced, '').kind !== 'none';
}

function announce(plan: SyncPlan, tracker: ProgressTracker): void {
  const { operations, bytes } = plan;
  const deletions = {
    source: countDeletedFiles(operations.filter(({ side }) => side === 'source')),
    destination: countDeletedFiles(operations.filter(({ side }) => side === 'destination')),
  };
  tracker.emit({ type: 'plan', operations: operations.length, bytes, deletions });
  for (const conflict of plan.conflicts) tracker.emit({ type: 'conflict', ...conflict });
  for (const problem of plan.problems) tracker.emit({ type: 'problem', ...problem });
  for (const notice of plan.notices) tracker.emit({ type: 'notice', ...notice });
}
