import { depthOf } from '../paths/index.ts';
import { bytesOf, type Operation, phases } from './operation.ts';
import type { SyncCounts } from './plan.ts';

type WithoutId<Value> = Value extends Operation ? Omit<Value, 'id'> : never;

/** Collects operations and puts them into the order in which they are carried out. */
export class OperationList {
  readonly #operations: Operation[] = [];
  bytes = 0;

  /** @returns the id of the operation */
  add(operation: WithoutId<Operation>): number {
    const id = this.#operations.length;
    const added: Operation = { ...operation, id };
    this.#operations.push(added);
    this.bytes += bytesOf(added);
    return id;
  }

  inOrder(): Operation[] {
    const rank = new Map(phases.map((phase, index) => [phase, index]));
    const depth = (operation: Operation): number => {
      if (operation.phase === 'directories' || operation.phase === 'moved-directories') return depthOf(operation.path);
      const isDirectory = operation.kind === 'delete' && operation.entryKind === 'directory';
      if (operation.phase === 'permissions' || isDirectory) return 1_000_000 - depthOf(operation.path);
      return 0;
    };
    return this.#operations
      .map((operation) => ({ operation, rank: rank.get(operation.phase) ?? 0, depth: depth(operation) }))
      .sort(
        (left, right) => left.rank - right.rank || left.depth - right.depth || left.operation.id - right.operation.id,
      )
      .map(({ operation }) => operation);
  }

  counts(): Pick<SyncCounts, 'created' | 'updated' | 'deleted' | 'moved'> {
    const counts = { created: 0, updated: 0, deleted: 0, moved: 0 };
    for (const operation of this.#operations) {
      const field = countedAs(operation);
      if (field !== undefined) counts[field] += 1;
    }
    return counts;
  }
}

/** The count that an operation adds to; `undefined` for a step that completes another one. */
export function countedAs(operation: Operation): 'created' | 'updated' | 'deleted' | 'moved' | undefined {
  switch (operation.kind) {
    case 'make-directory':
    case 'create':
      return 'created';
    case 'update':
      return 'updated';
    case 'set-metadata':
      // The bits of a folder that this plan makes belong to its making.
      return operation.evidence[operation.side] === undefined ? undefined : 'updated';
    case 'move':
      return operation.completes ? 'moved' : undefined;
    case 'delete':
      return 'deleted';
  }
}
