import type { Action, Fault, PairTraits, Round, SimulationCase } from './case.ts';
import { type Census, directoryMark } from './census.ts';
import { haveHashInCommon } from './draw-traits.ts';
import { Frozen, keyed, keyOf } from './frozen.ts';
import { type Look, sides } from './look.ts';

/**
 * Whether a case must end as it does without its faults. Where equal contents cannot be known to be equal, and where times
 * are the moment of the writing, a run that was cut short leaves less to go by.
 */
export function isComparable({ traits }: SimulationCase): boolean {
  const areTimesKept = sides.every((side) => (traits[side].modifiedAt ?? 'in-place') !== 'never');
  return haveHashInCommon(traits) && (areTimesKept || traits.conflict !== 'newest');
}

/**
 * Where a round's faults may leave content under another name than its twin does, nearly each time for want of proof.
 * The contents have to be there all the same.
 *
 * - What was renamed into a folder that could not be listed as a whole, or could not be read to prove it, looked deleted; an
 *   edit of it was brought back under the old name.
 * - A rename whose step failed can be too late for the next run, when the others went on: something else is remembered
 *   under the old name by then, or another file of the same content is taken for it.
 * - Where a side knows directories only by what is in them, a file that could not be set aside for one stays where it is once
 *   nothing is in that directory any more.
 * - Where a side cannot move or knows no ids, and several renames take each other's places, the base knows the newcomer of
 *   a place before it can know where the old one went.
 */
export function leavesLessToGoBy({ faults, ...round }: Round, traits: PairTraits): boolean {
  const hit = (...kinds: readonly Fault['kind'][]): boolean => faults.some(({ kind }) => kinds.includes(kind));
  const areImplied = sides.some((side) => traits[side].directories === 'implied');
  if (areImplied && hit('effect')) return true;
  const renames = renamesIn(round);
  if (renames.length === 0) return false;
  const isUntold = sides.some((side) => traits[side].move === false || traits[side].stableIdentity === false);
  const mayMeet = renames.includes('swap') || renames.length > 1;
  return hit('listing', 'hostile', 'read', 'effect') || (isUntold && mayMeet && hit('kill', 'cancel'));
}

/**
 * What seems gone from one side and is gone from the other is gone from both, as far as anybody can see. Links may be
 * excluded, and prove nothing; what is ignored is not looked at. Where no file was in sync before, nothing tells a side
 * that seems empty from an empty one.
 */
export function isEmptyFor(round: Round, traits: PairTraits, start: Look, hadBase: boolean): boolean {
  const emptied = new Set(round.faults.filter((fault) => fault.kind === 'emptied').map(({ side }) => side));
  if (emptied.size === 0 || !hadBase) return emptied.size > 0;
  const frozen = new Frozen([{ source: start.source.live, destination: start.destination.live }], round, traits, []);
  const isVisible = (path: string, what: string): boolean =>
    what !== directoryMark && !what.startsWith('-> ') && !frozen.covers(keyOf(path, traits));
  return sides.every((side) => emptied.has(side) || ![...start[side].live].some((entry) => isVisible(...entry)));
}

/** A content that the twin holds on a side, and this history neither there nor in what it keeps. */
export function contentsMissing(twin: Look, mine: Look): string | undefined {
  const held = new Set<string>();
  for (const side of sides) {
    for (const what of mine[side].live.values()) held.add(what);
    for (const what of mine[side].reserved.values()) held.add(what);
  }
  // A folder is no content.
  held.add(directoryMark);
  for (const side of sides) for (const what of twin[side].live.values()) if (!held.has(what)) return what;
  return undefined;
}

function renamesIn({ steps, later = [] }: Pick<Round, 'steps' | 'later'>): Action[] {
  const renames: readonly Action[] = ['rename', 'swap', 'recase', 'respell'];
  return [...steps, ...later].map(({ action }) => action).filter((action) => renames.includes(action));
}

/** Whether two histories hold their entries under the very same spellings, so that people go on with the same ones. */
export function isSpelledAlike(twin: Look, mine: Look): boolean {
  return sides.every((side) => [...twin[side].live.keys()].join('\0') === [...mine[side].live.keys()].join('\0'));
}

/**
 * What a side holds, to be compared. Where a side knows directories only by what is in them, none is ever agreed on: one
 * that a run emptied, and was killed before it removed it, looks like one that somebody made. And beside something excluded
 * of nearly the same name, a path is looked after only as long as something stands at it.
 */
export function comparable(live: Census, traits: PairTraits, frozen: Frozen): string {
  const areImplied = sides.some((side) => traits[side].directories === 'implied');
  const lines: string[] = [];
  for (const [key, content] of keyed(live, traits)) {
    if ((areImplied && content === directoryMark) || frozen.has(key)) continue;
    lines.push(`    ${key.replaceAll(/-\d{8}T\d{6}Z|-undated/gi, '-TIME')} ${JSON.stringify(content)}`);
  }
  // A copy that was made and told as failed may be made once more, under the name of a later moment.
  return [...new Set(lines)].sort().join('\n');
}
