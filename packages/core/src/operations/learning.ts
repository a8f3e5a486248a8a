import { type BaseChange, isRacy as isRacyEntry, otherSide } from '../compare/index.ts';
import type { Clock } from '../control/index.ts';
import type { Side } from '../errors.ts';
import { type MoveOperation, type Operation, type PlannedRecord, recordOf } from '../plan/index.ts';
import { type Hashes, type StorageClient, type SyncedEntry, versionOf } from '../storage/index.ts';
import type { Performed } from './operation-runner.ts';

export interface LearningOptions {
  readonly source: StorageClient;
  readonly destination: StorageClient;
  readonly clock: Clock;
  /** When what the plan knows was observed, at the earliest; milliseconds since the epoch. */
  readonly observedFrom: number;
}

/** What the base learns from the operations of a run. An entry is settled by the last operation that it takes. */
export class Learning {
  readonly #options: LearningOptions;
  /** What was done of entries that more is to be done of. */
  readonly #finished = new Map<string, { source?: SyncedEntry; destination?: SyncedEntry; hashes: Hashes }>();
  /** Steps of the base that become true with an operation; by its id. */
  readonly #records = new Map<number, BaseChange[]>();
  /** Keys that are in sync since this run: what stood there before and moved away is not what is forgotten. */
  readonly #recorded = new Set<string>();

  constructor(options: LearningOptions) {
    this.#options = options;
  }

  /** @param records steps of the base: those that become true with an operation, and those that were committed before */
  expect(records: readonly PlannedRecord[]): void {
    for (const { change, after } of records) {
      if (after === undefined) {
        if (change.kind === 'record') this.#recorded.add(change.record.key);
        continue;
      }
      const changes = this.#records.get(after);
      if (changes === undefined) this.#records.set(after, [change]);
      else changes.push(change);
    }
  }

  /** Adds to `changes` what the base learns from an operation. */
  learn(operation: Operation, performed: Performed, changes: BaseChange[]): void {
    const learned = this.#settle(operation, performed);
    for (const change of this.#records.get(operation.id) ?? []) {
      if (change.kind === 'record' || !this.#recorded.has(change.key)) learned.push(change);
    }
    for (const change of learned) {
      if (change.kind === 'record') this.#recorded.add(change.record.key);
      changes.push(change);
    }
  }

  #settle(operation: Operation, performed: Performed): BaseChange[] {
    if (operation.kind === 'delete') return [{ kind: 'forget', key: operation.key }];
    const changes: BaseChange[] = [];
    if (operation.kind === 'move') {
      const { forgets } = operation;
      if (forgets !== undefined && !this.#recorded.has(forgets)) changes.push({ kind: 'forget', key: forgets });
      if (!operation.completes) return changes;
      if (!operation.settles) changes.push(...movedBase(operation, performed));
    }
    const earlier = this.#finished.get(operation.key);
    const finished = earlier ?? { hashes: performed.hashes };
    if (performed.entry !== undefined) finished[operation.side] = performed.entry;
    if (earlier !== undefined) finished.hashes = { ...earlier.hashes, ...performed.hashes };
    const source = finished.source ?? this.#standing(operation, 'source');
    const destination = finished.destination ?? this.#standing(operation, 'destination');
    if (!operation.settles || source === undefined || destination === undefined) {
      this.#finished.set(operation.key, finished);
      return changes;
    }
    if (earlier !== undefined) this.#finished.delete(operation.key);
    const hashes = 'hashes' in operation ? { ...operation.hashes, ...finished.hashes } : finished.hashes;
    const isRacy = (side: Side, entry: SyncedEntry): boolean =>
      this.isRacy(side, entry) || this.#wasRacy(side, operation);
    changes.push({ kind: 'record', record: recordOf({ key: operation.key, source, destination, hashes, isRacy }) });
    return changes;
  }

  /** The entry of a side that the operation did not change. */
  #standing(operation: Operation, side: Side): SyncedEntry | undefined {
    const isContent = operation.kind === 'create' || operation.kind === 'update';
    if (isContent && operation.from.side === side && side === otherSide(operation.side)) return operation.from.entry;
    return operation.evidence[side];
  }

  /** A new time says nothing of what stood there until then. */
  #wasRacy(side: Side, { kind, evidence }: Operation): boolean {
    const before = evidence[side];
    return kind === 'set-metadata' && before !== undefined && this.isRacy(side, before);
  }

  /** True where the version of an entry proves nothing, because it is so new. */
  isRacy(side: Side, entry: SyncedEntry): boolean {
    const { observedFrom, clock } = this.#options;
    if (entry.kind !== 'file') return false;
    return isRacyEntry(entry, { from: observedFrom, until: clock.now() }, this.#options[side].capabilities);
  }
}

/** The base moves along with its entry, even where more is to be done before both sides agree. */
function movedBase(operation: MoveOperation, { entry }: Performed): BaseChange[] {
  const { evidence, key, side } = operation;
  const { base } = evidence;
  if (operation.formerKey === undefined || base === undefined || entry === undefined) return [];
  const other = otherSide(side);
  // The version changes with the move where it was the base's; where it was not, the entry stays modified.
  const wasInSync = versionOf(operation.entry) === base[side].version;
  const record = {
    ...base,
    key,
    [side]: { ...base[side], path: entry.path, ...(wasInSync ? { version: versionOf(entry) } : {}) },
    [other]: { ...base[other], path: evidence[other]?.path ?? base[other].path },
  };
  return [{ kind: 'record', record }];
}
