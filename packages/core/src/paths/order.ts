/**
 * Byte order of the UTF-8 forms of two strings, without encoding them.
 *
 * UTF-16 code units sort like UTF-8 bytes except that surrogates (characters beyond U+FFFF) must come after
 * U+E000–U+FFFF; the two ranges are swapped before they are compared.
 */
export function compareUtf8(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return a >= 0xd800 && b >= 0xd800 ? rotateSurrogates(a) - rotateSurrogates(b) : a - b;
  }
  return left.length - right.length;
}

function rotateSurrogates(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
