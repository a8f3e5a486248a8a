import type { NameRules } from '@syncengine/core';

/** Everything below this name, at any depth, is the engine's and the adapter's own. */
const reservedName = '.syncengine';

export function isReserved(path: string): boolean {
  return path.split('/').includes(reservedName);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Byte order of the UTF-8 forms, by encoding them: slow, and surely right. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

/** Whether the rules of a side let it hold this name, as far as the name alone can tell. */
export function isAllowed(name: string, rules: NameRules): boolean {
  if (rules.forbidden?.test(name) || rules.reserved?.test(name)) return false;
  return rules.maximumBytes === undefined || Buffer.byteLength(name) <= rules.maximumBytes;
}

/** Names that have broken some tool once. */
export const oddNames: readonly string[] = [
  ' leading and trailing ',
  'trailing space ',
  'inner  spaces',
  'percent %20 %2F %',
  'plus+and%2Bplus',
  'hash#question?ampersand&equals=',
  'semicolon;comma,at@exclamation!',
  'back\\slash',
  'colon:star*quote"less<greater>pipe|',
  "apostrophe'backtick`dollar$brace{}bracket[]",
  'line\nbreak\r\ttab',
  'control\u0001\u001b\u007f',
  '-dash',
  '~tilde',
  '.hidden',
  '...',
  '..two dots',
  'trailing dot.',
  'CON',
  'nul.txt',
  'ü-composed'.normalize('NFC'),
  'u\u0308-decomposed'.normalize('NFD'),
  'emoji 👩‍👩‍👧 😀',
  'العربية שלום',
  'mixed \u202eright-to-left',
  'zero\u200bwidth',
  '\uffff beyond 😀',
  'replacement \ufffd',
  '<xml>&amp;]]>',
  'x'.repeat(255),
  'é'.repeat(127),
  `${reservedName}x`,
];

/** What every method must refuse before it does anything. */
export const invalidPaths: readonly string[] = [
  '..',
  '.',
  '../a',
  'a/../b',
  'a/./b',
  '/a',
  'a/',
  'a//b',
  'a\0b',
  '/',
  'lone \ud800 surrogate',
];
