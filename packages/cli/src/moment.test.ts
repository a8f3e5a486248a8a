import { expect, test } from 'vitest';
import { formatMoment, parseMoment } from './moment.ts';

const now = Date.parse('2026-11-22T12:00:00Z');

test.each([
  ['2026-11-22T10:00Z', '2026-11-22T10:00:00.000Z'],
  ['2026-11-22 10:00:01+02:00', '2026-11-22T08:00:01.000Z'],
  ['2026-11-22T10:00:00.5z', '2026-11-22T10:00:00.500Z'],
  ['90m', '2026-11-22T10:30:00.000Z'],
  ['2h', '2026-11-22T10:00:00.000Z'],
  ['3 d', '2026-11-19T12:00:00.000Z'],
  ['1w', '2026-11-15T12:00:00.000Z'],
])('--at %s', (text, moment) => expect(new Date(parseMoment(text, now)).toISOString()).toBe(moment));

test('without a time zone it is local time, and a day is its beginning', () => {
  expect(parseMoment('2026-11-22T10:00', now)).toBe(new Date(2026, 10, 22, 10, 0).getTime());
  expect(parseMoment('2026-11-22', now)).toBe(new Date(2026, 10, 22).getTime());
});

test('what the list tells is what --at takes', () => {
  const moment = Date.parse('2026-03-04T05:06:07Z');
  expect(parseMoment(formatMoment(moment), now)).toBe(moment);
});

test.each([
  [''],
  ['yesterday'],
  ['2026-13-01'],
  ['2026-02-30'],
  ['2026-11-22T25:00'],
  ['22.11.2026'],
  ['2026-11-22T10'],
  ['-2h'],
])('--at %j is refused', (text) => expect(() => parseMoment(text, now)).toThrow('--at takes a moment'));
