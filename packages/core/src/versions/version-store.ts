import type { Clock } from '../control/index.ts';
import { considerate, type RetryOptions, retrying } from '../decorators/index.ts';
import { ancestorsOf, isReserved, isWithin, requireValidPath } from '../paths/index.ts';
import type { StorageClient } from '../storage/index.ts';
import { systemClock } from '../system-clock.ts';
import type { KeptVersion, PastContent } from './content.ts';
import { keysOf, type Memory, readMemory, readStanding } from './knowledge.ts';
import { storedAt } from './native.ts';
import { treeAt } from './past.ts';
import { PastTree } from './past-tree.ts';
import { planSteps, problemOf, type RestoreProblem, type RestoreStep } from './restore-plan.ts';
import { restoreSteps } from './restoring.ts';
import { runName } from './run-name.ts';

export interface VersionStoreOptions {
  readonly retry?: RetryOptions | undefined;
  /** Time and chance. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Which versions are meant. */
export interface VersionQuery {
  /** Files, and folders with all below them; as they are called now or as they were called then. Default: everything. */
  readonly paths?: readonly string[] | undefined;
  /** A choice among them by path. Default: all. */
  readonly matches?: ((path: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a side keeps. */
export interface VersionListing {
  /** Newest first. */
  readonly versions: readonly KeptVersion[];
  /** What could not be looked at: more may be kept there. */
  readonly problems: readonly RestoreProblem[];
}

/** What is to come back, and where to. */
export interface RestoreOptions extends VersionQuery {
  /**
   * Milliseconds since the epoch: paths come back as they were then, as far as it is kept. Without it, what was deleted comes
   * back as it was last; a path that is named itself also where something stands in its place.
   */
  readonly at?: number | undefined;
  /** Another place for it, under the same paths. Default: where it was. */
  readonly to?: StorageClient | undefined;
  /** Only with `at`: what was not there then goes, into the trash or among the versions. Default: false. */
  readonly exact?: boolean | undefined;
}

/** What a restoration would do. */
export interface RestorePlan {
  /** In the order in which they are carried out. */
  readonly steps: readonly RestoreStep[];
  /** Paths that are as they were already. */
  readonly unchanged: number;
  readonly problems: readonly RestoreProblem[];
  /** What should be known of it: how far back the side can tell. */
  readonly notices: readonly string[];
  /** To be read and written. */
  readonly bytes: number;
}

export interface RestoreRunOptions extends RestoreOptions {
  /** Called after each step; a problem says that it was not done. */
  readonly onStep?: ((step: RestoreStep, problem: RestoreProblem | undefined) => void) | undefined;
}

export interface RestoreResult {
  readonly status: 'clean' | 'problems';
  /** The steps that were carried out, in the order of the plan. */
  readonly done: readonly RestoreStep[];
  readonly unchanged: number;
  readonly problems: readonly RestoreProblem[];
  readonly notices: readonly string[];
  readonly bytes: number;
}

/**
 * What one side keeps of overwritten and deleted content, in its trash, among its versions and in the store itself; and the way
 * back. It needs no memory of a pair: all that it knows lies on the side.
 */
export class VersionStore {
  readonly #client: StorageClient;
  readonly #clock: Clock;
  readonly #patient: (client: StorageClient) => StorageClient;

  constructor(client: StorageClient, options: VersionStoreOptions = {}) {
    const clock = options.clock ?? systemClock;
    this.#clock = clock;
    this.#patient = (inner) => retrying(considerate(inner, { clock }), { ...options.retry, clock });
    this.#client = this.#patient(client);
  }

  /** @throws SyncEngineError `invalid-name` for a path that is none */
  async list(query: VersionQuery = {}): Promise<VersionListing> {
    const paths = checkedPaths(query);
    const memory = await readMemory(this.#client, paths, query.signal);
    const isMeant = chosen(this.#client, paths, query);
    const versions = memory.kept.filter(({ path, presentPath }) => isMeant(path) || isMeant(presentPath)).reverse();
    return { versions, problems: problemsOf(memory) };
  }

  /**
   * What `restore` would do now. Changes nothing.
   *
   * @throws SyncEngineError `invalid-name` for a path that is none
   */
  async plan(options: RestoreOptions = {}): Promise<RestorePlan> {
    return await this.#plan(options, this.#target(options));
  }

  /**
   * Brings back what is asked for. What stands in its place is kept like what a run replaces.
   *
   * @throws the signal's reason when aborted; what was done stays, and the same call goes on
   */
  async restore(options: RestoreRunOptions = {}): Promise<RestoreResult> {
    const target = this.#target(options);
    const plan = await this.#plan(options, target);
    const run = runName(this.#clock.now(), this.#clock.random());
    const signal = options.signal ?? new AbortController().signal;
    const onStep = options.onStep ?? ((): void => undefined);
    const { steps } = plan;
    const report =
      steps.length === 0
        ? { done: [], problems: [] }
        : await restoreSteps({ client: this.#client, target, steps, run, clock: this.#clock, signal, onStep });
    const done = new Set(report.done);
    const problems = [...plan.problems, ...report.problems];
    return {
      ...plan,
      status: problems.length === 0 ? 'clean' : 'problems',
      done: steps.filter((step) => done.has(step)),
      problems,
      bytes: bytesOf(report.done),
    };
  }

  #target({ to }: RestoreOptions): StorageClient {
    return to === undefined ? this.#client : this.#patient(to);
  }

  async #plan(options: RestoreOptions, target: StorageClient): Promise<RestorePlan> {
    const { at, exact, signal } = options;
    const client = this.#client;
    const paths = checkedPaths(options);
    const memory = await readMemory(client, paths, signal);
    const { standing, failures } = await readStanding(client, paths, memory.runs, signal);
    const isChosen = chosen(client, paths, options);
    const isMeant = (path: string): boolean => isChosen(path) && !isReserved(path);
    const past = at === undefined ? this.#newest(options, memory, standing) : this.#past(at, memory, standing);
    // A choice by path is one of files: folders come with what they hold.
    const isFolderMeant = (path: string): boolean => options.matches === undefined && isMeant(path);
    const wanted = past.filter(({ kind, path }) => (kind === 'directory' ? isFolderMeant(path) : isMeant(path)));
    const keyOf = keysOf(client);
    const were = new Set(past.flatMap(({ path }) => [keyOf(path), ...ancestorsOf(keyOf(path))]));
    const unwanted =
      at !== undefined && exact === true && target === client
        ? standing.filter(({ kind, path }) => {
            return !were.has(keyOf(path)) && (kind === 'directory' ? isFolderMeant(path) : isMeant(path));
          })
        : [];
    const lost = (path: string): string => `${JSON.stringify(path)} as it was then is not kept any more.`;
    const planned = await planSteps({ wanted, unwanted, client, target, lost, signal });
    const seen = [...memory.failures, ...failures].map((error) => problemOf(error, ''));
    return {
      ...planned,
      problems: [...seen, ...missing(paths, wanted, keyOf, at), ...planned.problems],
      notices: at === undefined ? [] : noticesOf(at, memory),
      bytes: bytesOf(planned.steps),
    };
  }

  #past(at: number, memory: Memory, standing: readonly PastContent[]): readonly PastContent[] {
    const keyOf = keysOf(this.#client);
    if (this.#client.versions !== undefined) return [...storedAt(memory.stored, at).values()];
    return [...treeAt({ standing, kept: memory.kept, runs: memory.runs, keyOf }, at).values()];
  }

  /** What gave way last at each path at which nothing stands, and at each that is named itself. */
  #newest({ paths = [] }: RestoreOptions, memory: Memory, standing: readonly PastContent[]): readonly PastContent[] {
    const keyOf = keysOf(this.#client);
    const named = new Map(paths.map((path) => [keyOf(path), path]));
    const present = new Set(standing.map(({ path }) => keyOf(path)));
    const tree = new PastTree(keyOf);
    const offer = (path: string, { place }: KeptVersion): void => tree.set({ kind: 'content', path, place });
    for (const version of memory.kept) {
      const { path, presentPath } = version;
      const follower = named.get(keyOf(presentPath));
      if (follower !== undefined && presentPath !== path) offer(follower, version);
      if (!present.has(keyOf(path)) || named.has(keyOf(path))) offer(path, version);
    }
    return [...tree.contents.values()];
  }
}

function checkedPaths({ paths = [''] }: VersionQuery): readonly string[] {
  for (const path of paths) requireValidPath(path);
  return paths.length === 0 ? [''] : paths;
}

function chosen(
  client: StorageClient,
  paths: readonly string[],
  { matches = () => true }: VersionQuery,
): (path: string) => boolean {
  const keyOf = keysOf(client);
  const keys = paths.map(keyOf);
  return (path) => matches(path) && keys.some((key) => isWithin(keyOf(path), key));
}

/** Paths that were asked for, and of which nothing is known. */
function missing(
  paths: readonly string[],
  found: readonly PastContent[],
  keyOf: (path: string) => string,
  at: number | undefined,
): RestoreProblem[] {
  const keys = found.map(({ path }) => keyOf(path));
  const when = at === undefined ? 'Nothing is kept of' : 'Nothing is known to have stood then at';
  return paths
    .filter((path) => path !== '' && !keys.some((key) => isWithin(key, keyOf(path))))
    .map((path) => ({ path, code: 'not-found', message: `${when} ${JSON.stringify(path)}.` }));
}

function noticesOf(at: number, { runs, stored }: Memory): string[] {
  if (stored.length > 0) return [];
  const first = runs[0];
  if (first === undefined) {
    return ['This side keeps no history of its names: what was created or renamed since is told as it is now.'];
  }
  if (first.startedAt <= at) return [];
  const since = new Date(first.startedAt).toISOString();
  return [`The history of this side begins at ${since}: what was created or renamed before is told as it was then.`];
}

function problemsOf({ failures }: Memory): RestoreProblem[] {
  return failures.map((error) => problemOf(error, ''));
}

function bytesOf(steps: readonly RestoreStep[]): number {
  return steps.reduce((sum, step) => sum + (step.kind === 'bring' ? step.bytes : 0), 0);
}
