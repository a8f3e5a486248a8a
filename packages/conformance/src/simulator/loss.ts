import type { Side } from '@syncengine/core';
import { directoryMark } from './census.ts';
import { holdings, keyOf } from './frozen.ts';
import { isActed, leaderOf, otherSide, sides } from './look.ts';
import { PromiseBroken } from './promise-broken.ts';
import type { Span } from './trial.ts';

export interface LossInput extends Span {
  readonly isFirstRun: boolean;
  /** What somebody else gave up during the round: side, NUL, content. */
  readonly actorGone: ReadonlySet<string>;
  /** Where somebody else acted between the two looks. */
  readonly actedAt: Readonly<Record<Side, ReadonlySet<string>>>;
  /** What somebody else brought during the round: content, and the side. */
  readonly actorBrought: ReadonlyMap<string, Side>;
}

/** Every content that stood on a side is somewhere, unless its owner gave it up or the rules let it go. */
export function requireNothingLost(input: LossInput): void {
  const { before, after, traits, actorGone } = input;
  const present = new Set<string>();
  for (const side of sides) {
    for (const what of after[side].live.values()) present.add(what);
    for (const what of after[side].reserved.values()) present.add(what);
    for (const what of after[side].kept) present.add(what);
  }
  for (const side of sides) {
    for (const [path, what] of before[side].live) {
      if (what === directoryMark || what === '' || present.has(what) || actorGone.has(`${side}\0${what}`)) continue;
      if (mayGo(input, side, keyOf(path, traits), what)) continue;
      throw new PromiseBroken(
        'no content is lost',
        `${JSON.stringify(what)}, which was at ${JSON.stringify(path)} on the ${side}, is nowhere: not on a side, not in the trash, not in a conflict copy.`,
      );
    }
  }
  for (const [what, side] of input.actorBrought) {
    if (sides.some((owner) => actorGone.has(`${owner}\0${what}`))) continue;
    // Nobody decided to give it up: the run had not seen it when it was planned.
    const isLive = sides.some((holder) => [...after[holder].live.values()].includes(what));
    if (isLive || (!isEveryEditKept(input) && (present.has(what) || isGivenUp(input, side)))) continue;
    throw new PromiseBroken(
      'no content is lost',
      `${JSON.stringify(what)}, which somebody wrote during the run, is ${present.has(what) ? 'only in the trash' : 'nowhere'}.`,
    );
  }
}

/** True where an edit stays on a side, whatever happened to its path on the other one. */
function isEveryEditKept({ traits, round, isFirstRun }: LossInput): boolean {
  if (round.mode !== 'two-way' || (isFirstRun && traits.initial !== 'merge')) return false;
  return traits.conflict === 'keep-both' || traits.conflict === 'manual';
}

/** Without a trash, content may go where the rules of the case say so. */
function mayGo(input: LossInput, side: Side, key: string, what: string): boolean {
  const { world, traits, round, before, actorGone, isFirstRun } = input;
  const leader = leaderOf(round.mode);
  const trash = traits[side].trash ?? 'folder';
  if (round.mode.endsWith('backup')) return trash === 'native' && what.startsWith('-> ');
  // What a store's own trash does with links is the store's business.
  if (traits.trash && trash !== 'none') return trash === 'native' && what.startsWith('-> ');
  // The follower of a mirror was promised to become the leader's replica.
  if (leader !== undefined) return side !== leader;
  const other = otherSide(side);
  const theirs = holdings(before[other].live, traits);
  // The owner of the path on the other side deleted or replaced exactly this content.
  if (isReplaced(world.agreed, theirs, what)) return true;
  if (actorGone.has(`${other}\0${what}`)) return true;
  // Somebody moved it on, or something else to its path: from there on the runs that follow are judged.
  if (sides.some((acting) => isActed(input.actedAt[acting], key))) return true;
  const isTheirs = theirs.get(key)?.includes(what) === true;
  if (traits.conflict !== 'keep-both' && traits.conflict !== 'manual') return !isTheirs;
  return isFirstRun && traits.initial !== 'merge' && !isTheirs;
}

/** Both sides once held it at a path, where one of them now holds something else or nothing. */
function isReplaced(
  agreed: ReadonlySet<string>,
  theirs: ReadonlyMap<string, readonly string[]>,
  what: string,
): boolean {
  for (const agreement of agreed) {
    const split = agreement.indexOf('\0');
    if (agreement.slice(split + 1) === what && theirs.get(agreement.slice(0, split))?.includes(what) !== true)
      return true;
  }
  return false;
}

/** True where what somebody just brought may have to give way without a trash. */
function isGivenUp({ traits, round }: LossInput, side: Side): boolean {
  if (round.mode.endsWith('backup') || (traits.trash && traits[side].trash !== 'none')) return false;
  const leader = leaderOf(round.mode);
  return leader === undefined ? traits.conflict !== 'keep-both' && traits.conflict !== 'manual' : side !== leader;
}
