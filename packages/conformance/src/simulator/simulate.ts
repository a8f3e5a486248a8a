import type { SideTraits, SimulationCase } from './case.ts';
import { type DrawOptions, traitsOf } from './draw-traits.ts';
import { generate } from './generate.ts';
import { play } from './play.ts';
import { PromiseBroken } from './promise-broken.ts';
import { shrink } from './shrink.ts';
import type { CreateSide } from './world.ts';

export interface SimulateOptions {
  /** Runs of the engine to simulate, at least; the case that reaches the number is played to its end. */
  readonly runs: number;
  /** Of the first case: a whole number of at least 0. The next case has the next seed. */
  readonly seed: number;
  /** Plays a side by a client of your own. Where it gives nothing, the side is played in memory. */
  readonly createSide?: CreateSide | undefined;
  /** Sides that are played in memory may have a feed of changes. A case is otherwise the same. Default: false. */
  readonly feeds?: boolean | undefined;
  /** Cases that fail before the simulation gives up. Default: 1. */
  readonly maximumFailures?: number | undefined;
  /** Look for the smallest case that fails in the same way. Default: true. */
  readonly shrink?: boolean | undefined;
  /** Called after every case. */
  readonly onProgress?: ((progress: { readonly cases: number; readonly runs: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A promise that did not hold. */
export interface SimulationFailure {
  readonly seed: number;
  /** Which one, or `an unexpected error`. */
  readonly promise: string;
  readonly message: string;
  /** The smallest case that was found to fail in the same way. */
  readonly smallest: SimulationCase;
  /** What happens in it, line by line. */
  readonly story: string;
}

export interface SimulationReport {
  /** Histories that were played: one for each seed. */
  readonly cases: number;
  /** Runs of the engine in them, dry ones too. */
  readonly runs: number;
  /** The seed that comes after the last one. */
  readonly nextSeed: number;
  readonly failures: readonly SimulationFailure[];
}

/** Plays cases from a seed on until so many runs were simulated, and tells which promises did not hold. */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const failures: SimulationFailure[] = [];
  let runs = 0;
  let cases = 0;
  while (runs < options.runs && failures.length < (options.maximumFailures ?? 1)) {
    options.signal?.throwIfAborted();
    const { failure, runs: more } = await replay(options.seed + cases, options);
    runs += more;
    cases += 1;
    if (failure !== undefined) failures.push(failure);
    options.onProgress?.({ cases, runs });
  }
  return { cases, runs, nextSeed: options.seed + cases, failures };
}

export type ReplayOptions = Pick<SimulateOptions, 'createSide' | 'shrink' | 'feeds'>;

/** Plays the case of one seed. */
export async function replay(
  seed: number,
  options: ReplayOptions = {},
): Promise<{ readonly runs: number; readonly failure: SimulationFailure | undefined }> {
  const given = await traitsOfBrought(seed, options.createSide);
  const simulated = generate(seed, { given, feeds: options.feeds });
  try {
    return { runs: (await play(simulated, options)).runs, failure: undefined };
  } catch (error) {
    return { runs: 1, failure: await explain(simulated, error, options) };
  }
}

/** What the clients are like that somebody brings; made for this look alone. */
async function traitsOfBrought(seed: number, createSide: CreateSide | undefined): Promise<DrawOptions['given']> {
  if (createSide === undefined) return undefined;
  const given: { source?: SideTraits; destination?: SideTraits } = {};
  for (const side of ['source', 'destination'] as const) {
    const client = await createSide(side, seed);
    if (client === undefined) continue;
    given[side] = traitsOf(client.capabilities);
    await client.close?.();
  }
  return given;
}

async function explain(simulated: SimulationCase, error: unknown, options: ReplayOptions): Promise<SimulationFailure> {
  const promise = promiseOf(error);
  const fails = async (candidate: SimulationCase): Promise<boolean> => {
    try {
      await play(candidate, options);
      return false;
    } catch (thrown) {
      return promiseOf(thrown) === promise;
    }
  };
  const smallest = options.shrink === false ? simulated : await shrink(simulated, fails);
  const { seed } = simulated;
  return { seed, promise, message: messageOf(error), smallest, story: await tell(smallest, options) };
}

/** The story of a case: its pair, what the people and the engine do, and what the judge says. */
export async function tell(simulated: SimulationCase, options: ReplayOptions = {}): Promise<string> {
  const { source, destination, ...pair } = simulated.traits;
  const lines = [
    `seed ${simulated.seed}`,
    `pair: ${JSON.stringify(pair)}`,
    `source: ${JSON.stringify(source)}`,
    `destination: ${JSON.stringify(destination)}`,
  ];
  try {
    await play(simulated, { ...options, tell: (line) => lines.push(line) });
    lines.push('All promises hold.');
  } catch (error) {
    lines.push(`BROKEN: ${promiseOf(error)}`, messageOf(error));
  }
  return lines.join('\n');
}

function promiseOf(error: unknown): string {
  return error instanceof PromiseBroken ? error.promise : 'an unexpected error';
}

function messageOf(error: unknown): string {
  if (error instanceof PromiseBroken) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
