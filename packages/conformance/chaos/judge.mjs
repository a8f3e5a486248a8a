// Judges two real folders by the promises, without asking the engine.

export class Finding extends Error {
  name = 'Finding';
}

const sides = ['source', 'destination'];

/** What holds after every run, however it ended. */
export function judgeRun({ before, after, people, watched, places }) {
  for (const side of sides) {
    if (after[side].torn.length > 0) {
      throw new Finding(`half a file stands on the ${side}: ${after[side].torn.join(', ')}`);
    }
  }
  if (watched.torn.length > 0) throw new Finding(`half a file was seen during the run: ${watched.torn.join('; ')}`);
  requireNothingLost(before, after, people);
  requireNoGaps(before, after, people, watched, places);
}

/**
 * Every content that was on a side, and that nobody there destroyed with the own hands, still is somewhere: on a side, in
 * a conflict copy, in the trash or among the versions. That its owner on the other side deleted it sends it to the trash.
 */
function requireNothingLost(before, after, people) {
  const isThere = (id) => sides.some((side) => after[side].ids.has(id));
  for (const side of sides) {
    const { destroyed, brought } = people[side];
    for (const id of [...before[side].ids, ...brought]) {
      if (destroyed.has(id) || isThere(id)) continue;
      const where = [...before[side].live].find(([, text]) => text === `content ${id}`)?.[0];
      throw new Finding(`the content ${id}, ${where ?? 'new or kept'} on the ${side}, is nowhere any more`);
    }
  }
}

/** A name that stands for a file before and after stands for one all the time. */
function requireNoGaps(before, after, people, watched, places) {
  for (const side of sides) {
    for (const place of watched.gaps) {
      if (!place.startsWith(`${places[side]}/`)) continue;
      const path = place.slice(places[side].length + 1);
      const [old, now] = [before[side].live.get(path), after[side].live.get(path)];
      if (now === undefined || now === 'folder' || isTouched(people[side].touched, path)) continue;
      // What changes places with something else stands elsewhere in between, even if its new place is then overwritten.
      if (standsElsewhere(after[side].live, path, old)) continue;
      if (now !== old && standsElsewhere(before[side].live, path, now)) continue;
      throw new Finding(`${path} on the ${side} was gone for a moment: before ${old}, after ${now}`);
    }
  }
}

function standsElsewhere(live, path, wanted) {
  return [...live].some(([other, text]) => other !== path && text === wanted);
}

function isTouched(touched, path) {
  for (const place of touched) if (place === path || path.startsWith(`${place}/`)) return true;
  return false;
}

/** What lies in a folder that could not be listed stays as it is on the other side. */
export function judgeUnseen({ before, after, people, unseen }) {
  for (const { side, path } of unseen) {
    const other = side === 'source' ? 'destination' : 'source';
    for (const [place, text] of before[other].live) {
      if (!place.startsWith(`${path}/`) || after[other].live.get(place) === text) continue;
      if (isTouched(people[other].touched, place) || isTouched(people[side].touched, path)) continue;
      throw new Finding(
        `${path} on the ${side} could not be listed, but ${place} on the ${other} is ${after[other].live.get(place)} now`,
      );
    }
  }
}

/** In one-way modes nobody but its owner writes to the side that leads. */
export function judgeLeader(mode, before, after) {
  const leader = leaderOf(mode);
  if (leader === undefined) return;
  const difference = firstDifference(before[leader].live, after[leader].live);
  if (difference !== undefined) throw new Finding(`the ${leader} leads, but ${difference}`);
}

/**
 * What holds after a run that nothing disturbed.
 *
 * @param unknown texts of files whose permissions were changed when perhaps nothing remembered them yet: what a killed run
 *   had copied before it could note so. Where no side leads, equal contents keep their own permissions then.
 */
export function judgeSettled(mode, after, unknown) {
  const leader = leaderOf(mode);
  for (const side of sides) {
    if (after[side].staging.length > 0)
      throw new Finding(`left behind on the ${side}: ${after[side].staging.join(', ')}`);
  }
  if (mode.endsWith('backup')) {
    const follower = sides.find((side) => side !== leader);
    const held = new Map([...after[follower].live].filter(([path]) => after[leader].live.has(path)));
    requireEqual(after[leader].live, held, 'the backup differs');
  } else {
    requireEqual(after.source.live, after.destination.live, 'the sides differ');
    const isKnown = ([path]) => leader !== undefined || !unknown.has(after.source.live.get(path));
    const [source, destination] = sides.map((side) => new Map([...after[side].modes].filter(isKnown)));
    requireEqual(source, destination, 'the permissions differ');
  }
}

function requireEqual(left, right, what) {
  const difference = firstDifference(left, right);
  if (difference !== undefined) throw new Finding(`${what}: ${difference}`);
}

function firstDifference(left, right) {
  for (const path of new Set([...left.keys(), ...right.keys()])) {
    if (left.get(path) !== right.get(path)) return `${path} is ${left.get(path)} here and ${right.get(path)} there`;
  }
  return undefined;
}

function leaderOf(mode) {
  if (mode === 'two-way') return undefined;
  return mode.startsWith('source') ? 'source' : 'destination';
}
