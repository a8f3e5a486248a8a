import {
  type BaseRecord,
  type Entry,
  isWithin,
  joinKey,
  type Operation,
  type PairIdentity,
  renamed,
  type Side,
  type StorageClient,
  SyncEngine,
  type SyncPlan,
} from '@syncengine/core';
import { exclusionOf } from './exclusion.ts';
import { identityOf } from './last-runs.ts';
import type { OpenPair } from './open-pairs.ts';
import { parseFlagValues } from './options.ts';

/** Why a path is handled as it is. What `--explain --json` prints for each path. */
export interface Explanation {
  readonly pair?: string;
  readonly path: string;
  /** What both sides agreed on when it was last in sync; `null` when it never was. */
  readonly base: ExplainedBase | null;
  readonly source: ExplainedSide;
  readonly destination: ExplainedSide;
  /** What a run would do, and why. */
  readonly decision: string;
}

export interface ExplainedBase {
  readonly kind: BaseRecord['kind'];
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch, as the source had it. */
  readonly modifiedAt?: number;
}

/** A side against its own base. */
type SideChange = 'absent' | 'deleted' | 'new' | 'unchanged' | 'changed' | 'kind changed' | 'unknown';

export interface ExplainedSide {
  readonly change: SideChange;
  readonly kind?: Entry['kind'];
  /** Bytes. */
  readonly size?: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt?: number;
}

/** Looks at one path in all ways that a run would, and says what comes of it. Changes nothing. */
export async function explain(open: OpenPair, typed: string, signal: AbortSignal): Promise<Explanation> {
  const path = parseFlagValues.explain(typed);
  const { force, skip, allow } = open.settings;
  const plan = await new SyncEngine(open.options).plan({ signal, force, skip, allow });
  const key = keyOf(path, open);
  const base = await baseOf(key, identityOf(open), open, signal);
  const clients = { source: open.source, destination: renamedDestination(open) };
  const source = await look('source', clients.source, base, path, open, signal);
  const destination = await look('destination', clients.destination, base, path, open, signal);
  const excluded =
    (await exclusionOf(base?.source.path ?? path, clients.source, open.settings, signal)) ??
    (await exclusionOf(base?.destination.path ?? path, clients.destination, open.settings, signal));
  return {
    ...(open.pair.name === undefined ? {} : { pair: open.pair.name }),
    path,
    base: base === undefined ? null : explainedBase(base),
    source,
    destination,
    decision: decisionIn(plan, { key, open, excluded, base, source, destination }),
  };
}

function keyOf(path: string, { source, destination }: OpenPair): string {
  const exact = source.capabilities.caseSensitive && destination.capabilities.caseSensitive;
  return joinKey(path, exact ? 'exact' : 'ignore-case');
}

function renamedDestination({ destination, settings }: OpenPair): StorageClient {
  const renames = Object.entries(settings.renames);
  return renames.length === 0 ? destination : renamed(destination, new Map(renames));
}

async function baseOf(
  key: string,
  identity: PairIdentity,
  { options }: OpenPair,
  signal: AbortSignal,
): Promise<BaseRecord | undefined> {
  for await (const record of options.state?.dump(identity, { signal }) ?? []) if (record.key === key) return record;
  return undefined;
}

function explainedBase({ kind, size, source }: BaseRecord): ExplainedBase {
  return { kind, size, ...(source.modifiedAt === undefined ? {} : { modifiedAt: source.modifiedAt }) };
}

async function look(
  side: Side,
  client: StorageClient,
  base: BaseRecord | undefined,
  path: string,
  { settings }: OpenPair,
  signal: AbortSignal,
): Promise<ExplainedSide> {
  const followSymlinks = settings.symlinks === 'follow';
  const entry = await client.stat(base?.[side].path ?? path, { signal, followSymlinks });
  if (entry === undefined) return { change: base === undefined ? 'absent' : 'deleted' };
  const { kind, modifiedAt } = entry;
  return {
    change: changeOf(entry, side, base),
    kind,
    ...(kind === 'file' ? { size: entry.size } : {}),
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
  };
}

function changeOf(entry: Entry, side: Side, base: BaseRecord | undefined): SideChange {
  if (entry.kind === 'unknown' || entry.kind === 'other') return 'unknown';
  if (base === undefined) return 'new';
  if (base.kind !== entry.kind) return 'kind changed';
  if (entry.kind === 'directory') return 'unchanged';
  return entry.version === base[side].version ? 'unchanged' : 'changed';
}

interface Sight {
  readonly key: string;
  readonly open: OpenPair;
  readonly excluded: string | undefined;
  readonly base: BaseRecord | undefined;
  readonly source: ExplainedSide;
  readonly destination: ExplainedSide;
}

function decisionIn(plan: SyncPlan, sight: Sight): string {
  const { key, open } = sight;
  const isHere = (path: string): boolean => keyOf(path, open) === key;
  const told = [
    ...plan.conflicts.filter(({ path }) => isHere(path)).map(conflictSentence),
    ...plan.operations.filter((operation) => concerns(operation, key)).map(operationSentence),
    ...plan.problems
      .filter(({ path }) => isHere(path))
      .map(({ side, message }) => `problem on the ${side}: ${message}`),
    ...plan.notices.filter(({ path }) => isHere(path)).map(({ message }) => message),
  ];
  if (told.length > 0) return told.join('; ');
  const around = plan.problems.find(({ path }) => isWithin(key, keyOf(path, open)));
  if (around !== undefined) return `left alone, because of a problem around it: ${around.message}`;
  return `nothing is done: ${sight.excluded ?? withoutOperation(sight)}`;
}

function withoutOperation({ base, source, destination, open }: Sight): string {
  const isThere = ({ change }: ExplainedSide): boolean => change !== 'absent' && change !== 'deleted';
  if (!isThere(source) && !isThere(destination)) {
    return base === undefined ? 'it stands on neither side' : 'it was deleted on both sides, and is forgotten';
  }
  if (isThere(source) !== isThere(destination)) {
    const side = isThere(source) ? 'source' : 'destination';
    return `only the ${side} has it, and the mode ${open.settings.mode.name} leaves it there`;
  }
  if (base === undefined) return 'both sides have the same, which is remembered from now on';
  return 'both sides have the same';
}

function concerns(operation: Operation, key: string): boolean {
  return operation.key === key || (operation.kind === 'move' && operation.from.key === key);
}

function operationSentence(operation: Operation): string {
  const { kind, side, path, reason } = operation;
  const what = kind === 'move' ? `move from ${operation.from.path} to ${path}` : kind.replace('-', ' ');
  return `${what} on the ${side}: ${reason}`;
}

function conflictSentence({ reason, resolution, copy }: SyncPlan['conflicts'][number]): string {
  const outcome =
    resolution === 'manual'
      ? 'left as it is'
      : copy === undefined
        ? `the ${resolution} wins`
        : `both are kept, one as ${copy}`;
  return `conflict (${reason}): ${outcome}`;
}
