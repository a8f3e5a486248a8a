import { asSyncEngineError, isAbortError, type Side, type SyncEngineError } from '../errors.ts';
import type { Operation, SyncPlan } from '../plan/index.ts';
import {
  type Disposal,
  disposalFor,
  emptyTrash,
  finishHistory,
  type HistoryEvent,
  planHistory,
  pruneVersions,
} from '../versions/index.ts';
import type { EngineSettings } from './settings.ts';

const sides: readonly Side[] = ['source', 'destination'];

/** Where content goes that gives way on a side. */
export function disposalOf(side: Side, settings: EngineSettings, replaced: 'trash' | 'version', run: string): Disposal {
  const keep = settings.trash === undefined ? 'off' : 'on';
  return disposalFor(settings[side], settings.versions[side] === undefined ? replaced : 'version', keep, run);
}

/** Removes what was kept long enough. What fails is told, and the next run tries again. */
export async function removeKept(settings: EngineSettings, signal: AbortSignal): Promise<readonly SyncEngineError[]> {
  const { trash, versions, clock } = settings;
  const failures: SyncEngineError[] = [];
  for (const side of sides) {
    const client = settings[side];
    const rule = versions[side];
    if (trash !== undefined) failures.push(...(await emptyTrash(client, trash.keepDays, clock.now(), signal)));
    if (rule !== undefined) failures.push(...(await pruneVersions(client, rule, clock.now(), signal)));
  }
  return failures;
}

/** The history of a run, on each side that keeps versions of its own: what it was about to do, and then what it did. */
export class RunHistories {
  readonly #settings: EngineSettings;
  readonly #run: string;
  readonly #planned = new Map<Side, readonly HistoryEvent[]>();
  /** What could not be written down. The run does without: contents are kept all the same. */
  readonly failures: SyncEngineError[] = [];

  constructor(settings: EngineSettings, run: string) {
    this.#settings = settings;
    this.#run = run;
  }

  /** To be called before the first effect. */
  async begin({ operations, replaced }: SyncPlan, signal: AbortSignal): Promise<void> {
    for (const side of sides) {
      const isOurs = disposalOf(side, this.#settings, replaced, this.#run).kind === 'folder';
      if (this.#settings.versions[side] === undefined || !isOurs) continue;
      const events = eventsOf(operations, side);
      await this.#attempt(async () => {
        await planHistory(this.#settings[side], this.#run, events, signal);
        this.#planned.set(side, events);
      });
    }
  }

  /** To be called when all was tried. */
  async finish(done: readonly Operation[], signal: AbortSignal): Promise<void> {
    for (const [side, planned] of this.#planned) {
      const client = this.#settings[side];
      await this.#attempt(() => finishHistory(client, this.#run, planned, eventsOf(done, side), signal));
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isAbortError(error)) throw error;
      this.failures.push(asSyncEngineError(error));
    }
  }
}

function eventsOf(operations: readonly Operation[], side: Side): HistoryEvent[] {
  return operations.filter((operation) => operation.side === side).flatMap(eventOf);
}

function eventOf(operation: Operation): HistoryEvent | [] {
  const { kind, path, side } = operation;
  switch (kind) {
    case 'make-directory':
      return { did: 'make-directory', path };
    case 'create':
      // The losing content of a conflict is secured beside its path.
      return operation.from.side === side ? { did: 'copy', path, from: operation.from.path } : { did: 'create', path };
    case 'update':
      // Otherwise it is the same content, or it was secured by a copy.
      return operation.keepReplaced ? { did: 'give-way', path } : [];
    case 'delete':
      return { did: operation.entryKind === 'directory' ? 'remove-directory' : 'give-way', path };
    case 'move':
      return { did: 'move', path, from: operation.from.path, isDirectory: operation.entry.kind === 'directory' };
    case 'set-metadata':
      return [];
  }
}
