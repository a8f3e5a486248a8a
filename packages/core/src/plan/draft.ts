import { type BaseChange, type BaseRecord, type ExaminedRow, entryOf, type MoveStep } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { DecidedRow, SyncMode } from '../reconcile/index.ts';
import type { FileEntry, SymlinkEntry, SyncedEntry } from '../storage/index.ts';
import { MovedPlaces } from './moved-places.ts';
import type { Evidence, Phase } from './operation.ts';
import { OperationList } from './operation-list.ts';
import type { ConflictReport, Notice, PlannedRecord, PlanStatistics, Problem } from './plan.ts';
import type { DeletionLimit } from './rails.ts';

/** What can be kept beside its path: a folder never is. */
export type KeptEntry = FileEntry | SymlinkEntry;

/** Where the losing content of a conflict goes. */
export interface ConflictCopy {
  /** Join key of the copy. */
  readonly key: string;
  readonly paths: { readonly source: string; readonly destination: string };
  /** What already stands there with the very content, from a run that was cut short. */
  readonly existing: { readonly source: KeptEntry | undefined; readonly destination: KeptEntry | undefined };
}

export interface PlanInput {
  readonly source: string;
  readonly destination: string;
  readonly mode: SyncMode;
  readonly createdAt: number;
  readonly generation: number;
  readonly decided: readonly DecidedRow[];
  /** Renames that are carried over, in the order in which they are possible. */
  readonly moves: readonly MoveStep[];
  /** By the key of the row in conflict; for an edit inside a replaced directory, by the key of the row. */
  readonly copies: ReadonlyMap<string, ConflictCopy>;
  readonly notices: readonly Notice[];
  /** Sides on which permission bits can be changed. */
  readonly setsPermissions: { readonly source: boolean; readonly destination: boolean };
  /** Sides on which directories are only implied by the names of files. */
  readonly impliedDirectories: { readonly source: boolean; readonly destination: boolean };
  readonly unchanged: number;
  readonly excluded: number;
  readonly statistics: PlanStatistics;
  readonly maximumDeletions: DeletionLimit;
  readonly freeBytes: { readonly source: number | undefined; readonly destination: number | undefined };
  readonly rootsPresent: { readonly source: boolean; readonly destination: boolean };
  /** Sides that keep what is overwritten: in a trash or as a version. */
  readonly keepsReplaced: { readonly source: boolean; readonly destination: boolean };
  /** Transfers at once. */
  readonly transfers: number;
  isRacy(side: Side, entry: SyncedEntry): boolean;
}

/** A plan while it is being made. */
export class PlanDraft {
  readonly input: PlanInput;
  readonly operations: OperationList = new OperationList();
  readonly records: PlannedRecord[] = [];
  readonly conflicts: ConflictReport[] = [];
  readonly problems: Problem[] = [];
  readonly notices: Notice[];
  adopted = 0;
  unchanged: number;
  skipped: number;
  /** Deletions that are left out because a scan was incomplete. */
  suspended = 0;
  /** Folders that are made for conflict copies, by key. */
  readonly copyFolders: Set<string> = new Set();
  readonly places: MovedPlaces;
  /** Ids of the operations that complete the moves, by index of the move. */
  readonly moved: Map<number, number> = new Map();

  /** Keys at which the base knows something once the moves are made. */
  readonly #taken: ReadonlySet<string>;

  constructor(input: PlanInput) {
    this.input = input;
    this.places = new MovedPlaces(input.moves);
    const arrived = input.decided.filter(({ row }) => row.moved !== undefined && row.base !== undefined);
    this.#taken = new Set(arrived.map(({ row }) => row.key));
    this.notices = [...input.notices];
    this.unchanged = input.unchanged;
    this.skipped = input.excluded;
  }

  /** Operations that must come before anything is done at places. */
  before(...keys: readonly string[]): number[] {
    if (this.places.isEmpty) return [];
    return [...new Set(keys.flatMap((key) => this.places.before(key)))];
  }

  /** Inside a directory that moves, and where something moves away, nothing can be done before it has moved. */
  phaseOf(phase: 'displace' | 'directories', side: Side, ...keys: readonly string[]): Phase {
    if (!keys.some((key) => this.places.isUnsettled(side, key))) return phase;
    return phase === 'displace' ? 'moved-displace' : 'moved-directories';
  }

  /** The operation that brings what a row tells of to its place, by itself or with a directory. */
  arrival({ moved }: ExaminedRow): number | undefined {
    return moved?.move === undefined ? undefined : this.moved.get(moved.move);
  }

  remember(change: BaseChange, after?: number): void {
    this.records.push({ change, after });
  }

  /** The base moves along with what it describes. */
  rekey(row: ExaminedRow, becomes: BaseRecord | undefined): void {
    const { moved } = row;
    if (moved === undefined) return;
    const after = this.arrival(row);
    const vacated = this.vacated(moved.formerKey);
    if (vacated !== undefined) this.remember({ kind: 'forget', key: vacated }, after);
    if (becomes !== undefined) this.remember({ kind: 'record', record: becomes }, after);
  }

  /** The key itself, unless what another key stood for comes to it: then there is nothing to forget. */
  vacated(key: string): string | undefined {
    return this.#taken.has(key) ? undefined : key;
  }

  /** True for what the base remembers: not for folders that are only passed through, or only implied. */
  isRemembered(row: ExaminedRow, kind: SyncedEntry['kind']): boolean {
    const { source, destination } = this.input.impliedDirectories;
    return kind !== 'directory' || !(row.passage || source || destination);
  }

  /** Where a folder stands that is not remembered, a file that stood there once would look as if it came back unchanged. */
  forgetFile(row: ExaminedRow, after?: number): void {
    if (row.base === undefined || row.base.kind === 'directory' || row.moved !== undefined) return;
    this.remember({ kind: 'forget', key: row.key }, after);
  }
}

/** What stands on a side, under the path at which it will be found when the plan is carried out. */
export function standing(row: ExaminedRow, side: Side): SyncedEntry | undefined {
  const entry = entryOf(row[side]);
  return entry === undefined || entry.path === row.paths[side] ? entry : { ...entry, path: row.paths[side] };
}

export function evidenceOf(row: ExaminedRow): Evidence {
  return { base: row.base, source: standing(row, 'source'), destination: standing(row, 'destination') };
}
