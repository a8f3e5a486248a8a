import type { ErrorCode, SyncEngineError } from '../errors.ts';
import { ancestorsOf, compareUtf8, depthOf, isReserved, isWithin } from '../paths/index.ts';
import { type Entry, type StorageClient, type Version, versionOf } from '../storage/index.ts';
import { type ContentPlace, type PastContent, sizeOf } from './content.ts';
import { isSameContent } from './same-content.ts';

/** One step of a restoration, with what must still hold for it. */
export type RestoreStep =
  /** What stands in the way is kept, and the path is free. */
  | { readonly kind: 'set-aside'; readonly path: string; readonly expected: Version }
  /** Of an empty directory. */
  | { readonly kind: 'remove-directory'; readonly path: string }
  | { readonly kind: 'make-directory'; readonly path: string }
  /** Content comes back; what it replaces is kept. */
  | {
      readonly kind: 'bring';
      readonly path: string;
      readonly from: ContentPlace;
      /** `undefined`: nothing may stand at the path. */
      readonly replaces: Version | undefined;
      readonly bytes: number;
    };

/** A path that cannot come back, with its reason. */
export interface RestoreProblem {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PlannedSteps {
  /** In the order in which they are carried out. */
  readonly steps: readonly RestoreStep[];
  /** Paths that are as they were already. */
  readonly unchanged: number;
  readonly problems: readonly RestoreProblem[];
}

export interface StepsOptions {
  /** What is to stand on the target, by path. */
  readonly wanted: readonly PastContent[];
  /** What stands on the target and is to go, because it was not there; by path. Default: nothing. */
  readonly unwanted?: readonly PastContent[] | undefined;
  readonly client: StorageClient;
  readonly target: StorageClient;
  /** Words for a path that is known but kept no longer. */
  readonly lost: (path: string) => string;
  readonly signal: AbortSignal | undefined;
}

/** Says step by step how the target gets what is wanted. Changes nothing. */
export async function planSteps(options: StepsOptions): Promise<PlannedSteps> {
  const draft = new StepsDraft(options);
  for (const content of options.unwanted ?? []) await draft.clear(content.path);
  for (const content of options.wanted) await draft.want(content);
  return draft.finish();
}

class StepsDraft {
  readonly #options: StepsOptions;
  readonly #looked = new Map<string, Entry | undefined>();
  readonly #aside = new Map<string, RestoreStep>();
  readonly #removed = new Map<string, RestoreStep>();
  readonly #made = new Map<string, RestoreStep>();
  readonly #brought: (RestoreStep & { readonly kind: 'bring' })[] = [];
  readonly #problems: RestoreProblem[] = [];
  #unchanged = 0;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  async want(content: PastContent): Promise<void> {
    const { client, target, lost } = this.#options;
    const { path } = content;
    if (isReserved(path)) return this.#refuse(path, 'unsupported', `${quoted(path)} is SyncEngine's own.`);
    if (content.kind === 'lost') return this.#refuse(path, 'not-found', lost(path));
    if (content.kind === 'content' && client === target && stands(content)) {
      this.#unchanged += 1;
      return;
    }
    for (const above of ancestorsOf(path)) {
      const standing = await this.#standing(above);
      if (standing !== undefined && standing.kind !== 'directory' && !this.#setAside(standing)) return;
    }
    if (content.kind === 'directory') await this.#wantDirectory(path);
    else await this.#wantContent(path, content.place);
  }

  /** What was not there goes: a file into the trash or among the versions, a directory once it is empty. */
  async clear(path: string): Promise<void> {
    const standing = await this.#look(path);
    if (standing?.kind === 'directory') this.#removed.set(path, { kind: 'remove-directory', path });
    else if (standing !== undefined) this.#setAside(standing);
  }

  finish(): PlannedSteps {
    const removed = [...this.#removed.values()].sort(
      (left, right) => depthOf(right.path) - depthOf(left.path) || compareUtf8(left.path, right.path),
    );
    const steps = [...this.#aside.values(), ...removed, ...this.#made.values(), ...this.#brought];
    return { steps, unchanged: this.#unchanged, problems: this.#problems };
  }

  async #wantDirectory(path: string): Promise<void> {
    const { target } = this.#options;
    const standing = await this.#standing(path);
    if (standing?.kind === 'directory') {
      this.#unchanged += 1;
      return;
    }
    if (standing !== undefined && !this.#setAside(standing)) return;
    if (target.capabilities.directories === 'real') this.#made.set(path, { kind: 'make-directory', path });
  }

  async #wantContent(path: string, place: ContentPlace): Promise<void> {
    const { client, target, signal } = this.#options;
    if (place.kind === 'entry' && place.entry.kind === 'symlink' && target.makeSymlink === undefined) {
      return this.#refuse(path, 'unsupported', `${target.id} cannot hold the link ${quoted(path)}.`);
    }
    const standing = await this.#standing(path);
    if (standing?.kind === 'directory') await this.#clearDirectory(path);
    else if (standing !== undefined) {
      const isLookable = standing.kind === 'file' || standing.kind === 'symlink';
      if (!isLookable) return this.#refuseStanding(standing);
      if (await isSameContent(client, place, target, standing, signal)) {
        this.#unchanged += 1;
        return;
      }
      // A link gives way to a file, and a file to a link, by being set aside first.
      const isFile = place.kind === 'stored' || place.entry.kind === 'file';
      if (isFile !== (standing.kind === 'file')) this.#setAside(standing);
    }
    const isReplaced = standing?.kind !== 'directory' && standing !== undefined && !this.#aside.has(standing.path);
    const replaces = isReplaced ? versionOf(standing) : undefined;
    this.#brought.push({ kind: 'bring', path, from: place, replaces, bytes: sizeOf(place) });
  }

  /** A file is to stand where a directory stands: all that it holds is kept. */
  async #clearDirectory(path: string): Promise<void> {
    const { target, signal } = this.#options;
    this.#removed.set(path, { kind: 'remove-directory', path });
    for await (const page of target.list(path, { signal })) {
      for (const entry of page) {
        this.#looked.set(entry.path, entry);
        if (entry.kind === 'directory') await this.#clearDirectory(entry.path);
        else this.#setAside(entry);
      }
    }
  }

  #setAside(standing: Entry): boolean {
    const { path } = standing;
    const expected = versionOf(standing);
    if (expected === undefined) {
      this.#refuseStanding(standing);
      return false;
    }
    this.#aside.set(path, { kind: 'set-aside', path, expected });
    return true;
  }

  async #standing(path: string): Promise<Entry | undefined> {
    // What is on its way aside is not in the way any more.
    if (this.#aside.has(path)) return undefined;
    for (const removed of this.#removed.keys()) if (isWithin(path, removed)) return undefined;
    return await this.#look(path);
  }

  async #look(path: string): Promise<Entry | undefined> {
    if (!this.#looked.has(path)) {
      this.#looked.set(path, await this.#options.target.stat(path, { signal: this.#options.signal }));
    }
    return this.#looked.get(path);
  }

  #refuseStanding(standing: Entry): void {
    const what = standing.kind === 'other' ? `a ${standing.what}` : 'something that cannot be looked at';
    this.#refuse(standing.path, 'unsupported', `At ${quoted(standing.path)} stands ${what}, which is left alone.`);
  }

  #refuse(path: string, code: ErrorCode, message: string): void {
    this.#problems.push({ path, code, message });
  }
}

/** True for what never left its path. */
function stands(content: PastContent & { readonly kind: 'content' }): boolean {
  const { place, path } = content;
  return place.kind === 'entry' ? place.entry.path === path : place.version.until === undefined;
}

function quoted(path: string): string {
  return JSON.stringify(path);
}

export function problemOf(error: SyncEngineError, path: string): RestoreProblem {
  return { path: error.path ?? path, code: error.code, message: error.message };
}
