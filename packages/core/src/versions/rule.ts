import { SyncEngineError } from '../errors.ts';

/**
 * How long versions stay. A version stays as long as any of these wants it, and goes when none does; where none is given,
 * all stay. Its time is that of the run in which it gave way. All times are in UTC.
 */
export interface VersionRule {
  /** Every version of the last so many days. More than 0; fractions count. */
  readonly days?: number | undefined;
  /** The newest so many of each path. A whole number of at least 1. */
  readonly count?: number | undefined;
  /** The newest version of a path in each of the last so many hours, this one included. A whole number of at least 1. */
  readonly hourly?: number | undefined;
  /** The same for days. */
  readonly daily?: number | undefined;
  /** The same for weeks, which begin on Monday. */
  readonly weekly?: number | undefined;
  /** The same for the months of the calendar. */
  readonly monthly?: number | undefined;
}

/** What a rule asks about a version. */
export interface DatedVersion {
  /** That it had when it gave way. */
  readonly path: string;
  /** When it gave way; milliseconds since the epoch. */
  readonly gaveWayAt: number;
}

export const hourMs: number = 60 * 60 * 1000;
export const dayMs: number = 24 * hourMs;

/** 1970-01-01 was a Thursday: three days after the Monday of its week. */
const thursday = 3;

/** Numbers the hours, days, weeks and months of all time, each one more than the one before. */
const spans = {
  hourly: (time: number): number => Math.floor(time / hourMs),
  daily: (time: number): number => Math.floor(time / dayMs),
  weekly: (time: number): number => Math.floor((Math.floor(time / dayMs) + thursday) / 7),
  monthly: (time: number): number => {
    const date = new Date(time);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  },
} as const;

type SpanName = keyof typeof spans;

export const spanNames: readonly SpanName[] = ['hourly', 'daily', 'weekly', 'monthly'];

/**
 * Which versions a rule lets go. Seeing fewer versions than there are lets none go that would stay; and pruning often keeps
 * all that pruning once would keep.
 *
 * @param now milliseconds since the epoch; what gave way later stays
 */
export function superfluous<Kept extends DatedVersion>(
  versions: readonly Kept[],
  rule: VersionRule,
  now: number,
): readonly Kept[] {
  const limits = Object.values(rule).filter((limit) => limit !== undefined);
  if (limits.length === 0) return [];
  const gone: Kept[] = [];
  for (const ofPath of byPath(versions).values()) {
    const newestFirst = [...ofPath].sort((left, right) => right.gaveWayAt - left.gaveWayAt);
    const seen: Record<SpanName, Set<number>> = {
      hourly: new Set(),
      daily: new Set(),
      weekly: new Set(),
      monthly: new Set(),
    };
    for (const [index, version] of newestFirst.entries()) {
      const isFuture = version.gaveWayAt > now;
      const isYoung = rule.days !== undefined && now - version.gaveWayAt <= rule.days * dayMs;
      const isAmongNewest = rule.count !== undefined && index < rule.count;
      // Every span is looked at, also where another wants the version already: it stands for its time in all of them.
      const standing = spanNames.filter((name) => standsFor(version.gaveWayAt, name, rule[name], now, seen[name]));
      if (!isFuture && !isYoung && !isAmongNewest && standing.length === 0) gone.push(version);
    }
  }
  return gone;
}

/**
 * How far back a rule reaches by time alone, in milliseconds; `Infinity` for one that lets nothing go, 0 for one that only
 * counts.
 */
export function reachOf(rule: VersionRule): number {
  if (Object.values(rule).every((limit) => limit === undefined)) return Number.POSITIVE_INFINITY;
  const lengths = { hourly: hourMs, daily: dayMs, weekly: 7 * dayMs, monthly: 31 * dayMs };
  const reaches = spanNames.map((name) => (rule[name] ?? 0) * lengths[name]);
  return Math.max((rule.days ?? 0) * dayMs, ...reaches);
}

/** @throws SyncEngineError `invalid-options` */
export function checkRule(rule: VersionRule, name = 'versions'): VersionRule {
  for (const [field, limit] of Object.entries(rule)) {
    if (limit === undefined) continue;
    const isSpan = spanNames.some((span) => span === field);
    if (field === 'days') {
      if (!(Number.isFinite(limit) && limit > 0)) throw wrong(`${name}.days must be more than 0, not ${limit}`);
    } else if (field === 'count' || isSpan) {
      if (!Number.isInteger(limit) || limit < 1) {
        throw wrong(`${name}.${field} must be a whole number of at least 1, not ${limit}`);
      }
    } else throw wrong(`${name} has no ${field}; it knows days, count, ${spanNames.join(', ')}`);
  }
  return rule;
}

function standsFor(time: number, name: SpanName, limit: number | undefined, now: number, seen: Set<number>): boolean {
  if (limit === undefined) return false;
  const span = spans[name](time);
  if (seen.has(span)) return false;
  seen.add(span);
  return spans[name](now) - span < limit;
}

function byPath<Kept extends DatedVersion>(versions: readonly Kept[]): ReadonlyMap<string, Kept[]> {
  const groups = new Map<string, Kept[]>();
  for (const version of versions) {
    const group = groups.get(version.path);
    if (group === undefined) groups.set(version.path, [version]);
    else group.push(version);
  }
  return groups;
}

function wrong(message: string): SyncEngineError {
  return new SyncEngineError('invalid-options', `${message}.`);
}
