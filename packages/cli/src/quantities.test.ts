import { expect, test } from 'vitest';
import { parseDeletionLimit, parseLimit, parseRate } from './quantities.ts';

const invalid = expect.objectContaining({ code: 'invalid-options' });

test.each([
  ['1', 1],
  ['500000', 500_000],
  ['500k', 500_000],
  ['500 kB', 500_000],
  ['10M', 10_000_000],
  ['10MB/s', 10_000_000],
  ['2g', 2_000_000_000],
  ['1Ki', 1024],
  ['1.5MiB', 1_572_864],
  ['1.5mib/s', 1_572_864],
  ['1GiB', 1_073_741_824],
])('a bandwidth of %s is %d bytes a second', (text, rate) => {
  expect(parseRate(text)).toBe(rate);
});

test.each([
  '',
  '0',
  '0.4',
  '-1',
  'fast',
  '10X',
  '10Mbit',
  'M',
  '1e6',
  '.5M',
  '10M10',
  'Infinity',
  'NaN',
  '9'.repeat(30),
])('a bandwidth of %j has no meaning', (text) => {
  expect(() => parseRate(text)).toThrow(invalid);
});

test.each([
  ['0', { files: 0 }],
  ['100', { files: 100 }],
  ['25%', { share: 0.25 }],
  ['0%', { share: 0 }],
  ['100%', { share: 1 }],
  ['12.5%', { share: 0.125 }],
])('a limit of %s is %j', (text, limit) => {
  expect(parseDeletionLimit(text)).toEqual(limit);
});

test.each(['', '-1', '1.5', '101%', '%', 'all', '25 %', '1e3', '9'.repeat(30)])(
  'a limit of %j has no meaning',
  (text) => {
    expect(() => parseDeletionLimit(text)).toThrow(invalid);
  },
);

test('numbers of things at once are whole and at least 1', () => {
  expect(parseLimit('8', '--transfers')).toBe(8);
  for (const text of ['', '0', '-1', '1.5', 'many', '0x10']) {
    expect(() => parseLimit(text, '--transfers')).toThrow(invalid);
    expect(() => parseLimit(text, '--transfers')).toThrow('--transfers');
  }
});
