import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import { halfway, operation, snapshot } from '../test/support/snapshots.ts';
import { FakeTerminal } from '../test/support/terminal.ts';
import { ProgressDisplay } from './progress-display.ts';

/** A display whose clock stands until it is told to move. */
function displayOn(terminal: FakeTerminal): { display: ProgressDisplay; pass: (milliseconds: number) => void } {
  let now = 1_000_000;
  const display = new ProgressDisplay(terminal, picocolors.createColors(true), () => now);
  const pass = (milliseconds: number): void => {
    now += milliseconds;
  };
  return { display, pass };
}

test('a transfer shows bar, files, bytes, speed, time left and the largest files', () => {
  const terminal = new FakeTerminal(80);
  const { display, pass } = displayOn(terminal);
  pass(100);
  display.update(() => halfway);
  expect(terminal.screen).toEqual([
    ' 42%  [##########--------------]  1,204/2,880 files  310 MB/732 MB',
    '      38.2 MB/s, 11 s left, 1,302 of 2,980 operations, 3 problems',
    '       45% of 40.0 MB  photos/2026/large.raw',
    '      100% of 4.0 MB  middle.jpg',
    '       50% of 1.0 kB  small.txt',
  ]);
});

test('scanning and comparing show how far they are', () => {
  const terminal = new FakeTerminal(80);
  const { display, pass } = displayOn(terminal);
  pass(100);
  const scanned = { source: { files: 12_000, directories: 4 }, destination: { files: 3, directories: 1 } };
  display.update(() => snapshot({ scanned, elapsedMs: 12_000 }));
  expect(terminal.screen).toEqual(['Scanning: source 12,004, destination 4 entries (12 s)']);
  pass(100);
  display.update(() => snapshot({ phase: 'comparing', elapsedMs: 13_000 }), { done: 1, total: 40 });
  expect(terminal.screen).toEqual(['Comparing: 1 of 40 paths (13 s)']);
});

test('the block is drawn at most ten times a second, whatever happens', () => {
  const terminal = new FakeTerminal();
  const { display, pass } = displayOn(terminal);
  for (let event = 0; event < 1000; event += 1) {
    pass(1);
    display.update(() => halfway);
    display.line(`line ${event}`);
  }
  expect(terminal.written.length).toBeLessThanOrEqual(10);
  display.finish();
  expect(terminal.screen).toEqual(Array.from({ length: 1000 }, (_, event) => `line ${event}`));
});

test('lines stay above the block, and the block is gone at the end', () => {
  const terminal = new FakeTerminal();
  const { display, pass } = displayOn(terminal);
  pass(100);
  display.update(() => halfway);
  display.line('problem  a.txt');
  pass(100);
  display.tick();
  expect(terminal.screen[0]).toBe('problem  a.txt');
  expect(terminal.screen).toHaveLength(6);
  display.line('problem  b.txt');
  display.finish();
  expect(terminal.screen).toEqual(['problem  a.txt', 'problem  b.txt']);
});

test('a run that ends at once draws nothing', () => {
  const terminal = new FakeTerminal();
  const { display, pass } = displayOn(terminal);
  pass(99);
  display.update(() => halfway);
  display.finish();
  expect(terminal.written).toEqual([]);
});

test.each([5, 20, 30, 40, 60, 80, 200])('at %d columns no line wraps', (columns) => {
  const terminal = new FakeTerminal(columns);
  const { display, pass } = displayOn(terminal);
  const long = { operation: operation(`${'日本語/'.repeat(60)}x`, 999_999_999_999), transferred: 1 };
  const moments = [
    halfway,
    snapshot({
      elapsedMs: 1e9,
      scanned: { source: { files: 1e9, directories: 1e9 }, destination: { files: 1e9, directories: 1e9 } },
    }),
    snapshot({ phase: 'comparing', elapsedMs: 1e9 }),
    { ...halfway, active: [long, long, long] },
  ];
  for (const moment of moments) {
    pass(100);
    display.update(() => moment, { done: 1e9, total: 1e9 });
  }
  expect(terminal.widest).toBeLessThan(columns);
  display.finish();
  expect(terminal.screen).toEqual([]);
});

test('a terminal that does not know its width is taken for one of 80 columns', () => {
  const terminal = new FakeTerminal(80);
  const { display, pass } = displayOn(terminal);
  pass(100);
  display.update(() => halfway);
  const { screen } = terminal;
  terminal.columns = 0;
  pass(100);
  display.update(() => halfway);
  expect(terminal.written.at(-1)?.startsWith('\x1b[5A\r\x1b[J')).toBe(true);
  expect(terminal.written.at(-1)).toContain(screen[4]);
});

test('a file name cannot drive the terminal', () => {
  const terminal = new FakeTerminal();
  const { display, pass } = displayOn(terminal);
  pass(100);
  const evil = { operation: operation('\x1b[2J\x1b]0;title\x07\n\u202egpj', 10), transferred: 5 };
  display.update(() => ({ ...halfway, active: [evil] }));
  expect(terminal.screen.at(-1)).toContain('\\x1b[2J\\x1b]0;title\\x07\\n\\u202egpj');
});

test('a block that a narrower terminal has wrapped is erased with all its rows', () => {
  const terminal = new FakeTerminal(80);
  const { display, pass } = displayOn(terminal);
  pass(100);
  display.update(() => halfway);
  terminal.columns = 40;
  pass(100);
  display.update(() => halfway);
  // 65, 65, 43, 35 and 30 columns stand on 2, 2, 2, 1 and 1 rows of 40.
  expect(terminal.written.at(-1)?.startsWith('\x1b[8A\r\x1b[J')).toBe(true);
});

test('100 % is said only when all is done', () => {
  const terminal = new FakeTerminal();
  const { display, pass } = displayOn(terminal);
  const almost = { done: 731_999_999, total: 732_000_000 };
  const { source, destination } = halfway.to;
  pass(100);
  display.update(() => ({ ...halfway, to: { source, destination: { ...destination, bytes: almost } } }));
  expect(terminal.screen[0]).not.toContain('100%');
});
