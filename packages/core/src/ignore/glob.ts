import { type CaseFolding, joinKey } from '../paths/index.ts';
import { type CharacterTest, readCharacter, readCharacterClass, widthOf } from './character-class.ts';

/** One element of a glob: a code point, any one character, any run of characters, a cut, one character of a set. */
type Token = number | '?' | '*' | '/' | CharacterTest;

/** A glob for one path segment, in its elements. */
export type SegmentGlob = readonly Token[];

/** A glob for paths, segment by segment; `**` is any number of segments, also none. */
export type PathGlob = readonly (SegmentGlob | '**')[];

const slash = '/'.charCodeAt(0);

/** Compiles a glob without slashes; `undefined` when it is malformed and so matches nothing. */
export function compileSegmentGlob(glob: string, folding: CaseFolding): SegmentGlob | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < glob.length) {
    const symbol = glob[at];
    if (symbol === '*' || symbol === '?' || symbol === '/') {
      tokens.push(symbol);
      at += 1;
    } else if (symbol === '[') {
      const characterClass = readCharacterClass(glob, at, folding === 'ignore-case');
      if (characterClass === undefined) return undefined;
      tokens.push(characterClass.test);
      at = characterClass.end;
    } else {
      const character = readCharacter(glob, at);
      if (character === undefined) return undefined;
      // In lower case, one letter may become several.
      for (const letter of joinKey(String.fromCodePoint(character.value), folding)) {
        tokens.push(letter.codePointAt(0) ?? 0);
      }
      at = character.end;
    }
  }
  return tokens;
}

/** Compiles a glob with slashes, in the same way. */
export function compilePathGlob(glob: string, folding: CaseFolding): PathGlob | undefined {
  const tokens = compileSegmentGlob(glob, folding);
  if (tokens === undefined) return undefined;
  const segments: (SegmentGlob | '**')[] = [];
  let segment: Token[] = [];
  const closeSegment = (isBeforeSlash: boolean): void => {
    const isDoubleStar = segment.length > 1 && segment.every((token) => token === '*');
    // Only `**/` may stand for nothing at all; at the end, as before an escaped slash, `**` takes at least one segment.
    if (isDoubleStar && !isBeforeSlash) segments.push(['*']);
    segments.push(isDoubleStar ? '**' : segment);
    segment = [];
  };
  for (const token of tokens) {
    // An escaped slash came out as a code point.
    if (token === '/' || token === slash) closeSegment(token === '/');
    else segment.push(token);
  }
  closeSegment(false);
  return segments;
}

/** The one text that a glob without wildcards stands for; `undefined` for any other glob. */
export function literalOf(glob: SegmentGlob): string | undefined {
  const codePoints = glob.filter((token) => typeof token === 'number');
  return codePoints.length === glob.length ? String.fromCodePoint(...codePoints) : undefined;
}

/**
 * Whether a glob matches a whole segment. Going back to the last `*` alone is enough: whatever an earlier one could
 * take as well, the last one can take too. So the time is bounded by the product of the two lengths.
 */
export function matchesSegment(glob: SegmentGlob, text: string): boolean {
  if (differsAtEnd(glob, text)) return false;
  let next = 0;
  let at = 0;
  let afterStar: number | undefined;
  let starEnd = 0;
  while (at < text.length) {
    const token = glob[next];
    const codePoint = text.codePointAt(at) ?? 0;
    if (token === '*') {
      next += 1;
      if (next === glob.length) return true;
      afterStar = next;
      starEnd = at;
    } else if (token !== undefined && takes(token, codePoint)) {
      next += 1;
      at += widthOf(codePoint);
    } else if (afterStar === undefined) {
      return false;
    } else {
      starEnd += widthOf(text.codePointAt(starEnd) ?? 0);
      next = afterStar;
      at = starEnd;
    }
  }
  while (glob[next] === '*') next += 1;
  return next === glob.length;
}

/** Most names differ from a glob in their last character already; that is found out without going through them. */
function differsAtEnd(glob: SegmentGlob, text: string): boolean {
  if (text === '') return false;
  const last = glob.at(-1);
  const codeUnit = text.charCodeAt(text.length - 1);
  const isHalfCharacter = 0xd800 <= codeUnit && codeUnit <= 0xdfff;
  return last !== undefined && last !== '*' && !isHalfCharacter && !takes(last, codeUnit);
}

function takes(token: Token, codePoint: number): boolean {
  if (typeof token === 'number') return token === codePoint;
  return typeof token === 'function' ? token(codePoint) : token === '?';
}

/** The same one floor up: whether a glob matches all segments of a path, with `**` in the place of `*`. */
export function matchesPath(glob: PathGlob, segments: readonly string[]): boolean {
  let next = 0;
  let at = 0;
  let afterStars: number | undefined;
  let starsEnd = 0;
  while (at < segments.length) {
    const part = glob[next];
    if (part === '**') {
      next += 1;
      if (next === glob.length) return true;
      afterStars = next;
      starsEnd = at;
    } else if (part !== undefined && matchesSegment(part, segments[at] ?? '')) {
      next += 1;
      at += 1;
    } else if (afterStars === undefined) {
      return false;
    } else {
      starsEnd += 1;
      next = afterStars;
      at = starsEnd;
    }
  }
  while (glob[next] === '**') next += 1;
  return next === glob.length;
}
