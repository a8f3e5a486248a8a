import { SyncControl } from '../control/index.ts';
import { PublishedRun } from '../diagnostics/index.ts';
import { isAbortError, type RailCode, type Side, SyncEngineError } from '../errors.ts';
import { type OperationsReport, removeMoving, SyncOperations, UnfinishedWrites } from '../operations/index.ts';
import {
  countedAs,
  type Notice,
  type PlannedRecord,
  parsePlan,
  requirePassage,
  type SyncCounts,
  type SyncPlan,
} from '../plan/index.ts';
import { ProgressTracker } from '../progress/index.ts';
import type { PairState } from '../state/index.ts';
import { runName } from '../versions/index.ts';
import { disposalOf, RunHistories, removeKept } from './keeping.ts';
import type { RunOptions, SyncEngineOptions } from './options.ts';
import { makePlan } from './planning.ts';
import { clearBefore, recover } from './recovery.ts';
import type { SyncResult, SyncStatus } from './result.ts';
import { checkRoots, makeRoots, type Roots, requireStateApart } from './roots.ts';
import { type EngineSettings, settingsOf } from './settings.ts';
import { SideFeeds } from './side-feeds.ts';

/** What one run has at hand. */
interface Run {
  readonly control: SyncControl;
  readonly tracker: ProgressTracker;
  readonly allow: ReadonlySet<RailCode>;
  readonly options: RunOptions;
}

/** What a run has at hand once it may change something. */
interface ApplyingRun {
  readonly run: Run;
  readonly state: PairState;
  readonly roots: Roots;
  readonly feeds: SideFeeds;
}

/**
 * Keeps a source and a destination in sync: `plan` says what would be done, `apply` does it, `sync` is both.
 *
 * An engine may be used many times; the two clients stay the caller's to close.
 */
export class SyncEngine {
  readonly #settings: EngineSettings;

  /** @throws SyncEngineError `invalid-options`, `invalid-ignore-file`, `same-root`, `nested-roots` */
  constructor(options: SyncEngineOptions) {
    this.#settings = settingsOf(options);
  }

  /**
   * What a run would do now. Changes nothing and takes no lock. Rails that the plan does not pass are in its `stops`;
   * those that keep a plan from being made are thrown.
   *
   * @throws SyncEngineError `root-missing`, `root-unreadable`, `rail-root-missing`, `rail-marker`, `state-corrupt`, …
   * @throws the signal's reason when aborted
   */
  async plan(options: RunOptions = {}): Promise<SyncPlan> {
    return await this.#run(options, (run) =>
      this.#withState('read', run, async (state) =>
        this.#plan(run, state, await this.#begin(run, state), this.#feeds(run, state)),
      ),
    );
  }

  /**
   * Carries out a plan, now or later: each operation only if what it was made for still holds.
   *
   * @param plan as `plan()` gave it, or read back from JSON
   * @throws SyncEngineError `plan-invalid`, `plan-mismatch`, `rail-…`, `state-…`
   */
  async apply(plan: SyncPlan, options: RunOptions = {}): Promise<SyncResult> {
    const checked = parsePlan(plan);
    const { source, destination } = this.#settings;
    if (checked.source !== source.id || checked.destination !== destination.id) {
      throw new SyncEngineError(
        'plan-mismatch',
        `This plan is for ${checked.source} and ${checked.destination}, not for ${source.id} and ${destination.id}.`,
      );
    }
    return await this.#run(options, (run) =>
      this.#withState('write', run, async (state) => {
        const { control, allow } = run;
        const roots = await checkRoots({
          settings: this.#settings,
          known: state.exists,
          allow,
          signal: control.signal,
        });
        return await this.#apply(checked, { run, state, roots, feeds: this.#feeds(run, state) });
      }),
    );
  }

  /**
   * Brings the two sides in sync.
   *
   * @returns the result; a run that was cancelled ends with the status `cancelled`
   * @throws SyncEngineError what stops a whole run: rails, unusable roots or state
   */
  async sync(options: RunOptions = {}): Promise<SyncResult> {
    return await this.#run(options, async (run) => {
      try {
        return await this.#withState('write', run, async (state) => {
          const roots = await this.#begin(run, state);
          const feeds = this.#feeds(run, state);
          try {
            const recovery = { settings: this.#settings, state, feeds, signal: run.control.signal };
            const leftovers = await recover(recovery);
            const plan = await this.#plan(run, state, roots, feeds);
            leftovers.push(...(await clearBefore(plan, recovery)));
            return await this.#apply(plan, { run, state, roots, feeds }, leftovers.map(noticeOf));
          } catch (error) {
            await feeds.doubtAfter(error);
            throw error;
          }
        });
      } catch (error) {
        if (!isAbortError(error) || !run.control.isCancelled) throw error;
        return this.#result('cancelled', run, undefined, nothingDone, []);
      }
    });
  }

  async #run<Result extends SyncPlan | SyncResult>(
    options: RunOptions,
    work: (run: Run) => Promise<Result>,
  ): Promise<Result> {
    const control = options.control ?? new SyncControl();
    const unfollow = options.signal === undefined ? undefined : control.follow(options.signal);
    const { source, destination, mode } = this.#settings;
    const published = new PublishedRun({ source: source.id, destination: destination.id, mode: mode.name });
    try {
      const tracker = new ProgressTracker(published.listener(options.onProgress), () => this.#settings.clock.now());
      const result = await work({ control, tracker, allow: new Set(options.allow), options });
      published.ended('status' in result ? result.status : 'planned');
      return result;
    } catch (error) {
      published.failed(error);
      throw error;
    } finally {
      unfollow?.();
    }
  }

  async #withState<Result>(
    access: 'read' | 'write',
    { allow, control }: Run,
    work: (state: PairState) => Promise<Result>,
  ): Promise<Result> {
    const { source, destination, state } = this.#settings;
    const pair = { source: source.id, destination: destination.id };
    const takeOverLock = allow.has('rail-lock');
    await requireStateApart(this.#settings, control.signal);
    const opened = await state.open(pair, { access, takeOverLock, signal: control.signal });
    try {
      return await work(opened);
    } finally {
      await opened[Symbol.asyncDispose]();
    }
  }

  #feeds({ options }: Run, state: PairState): SideFeeds {
    return new SideFeeds(this.#settings, state, options.force ?? false);
  }

  /** The rails that need no plan come before everything, even before what a killed run left is tidied up. */
  async #begin({ control, tracker, allow }: Run, state: PairState): Promise<Roots> {
    const settings = this.#settings;
    const { source, destination, mode } = settings;
    tracker.emit({ type: 'run-start', source: source.id, destination: destination.id, mode: mode.name });
    await control.proceed();
    return await checkRoots({ settings, known: state.exists, allow, signal: control.signal });
  }

  async #plan(
    { control, tracker, allow, options }: Run,
    state: PairState,
    roots: Roots,
    feeds: SideFeeds,
  ): Promise<SyncPlan> {
    return await makePlan({
      settings: this.#settings,
      state,
      roots,
      feeds,
      force: options.force ?? false,
      skip: options.skip ?? [],
      allow,
      tracker,
      signal: control.signal,
    });
  }

  async #apply(
    plan: SyncPlan,
    { run, state, roots, feeds }: ApplyingRun,
    leftovers: readonly Notice[] = [],
  ): Promise<SyncResult> {
    requirePassage(plan.stops, run.allow);
    const { control } = run;
    await makeRoots(this.#settings, roots, control.signal);
    // A plan from an older base may still act where its preconditions hold, but what it merely noted may be outdated.
    const records = plan.generation === state.generation ? plan.records : [];
    await state.commit(records.filter(({ after }) => after === undefined).map(({ change }) => change));
    const { source, destination, resumeFrom, clock } = this.#settings;
    const unfinished = new UnfinishedWrites({ source, destination, memory: state, resumeFrom, clock });
    const name = runName(clock.now(), clock.random());
    const histories = new RunHistories(this.#settings, name);
    await histories.begin(plan, control.signal);
    const report = await this.#operate(plan, records, run, state, unfinished, name);
    if (report.cancelled) return this.#result('cancelled', run, plan, report, leftovers);
    await histories.finish(report.done, control.signal);
    await state.finish({ folding: this.#settings.folding, signal: control.signal });
    const notices = [...histories.failures.map(noticeOf), ...(await this.#tidyUp(plan, run, unfinished))];
    const untold = await feeds.remember(report, control.signal);
    return this.#result(statusOf(plan, report), run, plan, report, [...leftovers, ...notices, ...untold]);
  }

  async #operate(
    plan: SyncPlan,
    records: readonly PlannedRecord[],
    { control, tracker }: Run,
    state: PairState,
    unfinished: UnfinishedWrites,
    name: string,
  ): Promise<OperationsReport> {
    const { source, destination, transfers, operations, clock } = this.#settings;
    const work = new SyncOperations({
      source,
      destination,
      transfers,
      operations,
      clock,
      control,
      tracker,
      disposal: {
        source: disposalOf('source', this.#settings, plan.replaced, name),
        destination: disposalOf('destination', this.#settings, plan.replaced, name),
      },
      observedFrom: plan.statistics.observedFrom,
      unfinished,
      commit: (changes) => state.commit(changes),
    });
    return await work.run(plan.operations, records);
  }

  /** What fails here is told, and the next run tries again: everything is in sync already. */
  async #tidyUp(plan: SyncPlan, { control }: Run, unfinished: UnfinishedWrites): Promise<Notice[]> {
    const { signal } = control;
    const failures: SyncEngineError[] = [...(await unfinished.finish(signal))];
    for (const side of sidesWithDetours(plan)) failures.push(...(await removeMoving(this.#settings[side], signal)));
    failures.push(...(await removeKept(this.#settings, signal)));
    return failures.map(noticeOf);
  }

  #result(
    status: SyncStatus,
    { tracker }: Run,
    plan: SyncPlan | undefined,
    report: OperationsReport,
    notices: readonly Notice[],
  ): SyncResult {
    const snapshot = tracker.snapshot();
    tracker.emit({ type: 'summary', status, snapshot });
    const problems = [...(plan?.problems ?? []), ...report.problems];
    return {
      status,
      mode: this.#settings.mode.name,
      counts: countsOf(plan, report, problems.length),
      bytes: { transferred: report.transferredBytes },
      operations: report.done,
      conflicts: plan?.conflicts ?? [],
      problems,
      notices: [...(plan?.notices ?? []), ...notices],
      elapsedMs: snapshot.elapsedMs,
      plan,
    };
  }
}

const nothingDone: OperationsReport = { done: [], problems: [], transferredBytes: 0, cancelled: true };

function noticeOf({ path, message }: SyncEngineError): Notice {
  return { path: path ?? '', message };
}

/** Sides on which something is renamed in a circle. */
function sidesWithDetours(plan: SyncPlan): ReadonlySet<Side> {
  const detours = plan.operations.filter((operation) => operation.kind === 'move' && !operation.completes);
  return new Set(detours.map((operation) => operation.side));
}

function statusOf(plan: SyncPlan, report: OperationsReport): SyncStatus {
  if (plan.problems.length > 0 || report.problems.length > 0) return 'problems';
  return plan.conflicts.some((conflict) => conflict.resolution === 'manual') ? 'conflicts' : 'clean';
}

function countsOf(plan: SyncPlan | undefined, report: OperationsReport, problems: number): SyncCounts {
  const counts = { created: 0, updated: 0, deleted: 0, moved: 0 };
  for (const operation of report.done) {
    const field = countedAs(operation);
    if (field !== undefined) counts[field] += 1;
  }
  const { adopted, unchanged, skipped, conflicts } = plan?.counts ?? {
    adopted: 0,
    unchanged: 0,
    skipped: 0,
    conflicts: 0,
  };
  return { ...counts, adopted, unchanged, skipped, conflicts, problems };
}
