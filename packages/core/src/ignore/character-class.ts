/** First and last code point of the characters that are meant. */
type Range = readonly [first: number, last: number];

/** The POSIX classes. Like git they know ASCII only, and no form feed or vertical tab among the spaces. */
const namedClasses: ReadonlyMap<string, readonly Range[]> = new Map([
  ['alnum', ranges('09', 'AZ', 'az')],
  ['alpha', ranges('AZ', 'az')],
  ['blank', ranges('\t\t', '  ')],
  ['cntrl', ranges('\0\x1f', '\x7f\x7f')],
  ['digit', ranges('09')],
  ['graph', ranges('!~')],
  ['lower', ranges('az')],
  ['print', ranges(' ~')],
  ['punct', ranges('!/', ':@', '[`', '{~')],
  ['space', ranges('\t\n', '\r\r', '  ')],
  ['upper', ranges('AZ')],
  ['xdigit', ranges('09', 'AF', 'af')],
]);

function ranges(...pairs: readonly string[]): readonly Range[] {
  return pairs.map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]);
}

/** Whether one character, given as a code point, is in a set. */
export type CharacterTest = (codePoint: number) => boolean;

/**
 * Reads the bracket expression, such as `[a-z_]`, that opens at `open`; `end` is the position after its closing
 * bracket. `undefined` when it is never closed or names an unknown class: such a pattern matches nothing.
 */
export function readCharacterClass(
  glob: string,
  open: number,
  ignoreCase: boolean,
): { test: CharacterTest; end: number } | undefined {
  const negated = glob[open + 1] === '!' || glob[open + 1] === '^';
  const first = negated ? open + 2 : open + 1;
  const members: Range[] = [];
  // Where a range that goes on here would begin; only a single character can begin one.
  let begin: number | undefined;
  let at = first;

  // A closing bracket in the first place stands for itself.
  while (glob[at] !== ']' || at === first) {
    const name = nameOfClass(glob, at);
    if (name !== undefined) {
      const named = namedClasses.get(name);
      if (named === undefined) return undefined;
      members.push(...named);
      begin = undefined;
      at += name.length + '[::]'.length;
      continue;
    }
    const isRange = begin !== undefined && glob[at] === '-' && glob[at + 1] !== ']';
    const character = readCharacter(glob, isRange ? at + 1 : at);
    if (character === undefined) return undefined;
    members.push([isRange && begin !== undefined ? begin : character.value, character.value]);
    begin = isRange ? undefined : character.value;
    at = character.end;
  }

  const has: CharacterTest = (codePoint) => members.some(([low, high]) => low <= codePoint && codePoint <= high);
  const test: CharacterTest = ignoreCase ? (codePoint) => has(codePoint) || has(upperCaseOf(codePoint)) : has;
  return { test: negated ? (codePoint) => !test(codePoint) : test, end: at + 1 };
}

/** The name in `[:name:]`. Without `:]` the bracket and the colon are two plain characters of the set. */
function nameOfClass(glob: string, at: number): string | undefined {
  if (!glob.startsWith('[:', at)) return undefined;
  const close = glob.indexOf(']', at + 2);
  return close > at + 2 && glob[close - 1] === ':' ? glob.slice(at + 2, close - 1) : undefined;
}

/** One character, escaped or not, as a code point; `undefined` when the pattern ends before it. */
export function readCharacter(glob: string, at: number): { value: number; end: number } | undefined {
  const start = glob[at] === '\\' ? at + 1 : at;
  const value = glob.codePointAt(start);
  return value === undefined ? undefined : { value, end: start + widthOf(value) };
}

/** How many UTF-16 units a code point takes. */
export function widthOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

/** Paths arrive in lower case where case is ignored, sets are kept as they were written. */
function upperCaseOf(codePoint: number): number {
  return String.fromCodePoint(codePoint).toUpperCase().codePointAt(0) ?? codePoint;
}
