import type { Round, SimulationCase } from './case.ts';
import { Frozen } from './frozen.ts';
import { sides } from './look.ts';
import { perturb } from './perturb.ts';
import { PromiseBroken } from './promise-broken.ts';
import { type RoundEnd, RoundPlay } from './round-play.ts';
import { uncounted } from './session.ts';
import { comparable, contentsMissing, isComparable, isSpelledAlike } from './twin.ts';
import { type CreateSide, makeWorld, pace, type World } from './world.ts';

export interface PlayOptions {
  readonly createSide?: CreateSide | undefined;
  /** Told what happens, line by line. */
  readonly tell?: ((line: string) => void) | undefined;
}

export interface Played {
  /** Runs of the engine: plans and syncs. */
  readonly runs: number;
}

/**
 * Plays a case and judges it: first without its faults, then, where there are any, once more with them.
 *
 * @throws PromiseBroken
 */
export async function play(simulated: SimulationCase, options: PlayOptions = {}): Promise<Played> {
  const undisturbed = new Player(simulated, options, undefined);
  await undisturbed.play();
  if (simulated.rounds.every(({ faults }) => faults.length === 0)) return { runs: undisturbed.runs };
  options.tell?.('');
  options.tell?.('Once more, with the faults:');
  const disturbed = new Player(simulated, options, undisturbed.ends);
  await disturbed.play();
  return { runs: undisturbed.runs + disturbed.runs };
}

class Player {
  readonly ends: RoundEnd[] = [];
  runs = 0;
  readonly #case: SimulationCase;
  readonly #options: PlayOptions;
  /** How the same case ended without faults; with it, faults take place. */
  readonly #twin: readonly RoundEnd[] | undefined;
  #isTwinLost = false;

  constructor(simulated: SimulationCase, options: PlayOptions, twin: readonly RoundEnd[] | undefined) {
    this.#case = simulated;
    this.#options = options;
    this.#twin = twin;
  }

  async play(): Promise<void> {
    const world = await makeWorld(this.#case, this.#options.createSide);
    world.watchful = this.#options.tell !== undefined;
    try {
      for (const [index, round] of this.#case.rounds.entries()) {
        this.#tell(
          `Round ${index}, ${round.mode}${round.ignore.length > 0 ? `, ignoring ${round.ignore.join(' ')}` : ''}:`,
        );
        await this.#playRound(world, round, index);
      }
    } finally {
      for (const side of sides) await world.clients[side].close?.();
    }
  }

  async #playRound(world: World, round: Round, index: number): Promise<void> {
    for (const step of round.steps) {
      for (const deed of await perturb(world, step)) this.#tell(`  ${deed.side}: ${deed.story}`);
    }
    for (const side of sides) await world.clients[side].flush?.();
    if (!round.hasty) world.clock.time += pace;
    const faults = this.#twin === undefined ? [] : round.faults;
    await new RoundPlay({
      world,
      round,
      simulated: this.#case,
      expected: this.#twin?.[index]?.counts ?? uncounted,
      faults,
      tell: (line) => this.#tell(line),
      end: (end, runs) => {
        this.runs += runs;
        this.ends.push(end);
      },
    }).play();
    this.#requireSameEnd(index, round);
  }

  /** Disturbed or not, a round ends the same, as long as nobody else acted in it. */
  #requireSameEnd(index: number, round: Round): void {
    const { traits } = this.#case;
    const twin = this.#twin?.[index];
    const mine = this.ends[index];
    if (twin === undefined || mine === undefined || this.#isTwinLost || !isComparable(this.#case)) return;
    if (mine.compared !== 'paths') {
      // From here on the two are no longer the same histories.
      this.#isTwinLost = true;
      const missing = mine.compared === 'contents' ? contentsMissing(twin.look, mine.look) : undefined;
      if (missing === undefined) return;
      throw new PromiseBroken(
        'killed or disturbed, the next run ends the same',
        `After round ${index} ${JSON.stringify(missing)} is nowhere, which an undisturbed run keeps.`,
      );
    }
    const lives = [twin, mine].map((end) => ({ source: end.look.source.live, destination: end.look.destination.live }));
    const frozen = new Frozen(lives, round, traits, []);
    for (const side of sides) {
      const wanted = comparable(twin.look[side].live, traits, frozen);
      const got = comparable(mine.look[side].live, traits, frozen);
      if (wanted === got) continue;
      throw new PromiseBroken(
        'killed or disturbed, the next run ends the same',
        `After round ${index} the ${side} holds\n${got}\ninstead of\n${wanted}`,
      );
    }
    if (!isSpelledAlike(twin.look, mine.look)) this.#isTwinLost = true;
  }

  #tell(line: string): void {
    this.#options.tell?.(line);
  }
}
