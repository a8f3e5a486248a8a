import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkRule,
  type DatedVersion,
  dayMs,
  hourMs,
  reachOf,
  spanNames,
  superfluous,
  type VersionRule,
} from './rule.ts';

const now = Date.parse('2026-11-22T10:30:00Z');

function at(time: string, path = 'file'): DatedVersion {
  return { path, gaveWayAt: Date.parse(time) };
}

function goes(versions: readonly DatedVersion[], rule: VersionRule, when = now): string[] {
  return superfluous(versions, rule, when)
    .map(({ gaveWayAt }) => new Date(gaveWayAt).toISOString().slice(0, 16))
    .sort();
}

describe('which versions go', () => {
  const history = [
    at('2026-11-22T10:25:00Z'),
    at('2026-11-22T10:05:00Z'),
    at('2026-11-22T09:50:00Z'),
    at('2026-11-22T09:10:00Z'),
    at('2026-11-21T23:00:00Z'),
    at('2026-11-21T08:00:00Z'),
    at('2026-11-16T00:00:00Z'),
    at('2026-11-15T23:59:00Z'),
    at('2026-10-31T12:00:00Z'),
    at('2025-11-22T10:00:00Z'),
  ];

  test('no rule lets none go', () => expect(goes(history, {})).toEqual([]));

  test('days lets go what is older, and nothing else', () =>
    expect(goes(history, { days: 6.4375 })).toEqual(['2025-11-22T10:00', '2026-10-31T12:00', '2026-11-15T23:59']));

  test('count keeps the newest of each path', () =>
    expect(goes([...history.slice(0, 4), at('2020-01-01T00:00:00Z', 'other')], { count: 2 })).toEqual([
      '2026-11-22T09:10',
      '2026-11-22T09:50',
    ]));

  test('hourly keeps the newest of each hour', () =>
    expect(goes(history.slice(0, 5), { hourly: 2 })).toEqual([
      '2026-11-21T23:00',
      '2026-11-22T09:10',
      '2026-11-22T10:05',
    ]));

  test('daily, weekly and monthly are days, weeks from Monday and months of the calendar', () => {
    expect(goes(history, { daily: 2 })).not.toContain('2026-11-21T23:00');
    expect(goes(history, { daily: 2 })).toContain('2026-11-21T08:00');
    // The 22nd is a Sunday: its week began on the 16th.
    expect(goes(history.slice(5, 8), { weekly: 1 })).toEqual(['2026-11-15T23:59', '2026-11-16T00:00']);
    expect(goes(history.slice(5, 8), { weekly: 2 })).toEqual(['2026-11-16T00:00']);
    expect(goes(history.slice(6), { monthly: 2 })).toEqual(['2025-11-22T10:00', '2026-11-15T23:59']);
  });

  test('a version stays as long as any part of the rule wants it', () =>
    expect(goes(history, { count: 1, days: 1, monthly: 2 })).toEqual([
      '2025-11-22T10:00',
      '2026-11-15T23:59',
      '2026-11-16T00:00',
      '2026-11-21T08:00',
    ]));
});

describe('what always holds of it', () => {
  const limit = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
  const rules: fc.Arbitrary<VersionRule> = fc.record({
    days: fc.option(fc.double({ min: 0.001, max: 400, noNaN: true }), { nil: undefined }),
    count: limit,
    hourly: limit,
    daily: limit,
    weekly: limit,
    monthly: limit,
  });
  const ages = fc.oneof(
    fc.integer({ min: -hourMs, max: 3 * hourMs }),
    fc.integer({ min: 0, max: 40 * dayMs }),
    fc.integer({ min: 0, max: 900 * dayMs }),
  );
  const histories = fc
    .array(fc.record({ path: fc.constantFrom('a', 'b', 'A', 'a/b'), age: ages }), { maxLength: 60 })
    .map((versions) => versions.map(({ path, age }) => ({ path, gaveWayAt: now - age })));
  // Printed with every failure, and taken from the environment to play one again.
  const seed = Number(process.env['SYNCENGINE_SEED'] ?? Date.now() % 2 ** 31);
  const check = <Drawn>(property: fc.IProperty<Drawn>): void => fc.assert(property, { seed, numRuns: 1000 });

  test(`it goes only if no part of the rule wants it (seed ${seed})`, () => {
    check(
      fc.property(histories, rules, (versions, rule) => {
        const gone = new Set(superfluous(versions, rule, now));
        for (const version of gone) {
          const newer = versions.filter(
            ({ path, gaveWayAt }) => path === version.path && gaveWayAt >= version.gaveWayAt,
          );
          expect(version.gaveWayAt).toBeLessThanOrEqual(now);
          if (rule.days !== undefined) expect(now - version.gaveWayAt).toBeGreaterThan(rule.days * dayMs);
          if (rule.count !== undefined) expect(newer.length).toBeGreaterThan(rule.count);
        }
        for (const path of new Set(versions.map((version) => version.path))) {
          const many = versions.filter((version) => version.path === path).length;
          const stay = many - [...gone].filter((version) => version.path === path).length;
          expect(stay).toBeGreaterThanOrEqual(Math.min(many, rule.count ?? 0));
        }
        return true;
      }),
    );
  });

  test(`of each span that is kept, the newest version stays (seed ${seed})`, () => {
    const lengths = { hourly: hourMs, daily: dayMs } as const;
    check(
      fc.property(
        histories,
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('hourly', 'daily'),
        (versions, many, name) => {
          const length = lengths[name];
          const gone = new Set(superfluous(versions, { [name]: many }, now));
          const kept = versions.filter((version) => !gone.has(version));
          for (const version of versions) {
            const span = Math.floor(version.gaveWayAt / length);
            if (Math.floor(now / length) - span >= many) continue;
            const alike = ({ path, gaveWayAt }: DatedVersion): boolean =>
              path === version.path && Math.floor(gaveWayAt / length) === span;
            const newest = Math.max(...versions.filter(alike).map(({ gaveWayAt }) => gaveWayAt));
            expect(kept.filter(alike).map(({ gaveWayAt }) => gaveWayAt)).toContain(newest);
          }
          return true;
        },
      ),
    );
  });

  test(`a limit that is added lets nothing more go (seed ${seed})`, () => {
    check(
      fc.property(histories, rules, rules, (versions, rule, more) => {
        const parts = Object.entries(rule).filter(([, value]) => value !== undefined);
        fc.pre(parts.length > 0);
        const both: VersionRule = { ...more, ...Object.fromEntries(parts) };
        const gone = new Set(superfluous(versions, rule, now));
        return superfluous(versions, both, now).every((version) => gone.has(version));
      }),
    );
  });

  test(`seeing fewer versions lets nothing go that would stay (seed ${seed})`, () => {
    check(
      fc.property(
        histories,
        rules,
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (versions, rule, seen) => {
          const gone = new Set(superfluous(versions, rule, now));
          const some = versions.filter((_version, index) => seen[index]);
          return superfluous(some, rule, now).every((version) => gone.has(version) || hasEqual(version, versions));
        },
      ),
    );
  });

  test(`pruning after each run keeps all that pruning once would keep (seed ${seed})`, () => {
    check(
      fc.property(histories, rules, (versions, rule) => {
        const past = [...versions]
          .filter(({ gaveWayAt }) => gaveWayAt <= now)
          .sort((a, b) => a.gaveWayAt - b.gaveWayAt);
        let often: readonly DatedVersion[] = [];
        for (const version of past) {
          const standing = [...often, version];
          const gone = new Set(superfluous(standing, rule, version.gaveWayAt));
          often = standing.filter((candidate) => !gone.has(candidate));
        }
        const goneOnce = new Set(superfluous(past, rule, now));
        const left = new Set(often);
        return past.every((version) => goneOnce.has(version) || left.has(version) || hasEqual(version, past));
      }),
    );
  });

  test(`pruning twice prunes once, whatever the order (seed ${seed})`, () => {
    check(
      fc.property(histories, rules, (versions, rule) => {
        const gone = new Set(superfluous(versions, rule, now));
        const kept = versions.filter((version) => !gone.has(version));
        expect(superfluous(kept, rule, now)).toEqual([]);
        const reversed = superfluous([...versions].reverse(), rule, now);
        return reversed.length === gone.size;
      }),
    );
  });

  test(`what is older than the reach of a rule that does not count goes (seed ${seed})`, () => {
    check(
      fc.property(histories, rules, (versions, { count: _count, ...rule }) => {
        const gone = new Set(superfluous(versions, rule, now));
        return versions.every((version) => gone.has(version) || now - version.gaveWayAt <= reachOf(rule));
      }),
    );
  });
});

/** Two of one moment stand for each other. */
function hasEqual(version: DatedVersion, versions: readonly DatedVersion[]): boolean {
  return versions.some(
    (other) => other !== version && other.path === version.path && other.gaveWayAt === version.gaveWayAt,
  );
}

describe('a rule', () => {
  test('is checked', () => {
    expect(() => checkRule({ days: 0 })).toThrow('versions.days must be more than 0, not 0.');
    expect(() => checkRule({ count: 1.5 })).toThrow('versions.count must be a whole number of at least 1, not 1.5.');
    for (const name of spanNames) expect(() => checkRule({ [name]: 0 })).toThrow('at least 1');
    expect(() => checkRule(JSON.parse('{"yearly": 3}'))).toThrow('versions has no yearly');
    expect(checkRule({ days: 0.5, count: 3, hourly: 24 })).toEqual({ days: 0.5, count: 3, hourly: 24 });
  });
});
