/**
 * How the names of a pair are told apart: `exact` when both sides distinguish `A` from `a`, `ignore-case` when either
 * side does not.
 */
export type CaseFolding = 'exact' | 'ignore-case';

const onlyAscii = /^[\0-\x7f]*$/;

/**
 * The join key of a path or name: its NFC form, in lower case when the pair ignores case. Two paths of one side with
 * the same key cannot both exist on the other side.
 */
export function joinKey(path: string, folding: CaseFolding): string {
  if (onlyAscii.test(path)) return folding === 'exact' ? path : path.toLowerCase();
  const composed = path.normalize('NFC');
  // Lower-casing can decompose (İ becomes i + dot), so the result is composed again.
  if (folding === 'exact') return composed;
  // A final sigma is the same letter: lower-casing ΟΔΟΣ gives another form of it than the name may be written with.
  return composed.toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

/** The key by which entries are ordered: a directory counts as `name/`, so that it stands right before its children. */
export function orderKey(key: string, isDirectory: boolean): string {
  return isDirectory ? `${key}/` : key;
}

/** The join key behind an order key. */
export function withoutSlash(key: string): string {
  return key.endsWith('/') ? key.slice(0, -1) : key;
}
