import { isSyncEngineError, type SyncPlan } from '@syncengine/core';

/** A plan as text that is the same for the same plan, whenever it was made. */
export function told(plan: SyncPlan): string {
  return JSON.stringify({ ...plan, createdAt: 0 });
}

/** One line for each operation. */
export function describePlan(plan: SyncPlan | undefined): string {
  if (plan === undefined) return '';
  return plan.operations
    .map((operation) => {
      const from =
        operation.kind === 'move' || operation.kind === 'create' || operation.kind === 'update'
          ? ` from ${JSON.stringify(operation.from.path)}`
          : '';
      return `${operation.kind} ${JSON.stringify(operation.path)}${from} on the ${operation.side} (${operation.reason})`;
    })
    .join('\n');
}

export function describeError(error: unknown): string {
  if (isSyncEngineError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
