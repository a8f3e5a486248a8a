import type { Side, SymlinkPolicy } from '@syncengine/core';
import type { PairTraits, Round } from './case.ts';
import { type Census, directoryMark } from './census.ts';
import { otherSide, sides } from './look.ts';

/** Two sides as the judge compares them. */
export type TwoSides = Readonly<Record<Side, Census>>;

/** The key under which both sides' spellings of one path meet. */
export function keyOf(path: string, traits: PairTraits): string {
  const composed = path.normalize('NFC');
  return ignoresCase(traits) ? composed.toLowerCase() : composed;
}

function ignoresCase({ source, destination }: PairTraits): boolean {
  return source.caseSensitive === false || destination.caseSensitive === false;
}

/**
 * The paths that a run must leave alone, worked out from the rules of the case alone: ignored ones, links that are not
 * kept, names that the pair cannot tell apart, and conflicts that are left to people.
 */
export class Frozen {
  readonly #keys = new Set<string>();
  /** Those of them that no run touches, whatever else happens. */
  readonly #untouchable = new Set<string>();

  constructor(lives: readonly TwoSides[], round: Round, traits: PairTraits, manual: Iterable<string>) {
    for (const path of manual) this.#keys.add(keyOf(path, traits));
    for (const live of lives) {
      for (const side of sides) this.#freezeSide(live, side, round, traits);
    }
    for (const live of lives) this.#freezeBlocked(live, traits);
  }

  has(key: string): boolean {
    if (this.#keys.size === 0) return false;
    for (const frozen of this.#keys) {
      if (key === frozen || key.startsWith(`${frozen}/`) || frozen.startsWith(`${key}/`)) return true;
    }
    return false;
  }

  /** True for a path that must be left alone, and what lies below it. */
  covers(key: string): boolean {
    for (const frozen of this.#untouchable) if (key === frozen || key.startsWith(`${frozen}/`)) return true;
    return false;
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  #freezeSide(live: TwoSides, side: Side, round: Round, traits: PairTraits): void {
    const plain = new Set<string>();
    const excluded = new Set<string>();
    const other = traits[otherSide(side)];
    for (const [path, told] of live[side]) {
      const key = keyOf(path, traits);
      const isLink = told.startsWith('-> ');
      const isExcluded =
        isIgnored(path, told === directoryMark, round.ignore) ||
        (isLink && !isKept(path, told.slice(3), traits.symlinks, other.symlinks !== false));
      if (isExcluded) excluded.add(key);
      else if (plain.has(key)) this.#freeze(key, true);
      else plain.add(key);
    }
    // Beside something that is kept in sync, an excluded entry of nearly the same name is only in the way; what an excluded
    // folder holds is its own, not that of the folder beside it.
    const isInTheWay = (key: string): boolean => excluded.has(key) && plain.has(key);
    for (const key of excluded) this.#freeze(key, !isInTheWay(key) && !ancestorsOf(key).some(isInTheWay));
  }

  #freeze(key: string, isUntouchable: boolean): void {
    this.#keys.add(key);
    if (isUntouchable) this.#untouchable.add(key);
  }

  /** A folder that holds something frozen cannot give way to a file: then nothing in it moves. */
  #freezeBlocked(live: TwoSides, traits: PairTraits): void {
    const told = { source: keyed(live.source, traits), destination: keyed(live.destination, traits) };
    for (const frozen of [...this.#keys]) {
      for (let slash = frozen.lastIndexOf('/'); slash > 0; slash = frozen.lastIndexOf('/', slash - 1)) {
        const above = frozen.slice(0, slash);
        const left = told.source.get(above);
        const right = told.destination.get(above);
        if (left === undefined || right === undefined) continue;
        if ((left === directoryMark) !== (right === directoryMark)) this.#keys.add(above);
      }
    }
  }
}

function ancestorsOf(key: string): string[] {
  const names = key.split('/');
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join('/'));
}

/** A census under the keys of the pair. */
export function keyed(live: Census, traits: PairTraits): Map<string, string> {
  const told = new Map<string, string>();
  for (const [path, what] of live) told.set(keyOf(path, traits), what);
  return told;
}

/** All that stands under each key of the pair: what is ignored may stand beside what is not, in nearly the same name. */
export function holdings(live: Census, traits: PairTraits): Map<string, readonly string[]> {
  const held = new Map<string, readonly string[]>();
  for (const [path, what] of live) {
    const key = keyOf(path, traits);
    held.set(key, [...(held.get(key) ?? []), what]);
  }
  return held;
}

/** The few patterns that the simulation uses: `*.x`, `/name`, `/name/` and `name`. */
function isIgnored(path: string, isDirectory: boolean, patterns: readonly string[]): boolean {
  const names = path.split('/');
  return names.some((name, index) => {
    const directory = isDirectory || index < names.length - 1;
    return patterns.some((pattern) => {
      if (pattern.startsWith('*')) return name.endsWith(pattern.slice(1));
      if (!pattern.startsWith('/')) return name === pattern;
      if (index > 0) return false;
      return pattern.endsWith('/') ? directory && name === pattern.slice(1, -1) : name === pattern.slice(1);
    });
  });
}

function isKept(path: string, target: string, policy: SymlinkPolicy, canHold: boolean): boolean {
  if (policy === 'skip' || policy === 'follow' || !canHold) return false;
  if (policy === 'preserve') return true;
  if (target.startsWith('/')) return false;
  let depth = path.split('/').length - 1;
  for (const name of target.split('/')) {
    if (name === '.') continue;
    depth += name === '..' ? -1 : 1;
    if (depth < 0) return false;
  }
  return true;
}
