import type { Side } from '@syncengine/core';
import type { PairTraits } from './case.ts';
import { type Census, directoryMark, isReservedPath } from './census.ts';
import { Frozen, keyOf } from './frozen.ts';
import { isActed, leaderOf, otherSide, sides } from './look.ts';
import { PromiseBroken } from './promise-broken.ts';
import type { Trial } from './trial.ts';

/** A run writes below its two roots only, and in the reserved folder only where trash, versions and moves are. */
export function requireInside({ session }: Trial): void {
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

export function requireLeaderUntouched({ session, round }: Trial): void {
  const leader = leaderOf(round.mode);
  const effect = session.effects.find(({ side }) => side === leader);
  if (effect === undefined) return;
  throw new PromiseBroken(
    'the leading side is never written',
    `${effect.call} ${effect.paths.map((path) => JSON.stringify(path)).join(', ')} on the ${effect.side}, which leads in ${round.mode}.`,
  );
}

/** What lies in a folder that could not be listed stays as it is on both sides. */
export function requireUnseenUntouched({ session, traits, before, after }: Trial): void {
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
export function requireHiddenUntouched({ world, session, before, after }: Trial): void {
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
export function requireFrozenUntouched({ session, traits, round, before, after, planned = before }: Trial): void {
  // What a side that seems empty leaves out, nobody can see.
  const seen = (side: Side): Census => (session.isHidden(side) === undefined ? planned[side].live : new Map());
  const frozen = new Frozen([{ source: seen('source'), destination: seen('destination') }], round, traits, []);
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
