import type { Side } from '@syncengine/core';
import type { SideTraits } from './case.ts';
import { type Census, directoryMark, isReservedPath } from './census.ts';
import { describeState, isActed, sides } from './look.ts';
import { PromiseBroken } from './promise-broken.ts';
import type { Trial } from './trial.ts';

/** Every file holds some content that somebody once put there as a whole. */
export function requireWhole({ world, after, session }: Trial): void {
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
export function requireOldOrNew({ before, after, session, traits }: Trial): void {
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
          `${JSON.stringify(path)} on the ${side} held ${describeState(state)} during the run: before it was ${describeState(old)}, after it ${describeState(now)}.`,
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
