import type { ProgressEvent } from '@syncengine/core';
import { expect, test } from 'vitest';
import { halfway, operation, snapshot } from '../test/support/snapshots.ts';
import { ProgressLines } from './progress-lines.ts';

const scan: ProgressEvent = { type: 'scan', side: 'source', files: 1, directories: 1, path: 'a' };
const start: ProgressEvent = { type: 'operation-start', operation: operation('a', 1) };
const done: ProgressEvent = { type: 'operation-done', operation: operation('a', 1) };

function linesOf(work: (lines: ProgressLines, pass: (milliseconds: number) => void) => void): string[] {
  let now = 0;
  const written: string[] = [];
  const lines = new ProgressLines(
    (line) => written.push(line),
    'Synchronising a and b (two-way)',
    () => now,
  );
  work(lines, (milliseconds) => {
    now += milliseconds;
  });
  return written;
}

test('a run that has nothing to do says nothing', () => {
  const written = linesOf((lines) => {
    lines.event(scan, () => snapshot());
    lines.event({ type: 'plan', operations: 0, bytes: 0, deletions: { source: 0, destination: 0 } }, () => snapshot());
  });
  expect(written).toEqual([]);
});

test('a run that is stopped after its plan does not begin', () => {
  expect(
    linesOf((lines) =>
      lines.event({ type: 'plan', operations: 5, bytes: 0, deletions: { source: 0, destination: 0 } }, () =>
        snapshot(),
      ),
    ),
  ).toEqual([]);
});

test('the work begins with one line', () => {
  const written = linesOf((lines) => {
    for (let count = 0; count < 100; count += 1) lines.event(start, () => halfway);
  });
  expect(written).toEqual(['Synchronising a and b (two-way): 2,980 operations, 732 MB to transfer.']);
});

test('a long run says at most every five seconds how far it is', () => {
  const written = linesOf((lines, pass) => {
    for (let second = 0; second < 11; second += 1) {
      lines.event(scan, () =>
        snapshot({ scanned: { source: { files: second, directories: 0 }, destination: { files: 0, directories: 0 } } }),
      );
      pass(1000);
    }
    lines.event(start, () => halfway);
    for (let second = 0; second < 11; second += 1) {
      pass(1000);
      lines.event(done, () => halfway);
    }
  });
  expect(written).toEqual([
    'Scanning: source 5, destination 0 entries.',
    'Scanning: source 10, destination 0 entries.',
    'Synchronising a and b (two-way): 2,980 operations, 732 MB to transfer.',
    '42%: 1,302 of 2,980 operations, 310 MB of 732 MB, 38.2 MB/s, 11 s left, 3 problems.',
    '42%: 1,302 of 2,980 operations, 310 MB of 732 MB, 38.2 MB/s, 11 s left, 3 problems.',
  ]);
});

test('the time left is not told when it is next to nothing', () => {
  const written = linesOf((lines, pass) => {
    lines.event(start, () => halfway);
    pass(5000);
    lines.event(done, () => ({ ...halfway, remainingMs: 400 }));
  });
  expect(written.at(-1)).toBe('42%: 1,302 of 2,980 operations, 310 MB of 732 MB, 38.2 MB/s, 3 problems.');
});
