import { expect, test } from 'vitest';
import { counted, formatBytes, formatCount, formatDuration } from './units.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [99_949, '99.9 kB'],
  [99_951, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [310_000_000, '310 MB'],
  [5_000_000_000_000, '5.0 TB'],
  [2 ** 60, '1153 PB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [449, '0.4 s'],
  [9_900, '9.9 s'],
  [9_960, '10 s'],
  [59_400, '59 s'],
  [59_600, '1:00'],
  [187_000, '3:07'],
  [7_500_000, '2:05:00'],
])('%d ms are %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

test('counts are grouped and words follow them', () => {
  expect(formatCount(999)).toBe('999');
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(counted(1, 'file')).toBe('1 file');
  expect(counted(0, 'file')).toBe('0 files');
  expect(counted(1200, 'entry', 'entries')).toBe('1,200 entries');
});
