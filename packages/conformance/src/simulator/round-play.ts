import {
  isEmptyPlan,
  isSyncEngineError,
  type RailCode,
  type RunOptions,
  type Side,
  SyncEngine,
  type SyncPlan,
  type SyncResult,
  SyncStateManager,
} from '@syncengine/core';
import type { Fault, Round, SimulationCase, Step } from './case.ts';
import { directoryMark } from './census.ts';
import { describeError, describePlan } from './describe.ts';
import { haveHashInCommon } from './draw-traits.ts';
import { holdings, keyed, keyOf } from './frozen.ts';
import {
  requireAllDone,
  requireExplained,
  requireHonest,
  requireSamePlan,
  requireUntouchedWhereStopped,
} from './honest.ts';
import { judgeRun } from './judge.ts';
import { type Look, look, otherSide, sides } from './look.ts';
import { type LossInput, requireNothingLost } from './loss.ts';
import { perturb } from './perturb.ts';
import { PromiseBroken } from './promise-broken.ts';
import { type Counts, Session, uncounted } from './session.ts';
import { requireEqual } from './settled.ts';
import { isEmptyFor, leavesLessToGoBy } from './twin.ts';
import { watchedClient } from './watched-client.ts';
import { watchedStateStore } from './watched-state-store.ts';
import type { World } from './world.ts';

/** What a round came to: what both sides hold, and how much an undisturbed run had to do. */
export interface RoundEnd {
  readonly look: Look;
  readonly counts: Counts;
  /** How far a disturbed round can be held against its twin. */
  readonly compared: 'paths' | 'contents' | 'nothing';
}

export interface RoundOptions {
  readonly world: World;
  readonly round: Round;
  readonly simulated: SimulationCase;
  readonly expected: Counts;
  readonly faults: readonly Fault[];
  tell(line: string): void;
  end(end: RoundEnd, runs: number): void;
}

type Outcome = { readonly result: SyncResult } | { readonly error: unknown };

/** One round: a run, disturbed or not, and then as many undisturbed ones as it takes. */
export class RoundPlay {
  readonly #options: RoundOptions;
  readonly #allowed = new Set<RailCode>();
  readonly #actorGone = new Set<string>();
  readonly #actorBrought = new Map<string, Side>();
  readonly #actedAt = { source: new Set<string>(), destination: new Set<string>() };
  readonly #hadAgreed: boolean;
  /**
   * A side seemed empty, and no rail stopped the run, for it was to delete nothing. What is gone from the other side then looked
   * gone from both: it is forgotten, and comes back as if it were new.
   */
  #isMisled = false;
  #runs = 0;
  #counts: Counts = uncounted;
  #manual: readonly string[] = [];

  constructor(options: RoundOptions) {
    this.#options = options;
    this.#hadAgreed = options.world.agreed.size > 0;
  }

  async play(): Promise<void> {
    const { world, faults, round } = this.#options;
    const { hasBase: hadBase } = world;
    if (round.later !== undefined && round.later.length > 0) await this.#applyLate(round.later);
    const start = await look(world);
    if (faults.length > 0) await this.#disturbed(start);
    const status = await this.#undisturbed();
    if (status !== 'clean' || faults.length > 0) await this.#undisturbed();
    await this.#requireNothingToDo();
    const end = await look(world);
    this.#requireNothingLost(start, end, this.#actedAt);
    requireEqual({
      traits: this.#options.simulated.traits,
      round: this.#options.round,
      after: end,
      manual: this.#manual,
    });
    const theirs = keyed(end.destination.live, this.#options.simulated.traits);
    world.hasBase = [...keyed(end.source.live, this.#options.simulated.traits)].some(
      ([key, what]) => what !== directoryMark && theirs.get(key) === what,
    );
    const { traits } = this.#options.simulated;
    const isElsewhere = isEmptyFor(round, traits, start, hadBase) || faults.some(({ kind }) => kind === 'actor');
    const leavesLess = this.#isMisled || leavesLessToGoBy(round, traits);
    const compared = isElsewhere ? 'nothing' : leavesLess ? 'contents' : 'paths';
    this.#options.end({ look: end, counts: this.#counts, compared }, this.#runs);
  }

  /** A plan that was stored as text is applied when it is no longer quite true. What it cannot do, the next run does. */
  async #applyLate(steps: readonly Step[]): Promise<void> {
    const { world } = this.#options;
    this.#tell('  a plan is made and stored.');
    const stored = JSON.stringify(await this.#plan());
    const planned = await look(world);
    // What both sides hold now may be adopted by the plan.
    this.#agree(planned);
    for (const step of steps) {
      for (const deed of await perturb(world, step)) this.#tell(`  ${deed.side}: ${deed.story}`);
    }
    for (const side of sides) await world.clients[side].flush?.();
    const before = await look(world);
    const session = new Session(world, [], uncounted);
    this.#tell('  the plan is applied:');
    const outcome = await this.#outcomeOf(() =>
      this.#engine(session).apply(JSON.parse(stored), this.#runOptions(session)),
    );
    const after = await look(world);
    this.#tellRun(session, outcome);
    this.#judge(session, before, after, planned);
    if ('error' in outcome) requireExplained(outcome.error, session, this.#options.faults);
    else this.#agreeWhatMoved(planned, outcome.result);
    this.#agree(after);
  }

  async #disturbed(start: Look): Promise<void> {
    const { world, faults, expected } = this.#options;
    const session = new Session(world, faults, expected);
    this.#tell('  a disturbed run:');
    // What both sides hold now is adopted by the run, even if somebody changes it right after it was looked at.
    this.#agree(start);
    const outcome = await this.#sync(session);
    for (const [content, side] of session.actorBrought) this.#actorBrought.set(content, side);
    for (const gone of session.actorGone) this.#actorGone.add(gone);
    for (const side of sides) for (const path of session.actedAt[side]) this.#actedAt[side].add(path);
    const after = await look(world);
    this.#tellRun(session, outcome);
    this.#judge(session, start, after);
    this.#isMisled = !('error' in outcome) && sides.some((side) => session.isHidden(side) !== undefined);
    if ('error' in outcome) requireExplained(outcome.error, session, this.#options.faults);
    else if (outcome.result.status === 'cancelled' && !faults.some(({ kind }) => kind === 'cancel')) {
      throw new PromiseBroken('a run tells the truth', 'A run that nobody cancelled says that it was cancelled.');
    } else if (outcome.result.status === 'clean') requireAllDone(outcome.result);
    if (session.dead) this.#afterDeath(faults);
    this.#agree(await look(world));
  }

  /** The process is gone: its locks with it, and what was not flushed where the power failed too. */
  #afterDeath(faults: readonly Fault[]): void {
    const { world } = this.#options;
    world.state = world.state.clone();
    if (!faults.some((fault) => fault.kind === 'kill' && fault.power !== undefined)) return;
    for (const client of world.volatile) client.powerCut();
  }

  async #undisturbed(): Promise<SyncResult['status']> {
    const { world } = this.#options;
    const before = await look(world);
    const planned = await this.#plan();
    const session = new Session(world, [], uncounted);
    this.#tell('  a run:');
    const outcome = await this.#sync(session);
    const after = await look(world);
    this.#tellRun(session, outcome);
    this.#judge(session, before, after);
    if ('error' in outcome) return await this.#stopped(outcome.error, session);
    const { result } = outcome;
    if (this.#counts === uncounted) this.#counts = session.counts;
    requireSamePlan(planned, result);
    requireHonest(result);
    this.#manual = result.conflicts.filter(({ resolution }) => resolution === 'manual').map(({ path }) => path);
    this.#agree(after);
    return result.status;
  }

  /** A rail stopped the run: nothing was changed, and it is lifted when the people meant what they did. */
  async #stopped(error: unknown, session: Session): Promise<SyncResult['status']> {
    if (!isSyncEngineError(error) || !error.code.startsWith('rail-') || this.#allowed.has(error.code as RailCode)) {
      throw new PromiseBroken('a run does not break', `An undisturbed run ended with ${describeError(error)}`, error);
    }
    requireUntouchedWhereStopped(error, session);
    this.#allowed.add(error.code as RailCode); // it begins with `rail-`
    return await this.#undisturbed();
  }

  #judge(session: Session, before: Look, after: Look, planned?: Look): void {
    const { world, round, simulated } = this.#options;
    judgeRun({ world, traits: simulated.traits, round, before, after, planned, session });
    // What somebody did in an earlier run of the round does not excuse this one.
    this.#requireNothingLost(before, after, session.actedAt);
  }

  #requireNothingLost(before: Look, after: Look, actedAt: LossInput['actedAt']): void {
    const { world, round, simulated } = this.#options;
    requireNothingLost({
      world,
      traits: simulated.traits,
      round,
      isFirstRun: !this.#hadAgreed,
      before,
      after,
      actorGone: this.#actorGone,
      actedAt,
      actorBrought: this.#actorBrought,
    });
  }

  #agree(after: Look): void {
    const { world, simulated } = this.#options;
    const theirs = holdings(after.destination.live, simulated.traits);
    for (const [path, what] of after.source.live) {
      const key = keyOf(path, simulated.traits);
      if (theirs.get(key)?.includes(what) === true) world.agreed.add(`${key}\0${what}`);
    }
  }

  /** What one side had under another name when the plan was made, the run brought to the name that the other side gave it. */
  #agreeWhatMoved(planned: Look, { plan }: SyncResult): void {
    const { world, simulated } = this.#options;
    for (const operation of plan?.operations ?? []) {
      if (operation.kind !== 'move') continue;
      const theirs = holdings(planned[otherSide(operation.side)].live, simulated.traits);
      for (const [path, what] of planned[operation.side].live) {
        if (path !== operation.from.path && !path.startsWith(`${operation.from.path}/`)) continue;
        const key = keyOf(operation.path + path.slice(operation.from.path.length), simulated.traits);
        if (theirs.get(key)?.includes(what) === true) world.agreed.add(`${key}\0${what}`);
      }
    }
  }

  async #requireNothingToDo(): Promise<void> {
    let plan = await this.#plan();
    // What was written in the moment of a run is not trusted, and where no hash can tell it comes over once more.
    const isDoubted = plan.operations.length > 0 && plan.operations.every(({ kind }) => kind === 'update');
    if (isDoubted && !haveHashInCommon(this.#options.simulated.traits)) {
      await this.#undisturbed();
      plan = await this.#plan();
    }
    if (isEmptyPlan(plan)) return;
    throw new PromiseBroken(
      'a second run plans nothing',
      `After a finished run there is still to do:\n${describePlan(plan)}`,
    );
  }

  async #plan(): Promise<SyncPlan> {
    this.#runs += 1;
    const { world } = this.#options;
    return await this.#engine(new Session(world, [], uncounted)).plan({ allow: this.#allowed });
  }

  async #sync(session: Session): Promise<Outcome> {
    return await this.#outcomeOf(() => this.#engine(session).sync(this.#runOptions(session)));
  }

  #runOptions({ control }: Session): RunOptions {
    return { control, allow: this.#allowed };
  }

  async #outcomeOf(run: () => Promise<SyncResult>): Promise<Outcome> {
    this.#runs += 1;
    try {
      return { result: await run() };
    } catch (error) {
      return { error };
    }
  }

  #engine(session: Session): SyncEngine {
    const { world, round, simulated } = this.#options;
    const { conflict, strict, initial, trash, symlinks } = simulated.traits;
    const { clock } = world;
    return new SyncEngine({
      source: watchedClient('source', world.clients.source, session, simulated.traits.source),
      destination: watchedClient('destination', world.clients.destination, session, simulated.traits.destination),
      state: new SyncStateManager({ store: watchedStateStore(world.state, session), clock, compactAfter: 2_000 }),
      mode: round.mode,
      conflict,
      strict,
      initial,
      symlinks,
      ignore: { patterns: round.ignore, fileName: false },
      maximumDeletions: { share: 1 },
      resumeFrom: 1,
      clock,
      ...(trash ? {} : { trash: false }),
    });
  }

  #tellRun(session: Session, outcome: Outcome): void {
    if (!this.#options.world.watchful) return;
    const { tell } = this.#options;
    for (const line of session.story) tell(`    ${line}`);
    if ('error' in outcome) tell(`    ended with ${describeError(outcome.error)}`);
    else {
      for (const line of describePlan(outcome.result.plan).split('\n')) if (line !== '') tell(`    planned: ${line}`);
      for (const { path, side, code, message } of outcome.result.problems)
        tell(`    problem: ${JSON.stringify(path)} on the ${side}, ${code}: ${message}`);
      tell(`    ended ${outcome.result.status}`);
    }
  }

  #tell(line: string): void {
    this.#options.tell(line);
  }
}
