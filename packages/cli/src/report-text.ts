import type {
  ConflictReport,
  Notice,
  Operation,
  OperationSummary,
  Problem,
  Side,
  SyncCounts,
  SyncPlan,
  SyncResult,
} from '@syncengine/core';
import type { Colors } from './colors.ts';
import { printable } from './printable.ts';
import { originOf } from './report-json.ts';
import { counted, formatBytes, formatCount, formatDuration } from './units.ts';

const verbs = {
  'make-directory': 'create',
  create: 'create',
  update: 'update',
  'set-metadata': 'update',
  move: 'move',
  delete: 'delete',
} as const satisfies Record<Operation['kind'], string>;

const verbColors = {
  create: 'green',
  update: 'yellow',
  move: 'blue',
  delete: 'red',
} as const satisfies Record<(typeof verbs)[Operation['kind']], keyof Colors>;

interface OperationText {
  readonly kind: Operation['kind'];
  readonly side: Side;
  readonly path: string;
  readonly from: string | undefined;
  /** Bytes; `undefined` for what has no size. */
  readonly size: number | undefined;
  readonly isDirectory: boolean;
  readonly reason: string;
}

/** True for a plan that does nothing and has met nothing. */
export function isIdlePlan(plan: SyncPlan): boolean {
  return plan.operations.length === 0 && plan.conflicts.length === 0 && plan.problems.length === 0;
}

/** A plan, line by line: what would be done to which side, why, and the totals. */
export function planText(plan: SyncPlan, deletions: readonly string[], colors: Colors): readonly string[] {
  return [
    ...plan.operations.map((operation) => operationText(textOf(operation), colors)),
    ...plan.conflicts.map((conflict) => conflictLine(conflict, colors)),
    ...planEnd(plan, deletions),
  ];
}

/** What stands at the end of every plan. */
export function planEnd(plan: SyncPlan, deletions: readonly string[]): readonly string[] {
  return isIdlePlan(plan) ? [inSyncLine(plan.counts)] : [totalLine(plan), ...deletions];
}

/** An operation of a run that is going, for `--verbose`. */
export function operationLine(operation: OperationSummary, colors: Colors): string {
  const { kind, side, path, from, reason } = operation;
  // A copy inside a side transfers nothing, and its size is not told here.
  const size = (kind === 'create' || kind === 'update') && operation.bytes > 0 ? operation.bytes : undefined;
  return operationText({ kind, side, path, from, size, isDirectory: kind === 'make-directory', reason }, colors);
}

interface ConflictText extends Omit<ConflictReport, 'reason' | 'resolution'> {
  readonly reason: string;
  readonly resolution: string;
}

export function conflictLine(conflict: ConflictText, colors: Colors): string {
  const text = `(${conflict.reason}; ${conflictOutcome(conflict)})`;
  return `${colors.magenta('conflict')}  ${printable(conflict.path)}  ${colors.dim(text)}`;
}

export function conflictOutcome({ resolution, copy }: Pick<ConflictText, 'resolution' | 'copy'>): string {
  if (resolution === 'manual') return 'left as it is';
  return copy === undefined ? `settled: ${resolution}` : `copy: ${printable(copy)}`;
}

export function problemLine({ path, side, code, message }: Problem, colors: Colors): string {
  // Most messages name the path themselves; then it need not stand there twice.
  const place = path === '' || message.includes(path) ? side : `${side}  ${path}`;
  return `${colors.red('problem')}  ${printable(place)}  ${printable(message)} ${colors.dim(`[${code}]`)}`;
}

/** What a run has to say at its end, on one line. */
export function summaryLine(result: SyncResult): string {
  const { status, counts, bytes } = result;
  const isIdle = status === 'clean' && result.operations.length === 0 && counts.conflicts === 0;
  if (isIdle) return inSyncLine(counts);
  const done = listing(counts, doneWords);
  const skipped = counts.skipped > 0 ? `, ${formatCount(counts.skipped)} skipped` : '';
  const transferred = bytes.transferred > 0 ? `; ${formatBytes(bytes.transferred)} transferred` : '';
  return `${headOf(result)}: ${done === '' ? 'nothing was changed' : done}${skipped}${transferred}.${remainderOf(result)}`;
}

function headOf({ status, elapsedMs, counts, conflicts }: SyncResult): string {
  const elapsed = formatDuration(elapsedMs);
  const left = conflicts.filter((conflict) => conflict.resolution === 'manual').length;
  switch (status) {
    case 'clean':
      return `Done in ${elapsed}`;
    case 'conflicts':
      return `Done in ${elapsed}, but ${counted(left, 'conflict is', 'conflicts are')} left to you`;
    case 'problems':
      return `Done in ${elapsed}, but with ${counted(counts.problems, 'problem')}`;
    case 'cancelled':
      return `Interrupted after ${elapsed}`;
  }
}

function remainderOf({ status, plan, operations, problems, bytes, conflicts }: SyncResult): string {
  const settled = conflicts.filter((conflict) => conflict.resolution !== 'manual').length;
  if (status !== 'cancelled')
    return settled === 0 ? '' : ` ${counted(settled, 'conflict was', 'conflicts were')} settled.`;
  if (plan === undefined) return ' The next run starts over.';
  const left = plan.operations.length - operations.length - (problems.length - plan.problems.length);
  if (left <= 0) return ' Nothing is left for the next run.';
  const leftBytes = Math.max(0, plan.bytes - bytes.transferred);
  const transfer = leftBytes > 0 ? ` and ${formatBytes(leftBytes)}` : '';
  return ` Left for the next run: ${counted(left, 'operation')}${transfer}.`;
}

function inSyncLine({ unchanged, adopted }: SyncCounts): string {
  const found = adopted > 0 ? `, ${formatCount(adopted)} found equal and remembered` : '';
  return `Already in sync: ${counted(unchanged, 'entry', 'entries')} unchanged${found}.`;
}

function totalLine({ counts, bytes, conflicts, problems }: SyncPlan): string {
  const work = listing(counts, plannedWords);
  const transfer = bytes > 0 ? `; ${formatBytes(bytes)} to transfer` : '';
  const met = [
    conflicts.length > 0 ? counted(conflicts.length, 'conflict') : '',
    problems.length > 0 ? counted(problems.length, 'problem') : '',
    counts.skipped > 0 ? `${formatCount(counts.skipped)} skipped` : '',
  ].filter((part) => part !== '');
  return `Total: ${[work === '' ? 'nothing to do' : work, ...met].join(', ')}${transfer}.`;
}

/** `3 created, 1 deleted`, or `3 to create, 1 to delete`; empty when there is nothing. */
export function countsText(counts: SyncCounts, when: 'done' | 'planned'): string {
  return listing(counts, when === 'done' ? doneWords : plannedWords);
}

type Changes = 'created' | 'updated' | 'moved' | 'deleted';

const doneWords = { created: 'created', updated: 'updated', moved: 'moved', deleted: 'deleted' };
const plannedWords = { created: 'to create', updated: 'to update', moved: 'to move', deleted: 'to delete' };

function listing(counts: SyncCounts, words: Readonly<Record<Changes, string>>): string {
  const kinds = ['created', 'updated', 'moved', 'deleted'] as const;
  return kinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${formatCount(counts[kind])} ${words[kind]}`)
    .join(', ');
}

function textOf(operation: Operation): OperationText {
  const { kind, side, path, reason } = operation;
  const isDirectory = concernsDirectory(operation);
  return { kind, side, path, from: originOf(operation), size: sizeOf(operation), isDirectory, reason };
}

function concernsDirectory(operation: Operation): boolean {
  switch (operation.kind) {
    case 'make-directory':
      return true;
    case 'create':
    case 'update':
      return false;
    case 'move':
      return operation.entry.kind === 'directory';
    case 'delete':
      return operation.entryKind === 'directory';
    case 'set-metadata':
      return operation.evidence[operation.side]?.kind === 'directory';
  }
}

/** Of what comes, or of what is lost: the size of a file that is deleted. */
function sizeOf(operation: Operation): number | undefined {
  if (operation.kind === 'create' || operation.kind === 'update') {
    return operation.from.entry.kind === 'file' ? operation.from.entry.size : undefined;
  }
  const entry = operation.evidence[operation.side];
  return operation.kind === 'delete' && entry?.kind === 'file' ? entry.size : undefined;
}

interface OperationPieces {
  /** In its colour, all of one width. */
  readonly verb: string;
  readonly side: Side;
  readonly isDirectory: boolean;
  /** Size, origin and reason, without colour. */
  readonly details: string;
}

/** What there is to say of an operation, besides its path. */
export function operationPieces(operation: Operation, colors: Colors): OperationPieces {
  return piecesOf(textOf(operation), colors);
}

function piecesOf({ kind, side, from, size, isDirectory, reason }: OperationText, colors: Colors): OperationPieces {
  const verb = verbs[kind];
  const details = [
    size === undefined ? '' : formatBytes(size),
    kind === 'set-metadata' ? 'metadata only' : '',
    from === undefined ? '' : `from ${printable(from)}`,
    printable(reason),
  ].filter((detail) => detail !== '');
  const color = colors[verbColors[verb]];
  return { verb: color(verb.padEnd(6)), side, isDirectory, details: `(${details.join('; ')})` };
}

function operationText(text: OperationText, colors: Colors): string {
  const { verb, side, isDirectory, details } = piecesOf(text, colors);
  return `${verb}  ${side.padEnd(11)}  ${printable(text.path)}${isDirectory ? '/' : ''}  ${colors.dim(details)}`;
}

export function noticeLine({ path, message }: Notice, colors: Colors): string {
  return `${colors.dim('notice')}  ${printable(path)}  ${printable(message)}`;
}
