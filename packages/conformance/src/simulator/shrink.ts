import type { PairTraits, Round, SideTraits, SimulationCase, Step } from './case.ts';

/** Cases tried at most. */
const patience = 1_500;

/**
 * A smaller case that still fails: greedily leaves out rounds, faults, steps and traits, one at a time.
 *
 * @param fails plays a case and tells whether it fails in the same way
 */
export async function shrink(
  simulated: SimulationCase,
  fails: (candidate: SimulationCase) => Promise<boolean>,
): Promise<SimulationCase> {
  let smallest = simulated;
  let tried = 0;
  for (let smaller = true; smaller && tried < patience; ) {
    smaller = false;
    for (const candidate of smallerCases(smallest)) {
      tried += 1;
      if (tried >= patience) break;
      if (!(await fails(candidate))) continue;
      smallest = candidate;
      smaller = true;
      break;
    }
  }
  return smallest;
}

function* smallerCases(simulated: SimulationCase): Generator<SimulationCase> {
  const { rounds, traits } = simulated;
  for (let index = rounds.length - 1; index > 0; index -= 1) yield { ...simulated, rounds: without(rounds, index) };
  for (const [index, round] of rounds.entries()) {
    for (const smaller of smallerRounds(round)) {
      yield { ...simulated, rounds: rounds.map((other, place) => (place === index ? smaller : other)) };
    }
  }
  for (const smaller of plainerTraits(traits)) yield { ...simulated, traits: smaller };
}

function* smallerRounds(round: Round): Generator<Round> {
  for (const [index] of round.faults.entries()) yield { ...round, faults: without(round.faults, index) };
  for (let index = round.steps.length - 1; index >= 0; index -= 1)
    yield { ...round, steps: without(round.steps, index) };
  const { later, ...atOnce } = round;
  if (later !== undefined) {
    yield atOnce;
    for (const [index] of later.entries()) yield { ...round, later: without(later, index) };
  }
  if (round.ignore.length > 0) yield { ...round, ignore: [] };
  if (round.hasty) yield { ...round, hasty: false };
  if (round.mode !== 'two-way') yield { ...round, mode: 'two-way' };
  for (const [index, step] of round.steps.entries()) {
    for (const plainer of plainerSteps(step)) {
      yield { ...round, steps: round.steps.map((other, place) => (place === index ? plainer : other)) };
    }
  }
}

function* plainerSteps(step: Step): Generator<Step> {
  if (step.hasty) yield { ...step, hasty: false };
  if (step.name > 'b') for (const name of ['a', 'b']) yield { ...step, name };
}

function* plainerTraits(traits: PairTraits): Generator<PairTraits> {
  if (traits.conflict !== 'keep-both') yield { ...traits, conflict: 'keep-both' };
  if (traits.strict) yield { ...traits, strict: false };
  if (traits.initial !== 'merge') yield { ...traits, initial: 'merge' };
  if (!traits.trash) yield { ...traits, trash: true };
  if (traits.symlinks !== 'safe') yield { ...traits, symlinks: 'safe' };
  for (const side of ['source', 'destination'] as const) {
    for (const name of Object.keys(traits[side])) {
      // What is left out is the default, a well-behaved disk.
      const plainer: SideTraits = Object.fromEntries(Object.entries(traits[side]).filter(([other]) => other !== name));
      yield { ...traits, [side]: plainer };
    }
  }
}

function without<Item>(items: readonly Item[], index: number): Item[] {
  return items.filter((_, place) => place !== index);
}
