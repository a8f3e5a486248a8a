import { type Side, SyncControl, SyncEngineError } from '@syncengine/core';
import type { Fault } from './case.ts';
import { lookAt } from './census.ts';
import { perturb } from './perturb.ts';
import type { World } from './world.ts';

/** What the process of a run that was killed would have done next. */
class Killed extends Error {
  override readonly name = 'Killed';
}

/** How much an undisturbed run does: faults are placed by it. */
export interface Counts {
  readonly calls: number;
  readonly effects: number;
  readonly reads: number;
  readonly listings: Readonly<Record<Side, number>>;
}

export const uncounted: Counts = { calls: 0, effects: 0, reads: 0, listings: { source: 0, destination: 0 } };

/** A change that a run made, or tried to make. */
export interface Effect {
  readonly side: Side;
  readonly call: string;
  readonly paths: readonly string[];
}

type EffectFault = Extract<Fault, { kind: 'effect' }>;

/** One run under observation: counts what it does, disturbs it as its faults say, and keeps what the judge wants to see. */
export class Session {
  readonly control: SyncControl = new SyncControl();
  readonly effects: Effect[] = [];
  /** What stood at each path of a side, each time that the run had changed something there. */
  readonly states: Readonly<Record<Side, Map<string, (string | undefined)[]>>> = {
    source: new Map(),
    destination: new Map(),
  };
  /** Directories that could not be listed in this run. */
  readonly unseen: Readonly<Record<Side, Set<string>>> = { source: new Set(), destination: new Set() };
  /** Where somebody else acted during the run, and the contents that they gave up. */
  readonly actedAt: Readonly<Record<Side, Set<string>>> = { source: new Set(), destination: new Set() };
  readonly actorGone: string[] = [];
  readonly actorBrought: (readonly [string, Side])[] = [];
  readonly story: string[] = [];
  /** True when a fault took place. */
  disturbed = false;
  dead = false;
  readonly #world: World;
  readonly #faults: readonly Fault[];
  readonly #expected: Counts;
  readonly #spent = new Set<Fault>();
  #acting: Promise<void> = Promise.resolve();
  readonly #calls = { all: 0, effects: 0, reads: 0, source: 0, destination: 0 };
  #failing: { readonly fault: EffectFault; left: number } | undefined;

  constructor(world: World, faults: readonly Fault[], expected: Counts) {
    this.#world = world;
    this.#faults = faults;
    this.#expected = expected;
  }

  get world(): World {
    return this.#world;
  }

  get counts(): Counts {
    const { all, effects, reads, source, destination } = this.#calls;
    return { calls: all, effects, reads, listings: { source, destination } };
  }

  requireAlive(): void {
    if (this.dead) throw new Killed('The process is gone.');
  }

  /** Before every call of a client. */
  async begin(): Promise<void> {
    this.requireAlive();
    const now = this.#calls.all;
    this.#calls.all += 1;
    for (const fault of this.#faults) {
      if (fault.kind === 'cancel' && this.#isDue(fault, now, this.#expected.calls)) {
        this.#tell('somebody cancels the run');
        this.control.cancel();
      }
      if (fault.kind === 'actor' && this.#isDue(fault, now, this.#expected.calls)) await this.#act(fault);
    }
  }

  /** One after the other, also where the run calls several times at once. */
  async #act(fault: Extract<Fault, { kind: 'actor' }>): Promise<void> {
    const before = this.#acting;
    const acting = before.then(() => this.#actNow(fault));
    this.#acting = acting;
    await acting;
  }

  async #actNow(fault: Extract<Fault, { kind: 'actor' }>): Promise<void> {
    for (const deed of await perturb(this.#world, fault.step)) {
      this.#tell(`meanwhile somebody on the ${deed.side} ${deed.story}`);
      for (const path of deed.paths) this.actedAt[deed.side].add(path);
      this.actorGone.push(...deed.gone.map((content) => `${deed.side}\0${content}`));
      for (const content of deed.brought) this.actorBrought.push([content, deed.side]);
      await this.#world.clients[deed.side].flush?.();
    }
  }

  isHidden(side: Side): 'emptied' | 'missing' | undefined {
    const fault = this.#faults.find((candidate) => candidate.kind === 'emptied' && candidate.side === side);
    if (fault?.kind !== 'emptied') return undefined;
    if (!this.#spent.has(fault)) this.#tell(`the ${side} ${fault.missing ? 'is gone' : 'seems empty'}`);
    this.#spent.add(fault);
    this.disturbed = true;
    return fault.missing ? 'missing' : 'emptied';
  }

  /** How a listing goes wrong: after which share of its entries it fails, and the entry of a dishonest store. */
  listing(
    side: Side,
    directory: string,
  ): { readonly delivered: number | undefined; readonly hostile: string | undefined } {
    const now = this.#calls[side];
    this.#calls[side] += 1;
    let delivered: number | undefined;
    let hostile: string | undefined;
    for (const fault of this.#faults) {
      if (fault.kind === 'listing' && fault.side === side) {
        if (this.unseen[side].has(directory)) delivered = fault.delivered;
        else if (this.#isDue(fault, now, this.#expected.listings[side])) {
          this.unseen[side].add(directory);
          delivered = fault.delivered;
          this.#tell(
            `the ${side} cannot list ${JSON.stringify(directory)} after ${Math.floor(delivered * 100)} % of it`,
          );
        }
      }
      if (fault.kind === 'hostile' && fault.side === side && this.#isDue(fault, now, this.#expected.listings[side])) {
        hostile = fault.name;
        this.#tell(`the ${side} lists ${JSON.stringify(fault.name)} in ${JSON.stringify(directory)}`);
      }
    }
    return { delivered, hostile };
  }

  reading(path: string): 'error' | 'short' | 'long' | undefined {
    const now = this.#calls.reads;
    this.#calls.reads += 1;
    for (const fault of this.#faults) {
      if (fault.kind !== 'read' || !this.#isDue(fault, now, this.#expected.reads)) continue;
      this.#tell(`reading ${JSON.stringify(path)} ends with: ${fault.how}`);
      return fault.how;
    }
    return undefined;
  }

  /** Carries out a change of a client, as the faults let it. */
  async effect<Result>(effect: Effect, work: () => Promise<Result>): Promise<Result> {
    await this.begin();
    await this.#killAt('before', effect.call);
    const failing = this.#failingNow();
    if (failing?.how === 'before') throw this.#failure(failing, effect);
    this.effects.push(effect);
    const result = await work();
    if (this.world.watchful)
      this.#tellQuietly(
        `the engine on the ${effect.side}: ${effect.call} ${effect.paths.map((path) => JSON.stringify(path)).join(' → ')}`,
      );
    await this.#observe(effect);
    await this.#killAt('after', effect.call);
    this.#calls.effects += 1;
    if (failing?.how === 'late') throw this.#failure(failing, effect);
    return result;
  }

  /** Carries out a flush or a change of the state. */
  async durable(name: string, torn: (() => Promise<void>) | undefined, work: () => Promise<void>): Promise<void> {
    this.requireAlive();
    await this.#killAt('before', name, torn);
    await work();
    await this.#killAt('after', name);
    this.#calls.effects += 1;
  }

  async #observe({ side, paths }: Effect): Promise<void> {
    for (const path of paths) {
      const state = await lookAt(this.#world.clients[side], path);
      const states = this.states[side].get(path);
      if (states === undefined) this.states[side].set(path, [state]);
      else states.push(state);
    }
  }

  async #killAt(point: 'before' | 'after', name: string, torn?: () => Promise<void>): Promise<void> {
    for (const fault of this.#faults) {
      if (fault.kind !== 'kill') continue;
      await this.#writeBack(fault);
      if ((fault.when === 'after') !== (point === 'after')) continue;
      if (!this.#isDue(fault, this.#calls.effects, this.#expected.effects)) continue;
      if (fault.when === 'torn') await torn?.();
      this.#tell(
        `the process is killed ${fault.when === 'torn' ? 'within' : fault.when} ${name}${fault.power === undefined ? '' : ', and the power fails'}`,
      );
      this.dead = true;
      throw new Killed('The process was killed.');
    }
  }

  /** A part of what is not flushed reaches the disk by itself. */
  async #writeBack(fault: Extract<Fault, { kind: 'kill' }>): Promise<void> {
    if (fault.power === undefined || this.dead) return;
    const end = Math.floor(fault.moment * this.#expected.effects);
    for (const side of ['source', 'destination'] as const) {
      if (this.#calls.effects === Math.floor(fault.power[side] * end)) await this.#world.clients[side].flush?.();
    }
  }

  #failingNow(): EffectFault | undefined {
    if (this.#failing === undefined) {
      for (const fault of this.#faults) {
        if (fault.kind !== 'effect' || !this.#isDue(fault, this.#calls.effects, this.#expected.effects)) continue;
        this.#failing = { fault, left: fault.times };
      }
    }
    if (this.#failing === undefined || this.#failing.left === 0) return undefined;
    this.#failing.left -= 1;
    return this.#failing.fault;
  }

  #failure(fault: EffectFault, { side, call, paths }: Effect): SyncEngineError {
    this.#calls.effects += 1;
    this.#tell(
      `${call} ${JSON.stringify(paths[0])} on the ${side} fails ${fault.how === 'late' ? 'after it was done' : 'before it is done'} (${fault.code})`,
    );
    const retry = fault.code === 'connection' ? 'yes' : 'no';
    return new SyncEngineError(fault.code, 'The simulation had it fail.', { path: paths[0], retry });
  }

  /** Once for each fault, at its moment or at the first chance after it. */
  #isDue(fault: Fault & { readonly moment: number }, now: number, expected: number): boolean {
    if (this.#spent.has(fault) || now < Math.floor(fault.moment * expected)) return false;
    this.#spent.add(fault);
    this.disturbed = true;
    return true;
  }

  #tell(line: string): void {
    this.story.push(`! ${line}`);
  }

  #tellQuietly(line: string): void {
    this.story.push(`  ${line}`);
  }
}
