import { SyncEngineError } from '../errors.ts';
import { requireValidPath } from '../paths/index.ts';
import { phases } from './operation.ts';
import type { SyncPlan } from './plan.ts';

const kinds = new Set(['make-directory', 'create', 'update', 'move', 'delete', 'set-metadata']);

/**
 * A plan that comes from outside: checked as far as it takes for no operation to leave the roots or to act without its
 * preconditions.
 *
 * @throws SyncEngineError `plan-invalid`
 */
export function parsePlan(value: unknown): SyncPlan {
  const plan = asRecord(value, 'the plan');
  if (plan['format'] !== 'syncengine-plan') throw invalid('it is not a SyncEngine plan');
  if (plan['formatVersion'] !== 1) throw invalid(`its format version is ${String(plan['formatVersion'])}, this is 1`);
  for (const name of ['source', 'destination', 'mode']) requireString(plan[name], name);
  for (const name of ['createdAt', 'generation', 'bytes']) requireNumber(plan[name], name);
  if (plan['replaced'] !== 'trash' && plan['replaced'] !== 'version')
    throw invalid('replaced is neither trash nor version');
  for (const name of ['records', 'conflicts', 'problems', 'notices', 'stops']) requireArray(plan[name], name);
  asRecord(plan['counts'], 'counts');
  requireNumber(asRecord(plan['statistics'], 'statistics')['observedFrom'], 'statistics.observedFrom');
  const ids = new Set<number>();
  for (const operation of requireArray(plan['operations'], 'operations')) checkOperation(operation, ids);
  // Sound: every field that an operation acts by was checked above; what is left is told, not acted upon.
  return value as SyncPlan;
}

function checkOperation(value: unknown, ids: Set<number>): void {
  const operation = asRecord(value, 'an operation');
  const { id, kind, phase, side, path, key, after, from, expected } = operation;
  requireNumber(id, 'operation.id');
  if (ids.has(Number(id))) throw invalid(`the operation ${String(id)} stands there twice`);
  ids.add(Number(id));
  if (typeof kind !== 'string' || !kinds.has(kind)) throw invalid(`there is no operation ${JSON.stringify(kind)}`);
  if (!phases.some((known) => known === phase)) throw invalid(`there is no phase ${JSON.stringify(phase)}`);
  requireSide(side);
  requirePath(path);
  requireString(key, 'operation.key');
  asRecord(operation['evidence'], 'operation.evidence');
  for (const earlier of requireArray(after, 'operation.after')) requireNumber(earlier, 'operation.after');
  if (kind === 'create' || kind === 'update') {
    const origin = asRecord(from, 'operation.from');
    requireSide(origin['side']);
    requirePath(origin['path']);
    requireString(asRecord(origin['entry'], 'operation.from.entry')['version'], 'operation.from.entry.version');
    asRecord(origin['hashes'], 'operation.from.hashes');
    requireNumber(operation['bytes'], 'operation.bytes');
  }
  if (kind === 'set-metadata' || kind === 'move') asRecord(operation['hashes'], 'operation.hashes');
  if (kind === 'move') {
    requirePath(asRecord(from, 'operation.from')['path']);
    asRecord(operation['entry'], 'operation.entry');
    if (operation['copied'] !== undefined) requireString(operation['copied'], 'operation.copied');
  }
  const isFileDeletion = kind === 'delete' && operation['entryKind'] !== 'directory';
  if (kind === 'update' || isFileDeletion) requireString(expected, 'operation.expected');
}

function requirePath(value: unknown): void {
  if (typeof value !== 'string' || value === '') throw invalid('an operation has no path');
  try {
    requireValidPath(value);
  } catch (error) {
    throw invalid(`the path ${JSON.stringify(value)} leaves its root`, error);
  }
}

function requireSide(value: unknown): void {
  if (value !== 'source' && value !== 'destination') throw invalid(`there is no side ${JSON.stringify(value)}`);
}

function requireString(value: unknown, name: string): void {
  if (typeof value !== 'string') throw invalid(`${name} is missing`);
}

function requireNumber(value: unknown, name: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(`${name} is no number`);
}

function requireArray(value: unknown, name: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid(`${name} is no list`);
}

function asRecord(value: unknown, name: string): Readonly<Record<string, unknown>> {
  // Sound: any object can be read as a record of unknown values.
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw invalid(`${name} is missing`);
}

function invalid(why: string, cause?: unknown): SyncEngineError {
  return new SyncEngineError('plan-invalid', `This plan cannot be carried out: ${why}. Make a new one.`, { cause });
}
