import type { OperationSummary, Problem, ProgressEvent } from '@syncengine/core';
import type { JsonConflict, JsonOperation, PartialRun } from './report-json.ts';

/** Notes what a run does while it does it, for the report of a run that never comes to its end. */
export class RunRecord {
  readonly #operations: JsonOperation[] = [];
  readonly #conflicts: JsonConflict[] = [];
  readonly #problems: Problem[] = [];
  readonly #madeDirectories = new Set<string>();
  readonly #counts = { created: 0, updated: 0, deleted: 0, moved: 0 };
  #transferredBytes = 0;

  note(event: ProgressEvent): void {
    switch (event.type) {
      case 'operation-done':
        this.#noteOperation(event.operation);
        return;
      case 'conflict':
        this.#conflicts.push({
          path: event.path,
          reason: event.reason,
          ...(event.copy === undefined ? {} : { copy: event.copy }),
        });
        return;
      case 'problem':
        this.#problems.push({ path: event.path, side: event.side, code: event.code, message: event.message });
        return;
      case 'run-start':
      case 'scan':
      case 'compare':
      case 'plan':
      case 'operation-start':
      case 'operation-progress':
      case 'operation-failed':
      case 'notice':
      case 'summary':
        return;
    }
  }

  /** What is known so far. What was merely looked at is not counted: the run did not get to remember it. */
  soFar(): PartialRun {
    return {
      counts: {
        ...this.#counts,
        adopted: 0,
        unchanged: 0,
        skipped: 0,
        conflicts: this.#conflicts.length,
        problems: this.#problems.length,
      },
      transferredBytes: this.#transferredBytes,
      operations: this.#operations,
      conflicts: this.#conflicts,
      problems: this.#problems,
    };
  }

  #noteOperation(operation: OperationSummary): void {
    const { kind, side, path, from, bytes, reason } = operation;
    const hasContent = kind === 'create' || kind === 'update';
    this.#operations.push({
      kind,
      side,
      path,
      ...(from === undefined ? {} : { from }),
      ...(hasContent ? { bytes } : {}),
      reason,
    });
    this.#transferredBytes += bytes;
    this.#count(operation);
  }

  #count({ kind, side, path }: OperationSummary): void {
    switch (kind) {
      case 'make-directory':
        this.#madeDirectories.add(`${side}:${path}`);
        this.#counts.created += 1;
        return;
      case 'create':
        this.#counts.created += 1;
        return;
      case 'update':
        this.#counts.updated += 1;
        return;
      case 'set-metadata':
        // The permissions of a folder that this run made belong to its making.
        if (!this.#madeDirectories.has(`${side}:${path}`)) this.#counts.updated += 1;
        return;
      case 'move':
        this.#counts.moved += 1;
        return;
      case 'delete':
        this.#counts.deleted += 1;
        return;
    }
  }
}
