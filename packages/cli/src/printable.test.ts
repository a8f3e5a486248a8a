import { expect, test } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

const mostCharacters = 0x110000;

test.each([
  ['plain.txt', 'plain.txt'],
  ['ends\n', 'ends\\n'],
  ['tab\tand\rreturn', 'tab\\tand\\rreturn'],
  ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
  ['\x9b31m', '\\x9b31m'],
  ['nul\0', 'nul\\x00'],
  ['gpj.\u202eexe', 'gpj.\\u202eexe'],
  ['line\u2028separator', 'line\\u2028separator'],
  ['half \ud800 a pair', 'half \\ud800 a pair'],
  ['Grüße 日本語 👩‍👧', 'Grüße 日本語 👩‍👧'],
])('%j is printed as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

test('no character drives a terminal, whatever it is', () => {
  for (let code = 0; code < mostCharacters; code += 1) {
    const text = printable(String.fromCodePoint(code));
    if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)) expect.fail(`U+${code.toString(16)} came through`);
  }
});

test('JSON says the same with any character, and has no control character in it', () => {
  for (let code = 0; code < mostCharacters; code += 1) {
    const value = { name: String.fromCodePoint(code) };
    const text = printableJson(value);
    if (/\p{Cc}/u.test(text)) expect.fail(`U+${code.toString(16)} came through`);
    if (JSON.parse(text).name !== value.name) expect.fail(`U+${code.toString(16)} was changed`);
  }
});

test('lines of our own stay lines', () => {
  expect(printableLines('one\ntwo \x1b[2J')).toBe('one\ntwo \\x1b[2J');
});
