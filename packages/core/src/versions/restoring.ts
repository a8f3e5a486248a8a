import { type Clock, forEachConcurrently } from '../control/index.ts';
import { asSyncEngineError, isAbortError, isSyncEngineError } from '../errors.ts';
import { reservedName } from '../paths/index.ts';
import type { Content, FileEntry, StorageClient, SymlinkEntry } from '../storage/index.ts';
import { failure } from '../storage-failures.ts';
import type { ContentPlace } from './content.ts';
import { copyWithin } from './copy-within.ts';
import { type Disposal, disposalFor, intoFolder, versionsFolder } from './disposal.ts';
import { finishHistory, type HistoryEvent, historyFolder, planHistory } from './history.ts';
import { problemOf, type RestoreProblem, type RestoreStep } from './restore-plan.ts';
import { openPlace } from './same-content.ts';

type BringStep = RestoreStep & { readonly kind: 'bring' };

export interface RestoringOptions {
  readonly client: StorageClient;
  readonly target: StorageClient;
  readonly steps: readonly RestoreStep[];
  /** Names this restoration as a run. */
  readonly run: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onStep: (step: RestoreStep, problem: RestoreProblem | undefined) => void;
}

/** What was done. */
export interface Restored {
  readonly done: readonly RestoreStep[];
  readonly problems: readonly RestoreProblem[];
}

/**
 * Carries out the steps of a restoration. Versions are copied, never moved, so nothing that is kept is used up; what gives way
 * is kept like what gives way in a run. A kill between any two effects leaves each path with what it held or with what it
 * gets, and the same restoration can be done again.
 */
export async function restoreSteps(options: RestoringOptions): Promise<Restored> {
  const { client, target, steps, run, signal } = options;
  // Another place may be made for it; one that content left from is never made anew: is the disk mounted?
  const isMissing = client !== target && (await target.stat('', { signal })) === undefined;
  if (isMissing) await target.makeDirectory('', { signal });
  const isWritten = (await target.stat(historyFolder, { signal })) !== undefined;
  const planned = isWritten ? steps.flatMap(eventsOf) : [];
  await planHistory(target, run, planned, signal);
  const restoration = new Restoration(options, await disposalOf(target, run, signal));
  try {
    await restoration.perform();
    await target.flush?.({ signal });
  } finally {
    await finishHistory(target, run, planned, isWritten ? restoration.done.flatMap(eventsOf) : [], signal);
  }
  return restoration;
}

/** What gives way goes where it goes in a run: among the versions where there are any, or where there is no trash. */
async function disposalOf(client: StorageClient, run: string, signal: AbortSignal): Promise<Disposal> {
  const hasVersions =
    client.capabilities.trash === 'none' || (await client.stat(versionsFolder, { signal })) !== undefined;
  return disposalFor(client, hasVersions ? 'version' : 'trash', 'on', run);
}

class Restoration implements Restored {
  readonly #options: RestoringOptions;
  readonly #disposal: Disposal;
  /** Where this restoration put what stood at a path. */
  readonly #keptAt = new Map<string, string>();
  readonly done: RestoreStep[] = [];
  readonly problems: RestoreProblem[] = [];

  constructor(options: RestoringOptions, disposal: Disposal) {
    this.#options = options;
    this.#disposal = disposal;
  }

  async perform(): Promise<void> {
    const { steps, client, target } = this.#options;
    const { transfers, operations } = target.capabilities.concurrency;
    const of = (kind: RestoreStep['kind']): RestoreStep[] => steps.filter((step) => step.kind === kind);
    await this.#all(of('set-aside'), operations);
    // Deepest first and parents first, as they are planned.
    await this.#all([...of('remove-directory'), ...of('make-directory')], 1);
    // What stands elsewhere on this side may have to give way to another one of these.
    const isStanding = (step: RestoreStep): boolean =>
      step.kind === 'bring' && step.from.kind === 'entry' && !step.from.entry.path.startsWith(`${reservedName}/`);
    const brought = of('bring');
    await this.#all(brought.filter(isStanding), client === target ? 1 : transfers);
    await this.#all(
      brought.filter((step) => !isStanding(step)),
      transfers,
    );
  }

  async #all(steps: readonly RestoreStep[], limit: number): Promise<void> {
    const { signal, onStep } = this.#options;
    await forEachConcurrently(steps, limit, async (step) => {
      signal.throwIfAborted();
      let problem: RestoreProblem | undefined;
      try {
        await this.#step(step);
        this.done.push(step);
      } catch (error) {
        if (isAbortError(error)) throw error;
        problem = problemOf(asSyncEngineError(error, step.path), step.path);
        this.problems.push(problem);
      }
      onStep(step, problem);
    });
  }

  async #step(step: RestoreStep): Promise<void> {
    const { target, signal } = this.#options;
    switch (step.kind) {
      case 'set-aside':
        return await this.#setAside(step.path, step.expected);
      case 'remove-directory':
        return await this.#removeDirectory(step.path);
      case 'make-directory':
        await target.makeDirectory(step.path, { signal });
        return;
      case 'bring':
        return await this.#bring(step);
    }
  }

  async #setAside(path: string, expected: string): Promise<void> {
    const { target, clock, signal } = this.#options;
    if (this.#disposal.kind !== 'folder') return await target.remove(path, { expected, signal });
    await intoFolder(this.#disposal.folder, path, async (kept) => {
      if (target.move !== undefined) await target.move(path, kept, { expected, signal });
      else {
        await copyWithin(target, path, kept, { expected, clock, signal });
        await target.remove(path, { expected, signal });
      }
      this.#keptAt.set(path, kept);
    });
  }

  async #removeDirectory(path: string): Promise<void> {
    const { target, signal } = this.#options;
    try {
      await target.remove(path, { signal });
    } catch (error) {
      // Where directories are only implied, one is gone with its last file.
      if (!isSyncEngineError(error, 'not-found')) throw error;
    }
  }

  async #bring(step: BringStep): Promise<void> {
    const { target, client, clock, signal } = this.#options;
    const { path, replaces } = step;
    const from = await this.#whereItIs(step.from);
    if (from.kind === 'stored' && client === target && target.restoreVersion !== undefined) {
      await target.restoreVersion(path, from.version.id, { expected: replaces ?? 'absent', signal });
      return;
    }
    if (replaces === undefined || this.#disposal.kind !== 'folder') {
      await this.#put(path, from, replaces, undefined);
      return;
    }
    await intoFolder(this.#disposal.folder, path, async (kept) => {
      if (target.capabilities.trash === 'folder') await this.#put(path, from, replaces, kept);
      else {
        await copyWithin(target, path, kept, { expected: replaces, clock, signal });
        await this.#put(path, from, replaces, undefined);
      }
      this.#keptAt.set(path, kept);
    });
  }

  async #put(
    path: string,
    from: ContentPlace,
    replaces: string | undefined,
    keepReplacedAt: string | undefined,
  ): Promise<void> {
    const { client, target, signal } = this.#options;
    const expected = replaces ?? 'absent';
    if (from.kind === 'entry' && from.entry.kind === 'symlink') {
      await target.makeSymlink?.(path, from.entry.target, { expected, keepReplacedAt, signal });
      return;
    }
    if (from.kind === 'entry' && client === target && client.copy !== undefined && replaces === undefined) {
      await client.copy(from.entry.path, path, { expected: from.entry.version, signal });
      return;
    }
    const facts = from.kind === 'entry' ? from.entry : from.version;
    const permissions = from.kind === 'entry' ? from.entry.permissions : undefined;
    const options = { modifiedAt: facts.modifiedAt, permissions, expected, keepReplacedAt, signal };
    await target.write(path, contentAt(client, from), options);
  }

  /** What stood at a path when the plan was made may have given way to an earlier step. */
  async #whereItIs(place: ContentPlace): Promise<ContentPlace> {
    const { client, target, signal } = this.#options;
    const kept = place.kind === 'entry' && client === target ? this.#keptAt.get(place.entry.path) : undefined;
    if (kept === undefined) return place;
    const entry = await client.stat(kept, { signal });
    if (entry?.kind !== 'file' && entry?.kind !== 'symlink') throw failure('not-found', kept);
    return { kind: 'entry', entry };
  }
}

function contentAt(client: StorageClient, place: ContentPlace): Content {
  const size = place.kind === 'stored' ? place.version.size : sizeOfEntry(place.entry);
  return { size, open: ({ signal } = {}) => openPlace(client, place, signal) };
}

function sizeOfEntry(entry: FileEntry | SymlinkEntry): number {
  return entry.kind === 'file' ? entry.size : 0;
}

/** What the step does to the names of the target, for whoever asks for a moment before it. */
function eventsOf(step: RestoreStep): HistoryEvent[] {
  const { kind, path } = step;
  switch (kind) {
    case 'set-aside':
      return [{ did: 'give-way', path }];
    case 'bring':
      return [{ did: step.replaces === undefined ? 'create' : 'give-way', path }];
    case 'make-directory':
    case 'remove-directory':
      return [{ did: kind, path }];
  }
}
