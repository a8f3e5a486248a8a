import type { Operation, OperationSummary, SyncPlan } from '@syncengine/core';

/** Of a plan, only what settles the conflicts that were chosen, with what that builds on. */
export function settledPlan(
  plan: SyncPlan,
  keyOf: (path: string) => string,
  isChosen: (conflict: { readonly path: string }) => boolean,
): SyncPlan {
  const conflicts = plan.conflicts.filter((conflict) => conflict.resolution !== 'manual' && isChosen(conflict));
  const keys = new Set(conflicts.flatMap(({ path, copy }) => [path, ...(copy === undefined ? [] : [copy])]).map(keyOf));
  const byId = new Map(plan.operations.map((operation) => [operation.id, operation]));
  const needed = new Set<number>();
  const need = (operation: Operation): void => {
    if (needed.has(operation.id)) return;
    needed.add(operation.id);
    for (const id of operation.after) {
      const before = byId.get(id);
      if (before !== undefined) need(before);
    }
  };
  for (const operation of plan.operations) if (keys.has(operation.key)) need(operation);
  const operations = plan.operations.filter(({ id }) => needed.has(id));
  return {
    ...plan,
    operations,
    records: plan.records.filter(({ change, after }) => {
      const key = change.kind === 'record' ? change.record.key : change.key;
      return keys.has(key) && (after === undefined || needed.has(after));
    }),
    conflicts,
    problems: [],
    notices: [],
    stops: plan.stops.filter(({ code }) => code === 'rail-space'),
    bytes: operations.reduce((sum, operation) => sum + bytesOf(operation), 0),
  };
}

/** An operation in short. */
export function summaryOf(operation: Operation): OperationSummary {
  const { id, kind, side, path, reason } = operation;
  return { id, kind, side, path, bytes: bytesOf(operation), reason };
}

function bytesOf(operation: Operation): number {
  return operation.kind === 'create' || operation.kind === 'update' ? operation.bytes : 0;
}
