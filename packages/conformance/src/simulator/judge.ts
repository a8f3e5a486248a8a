import type { Side, SyncModeName } from '@syncengine/core';
import type { PairTraits, Round, SideTraits } from './case.ts';
import { type Census, directoryMark, isReservedPath, type SideCensus } from './census.ts';
import { Frozen, holdings, keyed, keyOf } from './frozen.ts';
import { PromiseBroken } from './promise-broken.ts';
import type { Session } from './session.ts';
import type { World } from './world.ts';

const sides = ['source', 'destination'] as const;

export type Look = Readonly<Record<Side, SideCensus>>;

export interface Trial {
  readonly world: World;
  readonly traits: PairTraits;
  readonly round: Round;
  readonly isFirstRun: boolean;
  readonly before: Look;
  readonly after: Look;
  /** What both sides held when the plan was made, where that was earlier: what came since, it cannot know. */
  readonly planned?: Look | undefined;
  readonly session: Session;
}

function otherSide(side: Side): Side {
  return side === 'source' ? 'destination' : 'source';
}

function leaderOf(mode: SyncModeName): Side | undefined {
  if (mode === 'two-way') return undefined;
  return mode.startsWith('source') ? 'source' : 'destination';
}

/** What holds after every run, however it ended. */
export function judgeRun(trial: Trial): void {
  requireWhole(trial);
  requireOldOrNew(trial);
  requireInside(trial);
  requireLeaderUntouched(trial);
  requireUnseenUntouched(trial);
  requireHiddenUntouched(trial);
  requireFrozenUntouched(trial);
}

/** Every file holds some content that somebody once put there as a whole. */
function requireWhole({ world, after, session }: Trial): void {
  const check = (side: Side, path: string, told: string | undefined): void => {
    if (told === undefined || told === directoryMark || told.startsWith('-> ') || world.known.has(told)) return;
    throw new PromiseBroken(
      'old or new, never half',
      `${JSON.stringify(path)} on the ${side} held ${JSON.stringify(told)}, which nobody ever wrote.`,
    );
  };
  for (const side of sides) {
    for (const [path, told] of after[side].live) check(side, path, told);
    for (const [path, told] of after[side].reserved) check(side, path, told);
    for (const [path, states] of session.states[side]) for (const told of states) check(side, path, told);
  }
}

/** Whatever stood at a path in between stood there before the run or stands there after it. */
function requireOldOrNew({ before, after, session, traits }: Trial): void {
  for (const side of sides) {
    const stood = spelled(before[side].live, traits[side]);
    const stands = spelled(after[side].live, traits[side]);
    for (const [path, states] of session.states[side]) {
      if (isReservedPath(path) || isActed(session.actedAt[side], path)) continue;
      const key = spelling(path, traits[side]);
      const old = stood.get(key);
      const now = stands.get(key);
      for (const state of states) {
        if (state === old || state === now) continue;
        if (state === undefined && isGapAllowed(path, old, now, session.states[side])) continue;
        // Where nothing can be moved, a killed run may have left a copy under the new name: then only the old name goes.
        if (state === undefined && traits[side].move === false && stoodElsewhere(path, old, before[side].live))
          continue;
        // What was renamed and edited comes under its new name first, as it was.
        if (state !== undefined && stoodElsewhere(path, state, before[side].live)) continue;
        // Somebody wrote it under the name from which it was then moved here.
        if (session.actorBrought.some(([content, owner]) => owner === side && content === state)) continue;
        throw new PromiseBroken(
          'old or new, never half',
          `${JSON.stringify(path)} on the ${side} held ${told(state)} during the run: before it was ${told(old)}, after it ${told(now)}.`,
        );
      }
    }
  }
}

/** A census under the names by which the side itself finds its entries. */
function spelled(live: Census, side: SideTraits): Census {
  return new Map([...live].map(([path, what]) => [spelling(path, side), what]));
}

function spelling(path: string, side: SideTraits): string {
  const form = (side.unicode ?? 'preserved') === 'preserved' ? path : path.normalize('NFC');
  return side.caseSensitive === false ? form.toLowerCase() : form;
}

/** A folder cannot be exchanged for a file in one step; and what is renamed leaves its place before another takes it. */
function isGapAllowed(
  path: string,
  old: string | undefined,
  now: string | undefined,
  states: ReadonlyMap<string, readonly (string | undefined)[]>,
): boolean {
  if (old === directoryMark || now === directoryMark || old === undefined) return true;
  for (const [place, seen] of states) {
    const isKept = place.startsWith('.syncengine/') && !place.startsWith('.syncengine/moving/');
    if (place !== path && !isKept && seen.includes(old)) return true;
  }
  return false;
}

function stoodElsewhere(path: string, content: string | undefined, before: Census): boolean {
  for (const [place, what] of before) if (place !== path && what === content) return true;
  return false;
}

function told(state: string | undefined): string {
  return state === undefined ? 'nothing' : state === directoryMark ? 'a folder' : JSON.stringify(state);
}

/** Under whatever spelling: a store may keep a name in another form than the one by which it was called. */
function isActed(acted: ReadonlySet<string>, path: string): boolean {
  if (acted.size === 0) return false;
  const here = folded(path);
  for (const place of acted) {
    const there = folded(place);
    if (there === here || here.startsWith(`${there}/`) || there.startsWith(`${here}/`)) return true;
  }
  return false;
}

function folded(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** A run writes below its two roots only, and in the reserved folder only where trash, versions and moves are. */
function requireInside({ session }: Trial): void {
  for (const { side, call, paths } of session.effects) {
    for (const path of paths) {
      const names = path.split('/');
      const isOdd =
        path !== '' &&
        names.some(
          (name) => name === '' || name === '.' || name === '..' || name.includes('\0') || !name.isWellFormed(),
        );
      const isPrivate = names.includes('.syncengine') && !/^\.syncengine\/(?:trash|versions|moving)(?:\/|$)/.test(path);
      if (!isOdd && !isPrivate) continue;
      throw new PromiseBroken(
        'nothing outside the roots',
        `${call} was called with ${JSON.stringify(path)} on the ${side}.`,
      );
    }
  }
}

function requireLeaderUntouched({ session, round }: Trial): void {
  const leader = leaderOf(round.mode);
  const effect = session.effects.find(({ side }) => side === leader);
  if (effect === undefined) return;
  throw new PromiseBroken(
    'the leading side is never written',
    `${effect.call} ${effect.paths.map((path) => JSON.stringify(path)).join(', ')} on the ${effect.side}, which leads in ${round.mode}.`,
  );
}

/** What lies in a folder that could not be listed stays as it is on both sides. */
function requireUnseenUntouched({ session, traits, before, after }: Trial): void {
  for (const unseen of sides) {
    for (const directory of session.unseen[unseen]) {
      if (isReservedPath(directory)) continue;
      const prefix = keyOf(directory, traits);
      for (const side of sides) {
        const differs = firstDifference(before[side].live, after[side].live, traits, (path) => {
          if (isActed(session.actedAt[side], path)) return false;
          const key = keyOf(path, traits);
          return prefix === '' || key === prefix || key.startsWith(`${prefix}/`);
        });
        if (differs === undefined) continue;
        throw new PromiseBroken(
          'what cannot be seen is not touched',
          `The folder ${JSON.stringify(directory)} of the ${unseen} could not be listed, but ${JSON.stringify(differs)} on the ${side} was changed.`,
        );
      }
    }
  }
}

/**
 * A side that seems empty or gone makes nothing disappear on the other side. Where nothing was in sync before, nothing tells
 * an emptied side from one that never held anything.
 */
function requireHiddenUntouched({ world, session, before, after }: Trial): void {
  if (!world.hasBase) return;
  for (const hidden of sides) {
    if (session.isHidden(hidden) === undefined) continue;
    // What seems empty is empty, as far as files go: there nobody was misled.
    if (![...before[hidden].live.values()].some((what) => what !== directoryMark)) continue;
    const side = otherSide(hidden);
    for (const [path, what] of before[side].live) {
      if (what === directoryMark || after[side].live.has(path) || isActed(session.actedAt[side], path)) continue;
      throw new PromiseBroken(
        'what cannot be seen is not touched',
        `The ${hidden} seemed empty, and ${JSON.stringify(path)} was deleted on the ${side}.`,
      );
    }
  }
}

/** What is ignored, cannot be told apart or is no link to keep stays as it is, with all below it. */
function requireFrozenUntouched({ session, traits, round, before, after, planned = before }: Trial): void {
  const known = { source: planned.source.live, destination: planned.destination.live };
  const frozen = new Frozen([known], round, traits, []);
  if (frozen.isEmpty) return;
  const lives = { source: before.source.live, destination: before.destination.live };
  for (const side of sides) {
    const differs = firstDifference(lives[side], after[side].live, traits, (path) => {
      // Somebody on either side may have made it a path like any other.
      const isFreed = sides.some((acting) => isActed(session.actedAt[acting], path));
      return frozen.covers(keyOf(path, traits)) && !isFreed;
    });
    if (differs === undefined) continue;
    throw new PromiseBroken(
      'what cannot be seen is not touched',
      `${JSON.stringify(differs)} on the ${side} was changed, although it is to be left alone.`,
    );
  }
}

/**
 * A folder above may be respelled (row 27): what is in it keeps its own name, its content and the key by which the pair
 * knows it, so it is where it was.
 */
function firstDifference(
  before: Census,
  after: Census,
  traits: PairTraits,
  isMeant: (path: string) => boolean,
): string | undefined {
  const isElsewhere = (path: string, what: string, there: Census): boolean => {
    if (there.get(path) === what || !isMeant(path)) return false;
    const name = nameIn(path);
    const key = keyOf(path, traits);
    for (const [other, told] of there) {
      if (told === what && nameIn(other) === name && keyOf(other, traits) === key) return false;
    }
    return true;
  };
  for (const [path, what] of before) if (isElsewhere(path, what, after)) return path;
  for (const [path, what] of after) if (!before.has(path) && isElsewhere(path, what, before)) return path;
  return undefined;
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export interface LossInput {
  readonly world: World;
  readonly traits: PairTraits;
  readonly round: Round;
  readonly isFirstRun: boolean;
  readonly before: Look;
  readonly after: Look;
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

export interface SettledInput {
  readonly traits: PairTraits;
  readonly round: Round;
  readonly after: Look;
  /** Paths of conflicts that were left to people. */
  readonly manual: readonly string[];
}

/** Both sides hold the same, as far as the mode promises it. */
export function requireEqual({ traits, round, after, manual }: SettledInput): void {
  const live = { source: after.source.live, destination: after.destination.live };
  const frozen = new Frozen([live], round, traits, manual);
  const leader = leaderOf(round.mode);
  const told = { source: keyed(live.source, traits), destination: keyed(live.destination, traits) };
  const isBackup = round.mode.endsWith('backup');
  // A store that knows directories only by what is in them holds no empty ones.
  const areImplied = sides.some((side) => traits[side].directories === 'implied');
  for (const side of isBackup && leader !== undefined ? [leader] : sides) {
    const other = otherSide(side);
    for (const [key, what] of told[side]) {
      if (told[other].get(key) === what || frozen.has(key)) continue;
      if (areImplied && what === directoryMark && isEmptyDirectory(key, told[side]) && !told[other].has(key)) continue;
      throw new PromiseBroken(
        'both sides end equal',
        `${JSON.stringify(key)} is ${describe(what)} on the ${side} and ${describe(told[other].get(key))} on the ${other}.`,
      );
    }
  }
}

function isEmptyDirectory(key: string, live: Census): boolean {
  for (const [path, what] of live) if (what !== directoryMark && path.startsWith(`${key}/`)) return false;
  return true;
}

function describe(what: string | undefined): string {
  return told(what);
}
