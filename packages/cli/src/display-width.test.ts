import { expect, test } from 'vitest';
import { displayWidth, fitEnd, fitStart, wrapWords } from './display-width.ts';

test.each([
  ['', 0],
  ['plain', 5],
  ['Grüße', 5],
  ['Gru\u0308ße', 5],
  ['日本語', 6],
  ['한글', 4],
  ['🎉', 2],
  ['ｆｕｌｌ', 8],
])('%j is %d columns wide', (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

test('the end of a long path is kept', () => {
  expect(fitEnd('photos/2026/a.jpg', 17)).toBe('photos/2026/a.jpg');
  expect(fitEnd('photos/2026/a.jpg', 10)).toBe('...6/a.jpg');
  expect(fitEnd('日本語/日本語', 8)).toBe('...本語');
});

test('nothing is wider than it may be', () => {
  for (const text of ['photos/2026/a.jpg', '日本語/日本語.txt', '🎉🎉🎉🎉🎉', 'a\u0308'.repeat(20)]) {
    for (let columns = 4; columns < 40; columns += 1) {
      expect(displayWidth(fitEnd(text, columns))).toBeLessThanOrEqual(columns);
      expect(displayWidth(fitStart(text, columns))).toBeLessThanOrEqual(columns);
    }
  }
});

test('lines are broken between words, and words are not', () => {
  expect(wrapWords('one two three', 7)).toEqual(['one two', 'three']);
  expect(wrapWords('a-long-word b', 4)).toEqual(['a-long-word', 'b']);
  expect(wrapWords('日本語 日本語', 8)).toEqual(['日本語', '日本語']);
  expect(wrapWords('', 8)).toEqual(['']);
});
