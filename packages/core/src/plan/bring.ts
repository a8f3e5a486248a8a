import { type ExaminedRow, otherSide } from '../compare/index.ts';
import type { Side } from '../errors.ts';
import type { FileEntry, SymlinkEntry, SyncedEntry } from '../storage/index.ts';
import { evidenceOf, type PlanDraft, standing } from './draft.ts';
import type { ContentOrigin } from './operation.ts';

/** The entry of the other side takes the path on `to`; what stands there gives way. */
export function bring(draft: PlanDraft, row: ExaminedRow, to: Side, reason: string): void {
  const entry = standing(row, otherSide(to));
  const there = standing(row, to);
  if (entry === undefined) return;
  if (entry.kind === 'directory') {
    const displaced =
      there === undefined ? [] : [remove(draft, row, to, there, 'displace', 'a folder takes its place')];
    makeDirectory(draft, row, to, entry.permissions, reason, displaced);
  } else if (there?.kind === 'directory') {
    replaceDirectory(draft, row, to, entry, reason);
  } else {
    transfer(draft, row, to, entry, there, reason, { keepReplaced: !row.same, after: [] });
  }
}

export function makeDirectory(
  draft: PlanDraft,
  row: ExaminedRow,
  to: Side,
  permissions: number | undefined,
  reason: string,
  after: readonly number[],
): void {
  if (draft.input.impliedDirectories[to]) {
    draft.forgetFile(row, after.at(-1));
    return;
  }
  const phase = draft.phaseOf('directories', to, row.key);
  // A folder that its owner may not write to could not be filled: it gets its bits when all is in place.
  const isLocked = permissions !== undefined && (permissions & 0o700) !== 0o700;
  // One that a move made on its way is there already, and has the bits of any.
  const isThere = phase === 'moved-directories' && draft.places.isFilled(to, row.key);
  const later = permissions !== undefined && (isLocked || isThere) && draft.input.setsPermissions[to];
  const fields = { side: to, path: row.paths[to], key: row.key, evidence: evidenceOf(row) };
  const settles = draft.isRemembered(row, 'directory');
  const made = draft.operations.add({
    ...fields,
    kind: 'make-directory',
    phase,
    permissions: later ? permissions | 0o700 : permissions,
    reason,
    after: [...draft.before(row.key), ...after],
    settles: settles && !later,
  });
  if (!settles) draft.forgetFile(row, made);
  if (!later) return;
  draft.operations.add({
    ...fields,
    kind: 'set-metadata',
    phase: 'permissions',
    change: { permissions },
    expected: undefined,
    hashes: {},
    reason: isLocked ? 'permissions of a folder that its owner may not write to' : 'permissions of a new folder',
    after: [made],
    settles,
  });
}

export function transfer(
  draft: PlanDraft,
  row: ExaminedRow,
  to: Side,
  entry: FileEntry | SymlinkEntry,
  there: FileEntry | SymlinkEntry | undefined,
  reason: string,
  { keepReplaced, after }: { readonly keepReplaced: boolean; readonly after: readonly number[] },
): void {
  const { from, bytes } = originOf(row, to, entry);
  const evidence = evidenceOf(row);
  const before = draft.before(row.key);
  const path = row.paths[to];
  const { key } = row;
  const id = draft.operations.nextId;
  // Spelled out, both of them: to put such objects together from parts takes most of the time of a large plan.
  if (there === undefined) {
    draft.operations.put({
      id,
      kind: 'create',
      phase: 'transfers',
      side: to,
      path,
      key,
      reason,
      evidence,
      after: after.length === 0 ? before : [...before, ...after],
      settles: true,
      from,
      bytes,
    });
    return;
  }
  draft.operations.put({
    id,
    kind: 'update',
    phase: 'transfers',
    side: to,
    path,
    key,
    reason,
    evidence,
    after: [...before, ...after],
    settles: true,
    from,
    bytes,
    expected: there.version,
    keepReplaced,
  });
}

function replaceDirectory(
  draft: PlanDraft,
  row: ExaminedRow,
  to: Side,
  entry: FileEntry | SymlinkEntry,
  reason: string,
): void {
  const fields = { side: to, path: row.paths[to], key: row.key, evidence: evidenceOf(row), settles: true } as const;
  const removed = draft.operations.add({
    ...fields,
    kind: 'delete',
    phase: 'deletions',
    entryKind: 'directory',
    expected: undefined,
    reason: 'a file takes its place',
    after: draft.before(row.key),
  });
  draft.operations.add({
    ...fields,
    ...originOf(row, to, entry),
    kind: 'create',
    phase: 'replacements',
    reason,
    after: [removed],
  });
}

export function remove(
  draft: PlanDraft,
  row: ExaminedRow,
  side: Side,
  entry: SyncedEntry,
  phase: 'displace' | 'deletions',
  reason: string,
): number {
  return draft.operations.add({
    kind: 'delete',
    phase: phase === 'displace' ? draft.phaseOf(phase, side, row.key) : phase,
    side,
    path: row.paths[side],
    key: row.key,
    entryKind: entry.kind,
    expected: entry.kind === 'directory' ? undefined : entry.version,
    reason,
    evidence: evidenceOf(row),
    after: draft.before(row.key),
    settles: true,
  });
}

function originOf(
  row: ExaminedRow,
  to: Side,
  entry: FileEntry | SymlinkEntry,
): { readonly from: ContentOrigin; readonly bytes: number } {
  const side = otherSide(to);
  return {
    from: { side, path: row.paths[side], entry, hashes: row.hashes[side] },
    bytes: entry.kind === 'file' ? entry.size : 0,
  };
}
