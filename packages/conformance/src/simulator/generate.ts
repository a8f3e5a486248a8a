import { type Side, type SyncModeName, syncModes } from '@syncengine/core';
import type { Action, Fault, PairTraits, Round, SideTraits, SimulationCase, Step } from './case.ts';
import { Dice } from './dice.ts';
import { type DrawOptions, drawTraits, haveHashInCommon } from './draw-traits.ts';
import { withFeeds } from './feeds.ts';
import { sides } from './look.ts';

/** Few names, so that the two sides meet; those around the slash in byte order, and those that two stores tell apart differently. */
const names = [
  'a',
  'b',
  'c',
  'a.txt',
  'a-b',
  'A',
  'B',
  '\u00e9',
  'e\u0301',
  'd',
  'x.tmp',
  'y.tmp',
  '\u{1f600}',
  '\uff5e',
];

const ignorePatterns: readonly (readonly string[])[] = [['*.tmp'], ['/a/'], ['b'], ['*.tmp', '/c']];

const modes = Object.keys(syncModes) as SyncModeName[]; // the keys of a record of all mode names

/** How often each action is drawn. */
const weights: readonly (readonly [Action, number])[] = [
  ['create', 20],
  ['edit', 14],
  ['edit-same-size', 10],
  ['make-directory', 6],
  ['delete', 14],
  ['rename', 14],
  ['swap', 3],
  ['recase', 2],
  ['respell', 2],
  ['to-file', 3],
  ['to-directory', 3],
  ['link', 3],
  ['duplicate', 3],
  ['touch', 3],
  ['permit', 3],
];
const allActions: readonly Action[] = weights.flatMap(([action, weight]) => Array<Action>(weight).fill(action));
const buildingActions: readonly Action[] = allActions.filter((action) =>
  ['create', 'make-directory', 'link', 'duplicate'].includes(action),
);

const editing: readonly Action[] = ['edit', 'edit-same-size'];

/** The history behind a seed. */
export function generate(seed: number, options: DrawOptions = {}): SimulationCase {
  const dice = new Dice(seed);
  const drawn = drawTraits(dice, options);
  const traits = options.feeds === true ? withFeeds(drawn, seed) : drawn;
  const mayHurry = (side: Side): boolean => isQuickToTell(traits[side], traits);
  const mode = dice.chance(0.5) ? 'two-way' : dice.pick(modes);
  const ignore = dice.chance(0.2) ? dice.pick(ignorePatterns) : [];
  const rounds: Round[] = [];
  const base = dice.chance(0.1) ? 0 : dice.between(1, dice.chance(0.2) ? 20 : 8);
  const start: Step[] = [];
  for (let index = 0; index < base; index += 1) {
    start.push(
      drawStep(
        dice,
        dice.chance(0.85) ? 'source' : dice.pick(['destination', 'both'] as const),
        buildingActions,
        mayHurry,
      ),
    );
  }
  // A mode that leads from one side would delete what the other has, and a backup would not bring it back.
  rounds.push({ mode: 'two-way', ignore, steps: start, faults: [], hasty: false });
  const grainy = sides.filter((side) => traits[side].versions === 'size-and-time');
  const more = dice.chance(0.65) ? 1 : dice.between(2, 3);
  for (let index = 0; index < more; index += 1) {
    const previous = rounds.at(-1);
    rounds.push({
      mode: dice.chance(0.9) ? mode : dice.pick(modes),
      ignore: dice.chance(0.9) ? (previous?.ignore ?? []) : dice.chance(0.5) ? [] : dice.pick(ignorePatterns),
      steps: afterHurry(dice, previous?.hasty ?? false, drawSteps(dice, mayHurry)),
      ...(dice.chance(0.1) ? { later: drawSteps(dice, mayHurry) } : {}),
      faults: dice.chance(0.5) ? drawFaults(dice, mayHurry) : [],
      hasty: dice.chance(0.2) && sides.every(mayHurry),
    });
  }
  const racing = grainy.filter(mayHurry);
  if (racing.length > 0 && dice.chance(0.3)) race(dice, rounds, dice.pick(racing));
  const hurried = rounds.some(
    ({ steps, later = [], faults, hasty }) =>
      hasty ||
      [...steps, ...later].some((step) => step.hasty) ||
      faults.some((fault) => fault.kind === 'actor' && fault.step.hasty),
  );
  // Where no time can be set, all that a run writes has the same one.
  const isTimeless = (side: Side): boolean => traits[side].modifiedAt === 'never';
  const isAlike = grainy.length > 0 && (hurried || grainy.some(isTimeless));
  // Without a hash, a new version is held against size and time as well.
  const isUnproven = !haveHashInCommon(traits) && sides.some(isTimeless);
  return { seed, traits, rounds: isAlike || isUnproven ? rounds.map(withoutMoves) : rounds };
}

/**
 * Somebody edits a file, a run follows at once, and at once somebody edits the file again without changing its size: on a
 * side where a version is no more than size and time, both contents look the same.
 */
function race(dice: Dice, rounds: Round[], side: Side): void {
  const last = rounds.at(-1);
  if (last === undefined) return;
  const pick = dice.fraction();
  const first: Step = {
    side: dice.chance(0.5) ? side : dice.pick(sides),
    action: 'edit',
    pick,
    other: dice.fraction(),
    name: dice.pick(names),
    size: 8,
    hasty: false,
  };
  const { mode, ignore, faults } = last;
  rounds.push({ mode, ignore, steps: [first], faults: [], hasty: true });
  rounds.push({
    mode,
    ignore,
    faults,
    hasty: last.hasty,
    steps: [{ ...first, side, action: 'edit-same-size', hasty: true }],
  });
}

/** Where the run followed the last step at once, the next step may follow the run at once, and look like nothing. */
function afterHurry(dice: Dice, hurried: boolean, steps: readonly Step[]): readonly Step[] {
  const [first, ...rest] = steps;
  if (!hurried || first === undefined || first.side === 'both' || dice.chance(0.4)) return steps;
  return [{ ...first, action: 'edit-same-size', size: 8, hasty: true }, ...rest];
}

/**
 * Two files of one size and one time that change places cannot be told from two that did not, where size and time are all
 * that a store tells of a content.
 */
function withoutMoves(round: Round): Round {
  const moving: readonly Action[] = ['rename', 'swap', 'recase', 'respell'];
  const settle = (step: Step): Step => (moving.includes(step.action) ? { ...step, action: 'edit' } : step);
  const faults = round.faults.map((fault) => (fault.kind === 'actor' ? { ...fault, step: settle(fault.step) } : fault));
  const later = round.later === undefined ? {} : { later: round.later.map(settle) };
  return { ...round, steps: round.steps.map(settle), ...later, faults };
}

/**
 * Some stores cannot show two changes that follow each other within the grain of their clock, and where no hash can be
 * had in common, equal times are all the proof of equal contents that there is. There people take their time.
 */
function isQuickToTell(side: SideTraits, traits: PairTraits): boolean {
  if (!haveHashInCommon(traits)) return false;
  return side.versions !== 'size-and-time' || (side.skew ?? 0) === 0;
}

function drawSteps(dice: Dice, mayHurry: (side: Side) => boolean): Step[] {
  const count = dice.chance(0.05) ? 0 : dice.between(1, dice.chance(0.2) ? 10 : 4);
  const steps: Step[] = [];
  for (let index = 0; index < count; index += 1) {
    const side = dice.chance(0.06) ? 'both' : dice.pick(sides);
    steps.push(drawStep(dice, side, allActions, mayHurry));
  }
  return steps;
}

function drawStep(
  dice: Dice,
  side: Side | 'both',
  actions: readonly Action[],
  mayHurry: (side: Side) => boolean,
): Step {
  return {
    side,
    action: side === 'both' ? dice.pick(['create', 'edit', 'delete', 'make-directory'] as const) : dice.pick(actions),
    pick: dice.fraction(),
    other: dice.fraction(),
    name: dice.pick(names),
    size: dice.chance(0.06) ? 0 : dice.pick([8, 8, 9, 14]),
    hasty: dice.chance(0.15) && sides.every(mayHurry),
  };
}

function drawFaults(dice: Dice, mayHurry: (side: Side) => boolean): Fault[] {
  const faults: Fault[] = [];
  const count = dice.chance(0.7) ? 1 : 2;
  for (let index = 0; index < count; index += 1) faults.push(drawFault(dice, mayHurry));
  return faults;
}

function drawFault(dice: Dice, mayHurry: (side: Side) => boolean): Fault {
  const side = dice.pick(sides);
  const moment = dice.fraction();
  const chosen = dice.fraction();
  if (chosen < 0.3) {
    const power = dice.chance(0.4) ? { source: drawShare(dice), destination: drawShare(dice) } : undefined;
    return { kind: 'kill', moment, when: dice.pick(['before', 'after', 'torn']), power };
  }
  if (chosen < 0.42) return { kind: 'listing', side, moment, delivered: dice.chance(0.5) ? 0 : dice.fraction() };
  if (chosen < 0.56) {
    const code = dice.pick(['connection', 'no-space', 'permission-denied'] as const);
    return { kind: 'effect', moment, how: dice.pick(['before', 'late']), code, times: dice.pick([1, 2, 9]) };
  }
  if (chosen < 0.63) return { kind: 'read', moment, how: dice.pick(['error', 'short', 'long']) };
  if (chosen < 0.9) {
    const step = drawStep(dice, side, dice.chance(0.5) ? editing : allActions, mayHurry);
    // Before anything was looked at, nobody is in the way.
    return { kind: 'actor', moment: 0.3 + 0.7 * moment, step: { ...step, hasty: sides.every(mayHurry) } };
  }
  if (chosen < 0.93) return { kind: 'emptied', side, missing: dice.chance(0.5) };
  if (chosen < 0.96) return { kind: 'hostile', side, moment, name: dice.pick(hostileNames) };
  return { kind: 'cancel', moment };
}

/** All, nothing, or a part of what was not flushed reached the disk. */
function drawShare(dice: Dice): number {
  return dice.chance(0.4) ? 0 : dice.fraction();
}

const hostileNames: readonly string[] = ['..', '.', '', '../out', 'in/to', '/root', 'nul\0', '\ud800', '.syncengine'];
