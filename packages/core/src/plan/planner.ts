import { type BaseChange, type ExaminedRow, entryOf, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import { ancestorsOf, depthOf } from '../paths/index.ts';
import { type DecidedRow, type Decision, type Resolution, type SyncMode, suspended } from '../reconcile/index.ts';
import type { FileEntry, Hashes, SymlinkEntry, SyncedEntry } from '../storage/index.ts';
import { OperationList } from './operation-list.ts';
import type { ConflictReport, Notice, PlanStatistics, Problem, SyncCounts, SyncPlan } from './plan.ts';
import { type DeletionLimit, stopsFor } from './rails.ts';
import { recordOf } from './record.ts';

/** Where the losing content of a conflict goes. */
export interface ConflictCopy {
  /** Join key of the copy. */
  readonly key: string;
  readonly paths: { readonly source: string; readonly destination: string };
  /** What already stands there with the very content, from a run that was cut short. */
  readonly existing: { readonly source: SyncedEntry | undefined; readonly destination: SyncedEntry | undefined };
}

export interface PlanInput {
  readonly source: string;
  readonly destination: string;
  readonly mode: SyncMode;
  readonly createdAt: number;
  readonly generation: number;
  readonly decided: readonly DecidedRow[];
  /** By the key of the row in conflict; for an edit inside a replaced directory, by the key of the row. */
  readonly copies: ReadonlyMap<string, ConflictCopy>;
  /** Sides on which directories are only implied by the names of files. */
  readonly impliedDirectories: { readonly source: boolean; readonly destination: boolean };
  readonly unchanged: number;
  readonly excluded: number;
  readonly statistics: PlanStatistics;
  readonly maximumDeletions: DeletionLimit;
  readonly freeBytes: { readonly source: number | undefined; readonly destination: number | undefined };
  isRacy(side: Side, entry: SyncedEntry): boolean;
}

/** Turns decisions into operations, in an order that is always safe. Pure. */
export function buildPlan(input: PlanInput): SyncPlan {
  return new Planner(input).build();
}

class Planner {
  readonly #input: PlanInput;
  readonly #operations = new OperationList();
  readonly #records: BaseChange[] = [];
  readonly #conflicts: ConflictReport[] = [];
  readonly #problems: Problem[] = [];
  readonly #notices: Notice[] = [];
  readonly #copyFolders = new Set<string>();
  #adopted = 0;
  #unchanged: number;
  #skipped: number;
  #suspended = 0;

  constructor(input: PlanInput) {
    this.#input = input;
    this.#unchanged = input.unchanged;
    this.#skipped = input.excluded;
  }

  build(): SyncPlan {
    const input = this.#input;
    // A copy that an interrupted run brought to one side only is completed with its conflict, not as a path of its own.
    const claimed = new Set([...input.copies.values()].filter(isIncomplete).map((copy) => copy.key));
    for (const { row, decision } of input.decided) if (!claimed.has(row.key)) this.#plan(row, decision);
    if (this.#suspended > 0) this.#problems.push(this.#suspension());
    const operations = this.#operations.inOrder();
    return {
      format: 'syncengine-plan',
      formatVersion: 1,
      source: input.source,
      destination: input.destination,
      mode: input.mode.name,
      replaced: input.mode.replaced,
      createdAt: input.createdAt,
      generation: input.generation,
      operations,
      records: this.#records,
      conflicts: this.#conflicts,
      problems: this.#problems,
      notices: this.#notices,
      counts: this.#counts(),
      bytes: this.#operations.bytes,
      statistics: input.statistics,
      stops: stopsFor({ ...input, operations }),
    };
  }

  #counts(): SyncCounts {
    return {
      ...this.#operations.counts(),
      adopted: this.#adopted,
      unchanged: this.#unchanged,
      skipped: this.#skipped,
      conflicts: this.#conflicts.length,
      problems: this.#problems.length,
    };
  }

  #plan(row: ExaminedRow, decision: Decision): void {
    switch (decision.kind) {
      case 'nothing':
        return;
      case 'adopt':
        this.#adopt(row);
        return;
      case 'forget':
        this.#records.push({ kind: 'forget', key: row.key });
        return;
      case 'keep':
        this.#keep(row, decision.reason);
        return;
      case 'copy':
        this.#copy(row, decision.to, decision.reason);
        return;
      case 'delete':
        this.#delete(row, decision.side, decision.reason);
        return;
      case 'metadata':
        this.#metadata(row, decision);
        return;
      case 'conflict':
        this.#conflict(row, decision);
        return;
      case 'relocate':
        this.#relocate(row, decision.side, depthOf(decision.directory));
        return;
      case 'exclude':
        if (row.base !== undefined) this.#records.push({ kind: 'forget', key: row.key });
        return;
      case 'problem':
        this.#problems.push({
          path: row.paths[decision.side],
          side: decision.side,
          code: decision.code,
          message: decision.message,
        });
        return;
    }
  }

  #adopt(row: ExaminedRow): void {
    const source = entryOf(row.source);
    const destination = entryOf(row.destination);
    if (source === undefined || destination === undefined || !this.#isRemembered(row, source)) return;
    const wasKnown = row.source.kind === 'unchanged' && row.destination.kind === 'unchanged';
    if (wasKnown) this.#unchanged += 1;
    else this.#adopted += 1;
    const isRacy = this.#input.isRacy;
    this.#records.push({
      kind: 'record',
      record: recordOf({ key: row.key, source, destination, hashes: knownHashes(row), isRacy }),
    });
  }

  #isRemembered(row: ExaminedRow, entry: SyncedEntry): boolean {
    return entry.kind !== 'directory' || !row.passage;
  }

  #keep(row: ExaminedRow, reason: string): void {
    if (reason === suspended) this.#suspended += 1;
    else if (row.source.kind === 'held' || row.destination.kind === 'held') this.#skipped += 1;
    else this.#notices.push({ path: row.paths.source, message: reason });
  }

  #suspension(): Problem {
    const side = this.#input.statistics.incomplete[0] ?? 'source';
    return {
      path: '',
      side,
      code: 'deletions-suspended',
      message: `${this.#suspended} deletions were left out: ${suspended}. Make it readable or ignore it, then run again.`,
    };
  }

  #copy(row: ExaminedRow, to: Side, reason: string): void {
    const entry = entryOf(row[otherSide(to)]);
    const standing = entryOf(row[to]);
    if (entry === undefined) return;
    if (entry.kind === 'directory') this.#copyDirectory(row, to, entry.permissions, standing, reason);
    else if (standing?.kind === 'directory') this.#replaceDirectory(row, to, entry, reason);
    else this.#transfer(row, to, entry, standing, reason, { keepReplaced: !row.same, after: [] });
  }

  #copyDirectory(
    row: ExaminedRow,
    to: Side,
    permissions: number | undefined,
    standing: SyncedEntry | undefined,
    reason: string,
  ): void {
    const after: number[] = [];
    if (standing !== undefined) after.push(this.#remove(row, to, standing, 'displace', 'a folder takes its place'));
    this.#makeDirectory(row, to, permissions, reason, after);
  }

  #makeDirectory(
    row: ExaminedRow,
    to: Side,
    permissions: number | undefined,
    reason: string,
    after: readonly number[],
  ): void {
    if (this.#input.impliedDirectories[to]) return;
    // A folder that its owner may not write to could not be filled: it gets its bits when all is in place.
    const locked = permissions !== undefined && (permissions & 0o700) !== 0o700;
    const fields = { side: to, path: row.paths[to], key: row.key, evidence: evidenceOf(row) };
    const settles = this.#isRemembered(row, { kind: 'directory', path: '' });
    const made = this.#operations.add({
      ...fields,
      kind: 'make-directory',
      phase: 'directories',
      permissions: locked ? permissions | 0o700 : permissions,
      reason,
      after,
      settles: settles && !locked,
    });
    if (!locked) return;
    this.#operations.add({
      ...fields,
      kind: 'set-metadata',
      phase: 'permissions',
      change: { permissions },
      expected: undefined,
      reason: 'permissions of a folder that its owner may not write to',
      after: [made],
      settles,
    });
  }

  #replaceDirectory(row: ExaminedRow, to: Side, entry: FileEntry | SymlinkEntry, reason: string): void {
    const removed = this.#operations.add({
      kind: 'delete',
      phase: 'deletions',
      side: to,
      path: row.paths[to],
      key: row.key,
      entryKind: 'directory',
      expected: undefined,
      reason: 'a file takes its place',
      evidence: evidenceOf(row),
      after: [],
      settles: true,
    });
    this.#operations.add({
      ...this.#origin(row, to, entry),
      kind: 'create',
      phase: 'replacements',
      side: to,
      path: row.paths[to],
      key: row.key,
      reason,
      evidence: evidenceOf(row),
      after: [removed],
      settles: true,
    });
  }

  #transfer(
    row: ExaminedRow,
    to: Side,
    entry: FileEntry | SymlinkEntry,
    standing: FileEntry | SymlinkEntry | undefined,
    reason: string,
    { keepReplaced, after }: { readonly keepReplaced: boolean; readonly after: readonly number[] },
  ): void {
    const fields = {
      ...this.#origin(row, to, entry),
      phase: 'transfers',
      side: to,
      path: row.paths[to],
      key: row.key,
      reason,
      evidence: evidenceOf(row),
      after,
      settles: true,
    } as const;
    if (standing === undefined) this.#operations.add({ ...fields, kind: 'create' });
    else this.#operations.add({ ...fields, kind: 'update', expected: standing.version, keepReplaced });
  }

  #origin(row: ExaminedRow, to: Side, entry: FileEntry | SymlinkEntry) {
    const side = otherSide(to);
    return {
      from: { side, path: row.paths[side], entry, hashes: row.hashes[side] },
      bytes: entry.kind === 'file' ? entry.size : 0,
    };
  }

  #delete(row: ExaminedRow, side: Side, reason: string): void {
    const entry = entryOf(row[side]);
    if (entry === undefined) return;
    if (entry.kind === 'directory' && this.#input.impliedDirectories[side]) return;
    this.#remove(row, side, entry, 'deletions', reason);
  }

  #remove(row: ExaminedRow, side: Side, entry: SyncedEntry, phase: 'displace' | 'deletions', reason: string): number {
    return this.#operations.add({
      kind: 'delete',
      phase,
      side,
      path: row.paths[side],
      key: row.key,
      entryKind: entry.kind,
      expected: entry.kind === 'directory' ? undefined : entry.version,
      reason,
      evidence: evidenceOf(row),
      after: [],
      settles: true,
    });
  }

  #metadata(row: ExaminedRow, decision: Extract<Decision, { kind: 'metadata' }>): void {
    const sides = (['source', 'destination'] as const).filter((side) => decision[side] !== undefined);
    let after: readonly number[] = [];
    for (const side of sides) {
      const entry = entryOf(row[side]);
      const change = decision[side];
      if (entry === undefined || change === undefined) continue;
      const id = this.#operations.add({
        kind: 'set-metadata',
        phase: entry.kind === 'directory' ? 'permissions' : 'metadata',
        side,
        path: row.paths[side],
        key: row.key,
        change,
        expected: entry.kind === 'directory' ? undefined : entry.version,
        reason: decision.reason,
        evidence: evidenceOf(row),
        after,
        settles: side === sides.at(-1),
      });
      after = [id];
    }
  }

  #conflict(row: ExaminedRow, { reason, losing, resolution }: Extract<Decision, { kind: 'conflict' }>): void {
    const copy = this.#input.copies.get(row.key);
    const bothStand = entryOf(row.source) !== undefined && entryOf(row.destination) !== undefined;
    const keepsCopy = resolution === 'keep-both' && bothStand;
    this.#conflicts.push({
      path: row.paths.source,
      reason,
      resolution,
      copy: keepsCopy ? copy?.paths.source : undefined,
    });
    if (keepsCopy) {
      if (copy === undefined) throw new TypeError(`No name was chosen for the conflict copy of ${row.key}.`);
      this.#keepBoth(row, losing, copy);
    } else this.#settle(row, resolution);
  }

  /** One side wins alone; where the other deleted the path, keeping both means bringing it back. */
  #settle(row: ExaminedRow, resolution: Resolution): void {
    if (resolution === 'manual') return;
    const present: Side = entryOf(row.source) === undefined ? 'destination' : 'source';
    const winner = resolution === 'keep-both' ? present : resolution;
    const reason = `conflict settled for the ${winner}`;
    if (entryOf(row[winner]) === undefined) this.#delete(row, otherSide(winner), reason);
    else this.#copy(row, otherSide(winner), reason);
  }

  #keepBoth(row: ExaminedRow, losing: Side, copy: ConflictCopy): void {
    const winning = otherSide(losing);
    const loser = entryOf(row[losing]);
    const winner = entryOf(row[winning]);
    if (loser === undefined || winner === undefined || loser.kind === 'directory') return;
    if (winner.kind === 'directory') {
      const aside = this.#moveAside(row, losing, loser, copy);
      this.#makeDirectory(row, losing, winner.permissions, `the folder of the ${winning} keeps the path`, [aside]);
      return;
    }
    const secured = this.#secure(row, losing, loser, copy);
    this.#transfer(row, losing, winner, loser, `conflict: the ${winning} keeps the path`, {
      keepReplaced: false,
      after: secured,
    });
  }

  /** The losing content stands beside its path on both sides before the path is overwritten. */
  #secure(row: ExaminedRow, losing: Side, loser: FileEntry | SymlinkEntry, copy: ConflictCopy): number[] {
    const secured: number[] = [];
    const sides = [otherSide(losing), losing].filter((side) => copy.existing[side] === undefined);
    for (const side of sides) {
      secured.push(
        this.#operations.add({
          kind: 'create',
          phase: 'copies',
          side,
          path: copy.paths[side],
          key: copy.key,
          from: { side: losing, path: row.paths[losing], entry: loser, hashes: row.hashes[losing] },
          bytes: loser.kind === 'file' ? loser.size : 0,
          reason: `conflict: the content of the ${losing} is kept beside the path`,
          evidence: { base: undefined, source: copy.existing.source, destination: copy.existing.destination },
          after: [...secured],
          settles: side === sides.at(-1),
        }),
      );
    }
    return secured;
  }

  /** A file makes way for a directory of the other side; both sides get it under the copy's name. */
  #moveAside(row: ExaminedRow, side: Side, entry: FileEntry | SymlinkEntry, copy: ConflictCopy): number {
    const evidence = { base: undefined, source: copy.existing.source, destination: copy.existing.destination };
    const reason = `conflict: the content of the ${side} is kept beside the path`;
    if (copy.existing[side] !== undefined) return this.#remove(row, side, entry, 'displace', reason);
    const moved = this.#operations.add({
      kind: 'move',
      phase: 'displace',
      side,
      path: copy.paths[side],
      key: copy.key,
      from: { path: row.paths[side], key: row.key },
      entry,
      expected: entry.version,
      reason,
      evidence,
      after: [],
      settles: copy.existing[otherSide(side)] !== undefined,
    });
    if (copy.existing[otherSide(side)] === undefined) {
      this.#operations.add({
        kind: 'create',
        phase: 'transfers',
        side: otherSide(side),
        path: copy.paths[otherSide(side)],
        key: copy.key,
        from: { side, path: copy.paths[side], entry, hashes: row.hashes[side] },
        bytes: entry.kind === 'file' ? entry.size : 0,
        reason,
        evidence,
        after: [moved],
        settles: true,
      });
    }
    return moved;
  }

  /** @param depth of the directory that gives way, and so of the conflict copy that takes what was edited inside */
  #relocate(row: ExaminedRow, side: Side, depth: number): void {
    const entry = entryOf(row[side]);
    const copy = this.#input.copies.get(row.key);
    if (entry === undefined || entry.kind === 'directory' || copy === undefined) {
      throw new TypeError(`No place was chosen for the edit at ${row.key}.`);
    }
    this.#conflicts.push({
      path: row.paths[side],
      reason: 'type-and-edit',
      resolution: 'keep-both',
      copy: copy.paths[side],
    });
    this.#moveAside(row, side, entry, copy);
    this.#makeCopyFolders(copy, depth);
    if (row.base !== undefined) this.#records.push({ kind: 'forget', key: row.key });
  }

  /** The folders on the way to an edit that moves aside would come with it, but then the base would not know of them. */
  #makeCopyFolders(copy: ConflictCopy, depth: number): void {
    const keys = ancestorsOf(copy.key).slice(depth - 1);
    for (const key of keys.filter((folder) => !this.#copyFolders.has(folder))) {
      this.#copyFolders.add(key);
      for (const side of ['source', 'destination'] as const) {
        if (this.#input.impliedDirectories[side]) continue;
        this.#operations.add({
          kind: 'make-directory',
          phase: 'directories',
          side,
          path: ancestorsOf(copy.paths[side])[depthOf(key) - 1] ?? key,
          key,
          permissions: undefined,
          reason: 'conflict: it takes what was edited inside',
          evidence: { base: undefined, source: undefined, destination: undefined },
          after: [],
          settles: true,
        });
      }
    }
  }
}

function isIncomplete({ existing }: ConflictCopy): boolean {
  return existing.source === undefined || existing.destination === undefined;
}

function evidenceOf(row: ExaminedRow) {
  return { base: row.base, source: entryOf(row.source), destination: entryOf(row.destination) };
}

/** What is known of content that both sides hold. */
function knownHashes(row: ExaminedRow): Hashes {
  const remembered = row.source.kind === 'unchanged' || row.destination.kind === 'unchanged' ? row.base?.hashes : {};
  return { ...remembered, ...row.hashes.source, ...row.hashes.destination };
}
