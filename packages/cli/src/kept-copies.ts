import {
  type BaseRecord,
  type FileEntry,
  joinKey,
  type Operation,
  parseConflictCopy,
  type Side,
  type SymlinkEntry,
  SyncEngine,
  type SyncPlan,
} from '@syncengine/core';
import { identityOf } from './last-runs.ts';
import type { OpenPair } from './open-pairs.ts';
import { otherSide, sides } from './sides.ts';
import { usageError } from './usage.ts';

/** A copy that an earlier run made, so that both contents stay. */
export interface KeptCopy {
  /** On the source. */
  readonly path: string;
  /** What it is a copy of. */
  readonly of: string;
  /** Whose content it holds: the other side's got the path. */
  readonly side: Side;
  readonly record: BaseRecord;
}

/** The copies of a pair that are in sync, by their names. */
export async function keptCopies(open: OpenPair, signal: AbortSignal): Promise<readonly KeptCopy[]> {
  const copies: KeptCopy[] = [];
  for await (const record of open.options.state?.dump(identityOf(open), { signal }) ?? []) {
    const { path } = record.source;
    const copy = parseConflictCopy(path);
    if (copy !== undefined) copies.push({ path, of: copy.original, side: copy.losing, record });
  }
  return copies;
}

/** Equal for paths that are one on these two sides. */
export function keyOf(path: string, { source, destination }: OpenPair): string {
  const exact = source.capabilities.caseSensitive && destination.capabilities.caseSensitive;
  return joinKey(path, exact ? 'exact' : 'ignore-case');
}

/**
 * A plan that settles copies for one side and does nothing else. Where a copy holds that side's content, it takes its path
 * back, and what stands there goes to the trash; any other copy goes there itself.
 *
 * @throws SyncEngineError `invalid-options` where something else has to be done first
 */
export async function planForCopies(
  open: OpenPair,
  copies: readonly KeptCopy[],
  keep: Side,
  signal: AbortSignal,
): Promise<SyncPlan> {
  requireEffects(open);
  const { skip, allow } = open.settings;
  const plan = await new SyncEngine({ ...open.options, conflict: 'manual' }).plan({ signal, skip, allow });
  const places = new CopyPlaces(open, signal);
  const operations: Operation[] = [];
  const taken = new Map<string, KeptCopy>();
  for (const copy of copies.filter(({ side }) => side === keep)) {
    const key = keyOf(copy.of, open);
    const other = taken.get(key);
    if (other !== undefined) {
      const names = [other, copy].map(({ path }) => JSON.stringify(path)).join(' and ');
      throw usageError(`${names} cannot both take their path back; name one of them with --path.`);
    }
    taken.set(key, copy);
    operations.push(...(await takeBack(copy, places, operations.length)));
  }
  for (const copy of copies) {
    if (copy.side !== keep && (await places.record(copy.of)) === undefined) {
      throw usageError(
        `Nothing stands at ${JSON.stringify(copy.of)} any more: ${JSON.stringify(copy.path)} is all that is left.`,
      );
    }
    const before = operations.filter(({ key }) => key === keyOf(copy.of, open)).map(({ id }) => id);
    operations.push(...(await giveUp(copy, places, { first: operations.length, before })));
  }
  requireUntouched(plan, operations);
  const order = (operation: Operation): number => (operation.phase === 'copies' ? operation.after.length : 2);
  operations.sort((left, right) => order(left) - order(right) || left.id - right.id);
  const bytes = operations.reduce((sum, operation) => sum + (operation.kind === 'update' ? operation.bytes : 0), 0);
  const nothing = { records: [], conflicts: [], problems: [], notices: [], stops: [] };
  return { ...plan, ...nothing, operations, bytes };
}

function requireEffects({ settings: { mode } }: OpenPair): void {
  if (sides.every((side) => mode.effects[side].update && mode.effects[side].delete)) return;
  throw usageError(
    `Copies are settled on both sides, and the mode ${mode.name} does not change both; delete or rename them where they are to be changed.`,
  );
}

type Content = FileEntry | SymlinkEntry;

/** What stands at the paths of copies, as the base knows it. */
class CopyPlaces {
  readonly #open: OpenPair;
  readonly #signal: AbortSignal;
  #records: ReadonlyMap<string, BaseRecord> | undefined;

  constructor(open: OpenPair, signal: AbortSignal) {
    this.#open = open;
    this.#signal = signal;
  }

  key(path: string): string {
    return keyOf(path, this.#open);
  }

  async record(path: string): Promise<BaseRecord | undefined> {
    if (this.#records === undefined) {
      const records = new Map<string, BaseRecord>();
      const { state } = this.#open.options;
      for await (const record of state?.dump(identityOf(this.#open), { signal: this.#signal }) ?? [])
        records.set(record.key, record);
      this.#records = records;
    }
    return this.#records.get(this.key(path));
  }

  /** @throws SyncEngineError `invalid-options` for what is no file or link, or has changed since it was in sync */
  async content(side: Side, path: string, record: BaseRecord): Promise<Content> {
    const entry = await this.#open[side].stat(path, { signal: this.#signal });
    if (entry?.kind === 'directory') {
      throw usageError(`A folder stands at ${JSON.stringify(path)} on the ${side}; rename the copy instead.`);
    }
    if ((entry?.kind === 'file' || entry?.kind === 'symlink') && entry.version === record[side].version) return entry;
    throw changed(path);
  }
}

/** The content of a copy comes to its path: to each side from the other one, so that it is checked on its way. */
async function takeBack(copy: KeptCopy, places: CopyPlaces, first: number): Promise<readonly Operation[]> {
  const standing = await places.record(copy.of);
  const operations: Operation[] = [];
  for (const side of sides) {
    const other = otherSide(side);
    const from = copy.record[other].path;
    const entry = await places.content(other, from, copy.record);
    const path = standing?.[side].path ?? parseConflictCopy(copy.record[side].path)?.original ?? copy.record[side].path;
    const fields = {
      id: first + operations.length,
      phase: 'copies',
      side,
      path,
      key: places.key(copy.of),
      from: { side: other, path: from, entry, hashes: copy.record.hashes ?? {} },
      bytes: entry.kind === 'file' ? entry.size : 0,
      reason: `conflict settled for the ${copy.side}`,
      evidence: { base: standing, source: undefined, destination: undefined },
      after: operations.map(({ id }) => id),
      settles: operations.length > 0,
    } as const;
    if (standing === undefined) operations.push({ kind: 'create', ...fields });
    else {
      const expected = (await places.content(side, path, standing)).version;
      operations.push({ kind: 'update', ...fields, expected, keepReplaced: true });
    }
  }
  return operations;
}

async function giveUp(
  copy: KeptCopy,
  places: CopyPlaces,
  { first, before }: { readonly first: number; readonly before: readonly number[] },
): Promise<readonly Operation[]> {
  const operations: Operation[] = [];
  for (const side of sides) {
    const { path } = copy.record[side];
    const entry = await places.content(side, path, copy.record);
    operations.push({
      kind: 'delete',
      id: first + operations.length,
      phase: 'deletions',
      side,
      path,
      key: places.key(copy.path),
      entryKind: entry.kind,
      expected: entry.version,
      reason: 'the conflict is settled',
      evidence: { base: copy.record, source: undefined, destination: undefined, [side]: entry },
      after: before,
      settles: true,
    });
  }
  return operations;
}

/** What a run would do here anyway comes first. */
function requireUntouched(plan: SyncPlan, operations: readonly Operation[]): void {
  const keys = new Set(operations.map(({ key }) => key));
  const pending = plan.operations.find(
    (each) => keys.has(each.key) || (each.kind === 'move' && keys.has(each.from.key)),
  );
  if (pending !== undefined) throw changed(pending.path);
  const waiting = plan.conflicts.find(({ path }) => operations.some((operation) => operation.path === path));
  if (waiting === undefined) return;
  throw usageError(`A conflict waits at ${JSON.stringify(waiting.path)} itself; settle that first.`);
}

function changed(path: string): Error {
  return usageError(`${JSON.stringify(path)} has changed since it was last in sync; run syncengine sync first.`);
}
