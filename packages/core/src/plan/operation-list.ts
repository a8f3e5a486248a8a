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
    const id = this.nextId;
    this.put({ ...operation, id });
    return id;
  }

  get nextId(): number {
    return this.#operations.length;
  }

  /** @param operation with the next id */
  put(operation: Operation): void {
    this.#operations.push(operation);
    this.bytes += bytesOf(operation);
  }

  inOrder(): Operation[] {
    const rank = new Map(phases.map((phase, index) => [phase, index]));
    const depth = (operation: Operation): number => {
      if (operation.phase === 'directories' || operation.phase === 'moved-directories') return depthOf(operation.path);
      const isDirectory = operation.kind === 'delete' && operation.entryKind === 'directory';
      if (operation.phase === 'permissions' || isDirectory) return 1_000_000 - depthOf(operation.path);
      return 0;
    };
    // By phase and depth; inside of both they stand in the order of their ids already.
    const groups = new Map<number, Operation[]>();
    for (const operation of this.#operations) {
      const place = (rank.get(operation.phase) ?? 0) * 2_000_000 + depth(operation);
      const group = groups.get(place);
      if (group === undefined) groups.set(place, [operation]);
      else group.push(operation);
    }
    return [...groups].sort(([left], [right]) => left - right).flatMap(([, group]) => group);
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
