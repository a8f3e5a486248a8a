/**
 * What could drive a terminal or make a line look like another one: control characters, bidirectional and other
 * invisible format characters, line separators. The joiners U+200C and U+200D stay: emoji and several scripts need them.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

const shortForms: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that may hold anything (names, messages of a server), made fit to be one piece of a line on a terminal. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** As `printable`, but lines stay lines: for text of our own that has foreign text in it. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/**
 * JSON on one line, free of characters that could drive a terminal: `JSON.stringify` alone lets the C1 controls
 * through. It parses to the same value.
 */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, unicodeEscape);
}

function escaped(character: string): string {
  const short = shortForms[character];
  if (short !== undefined) return short;
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : unicodeEscape(character);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
