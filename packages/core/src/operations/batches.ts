import type { Operation } from '../plan/index.ts';

/** Operations that may run at the same time: one phase, and of directories one depth. */
export function* batches(operations: readonly Operation[]): Generator<readonly Operation[]> {
  let batch: Operation[] = [];
  let previous: string | undefined;
  for (const operation of operations) {
    const group = groupOf(operation);
    if (group !== previous && batch.length > 0) {
      yield batch;
      batch = [];
    }
    previous = group;
    batch.push(operation);
  }
  if (batch.length > 0) yield batch;
}

function groupOf(operation: Operation): string {
  const isDirectory =
    operation.kind === 'make-directory' ||
    operation.phase === 'permissions' ||
    (operation.kind === 'delete' && operation.entryKind === 'directory');
  if (operation.kind === 'move' && operation.alone) return `moves:${operation.id}`;
  const chained = operation.phase === 'copies' || operation.phase === 'metadata' ? `:${operation.after.length}` : '';
  return `${operation.phase}${isDirectory ? `:${operation.path.split('/').length}` : ''}${chained}`;
}
