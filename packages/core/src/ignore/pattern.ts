import { type CaseFolding, joinKey } from '../paths/index.ts';
import { compilePathGlob, compileSegmentGlob, literalOf, matchesPath, matchesSegment } from './glob.ts';

/** One line of an ignore file, ready to be asked. */
export interface Pattern {
  /** The line as it counts: without the spaces at its end. */
  readonly source: string;
  /** The line began with `!`: what matches is included again. */
  readonly negated: boolean;
  readonly directoriesOnly: boolean;
  readonly target: PatternTarget;
}

/** How a pattern finds its paths: by one look-up where that is enough, else by a test. */
type PatternTarget =
  | { readonly by: 'name' | 'extension' | 'path'; readonly value: string }
  | { readonly by: 'test'; readonly test: PathTest };

/** Given the path relative to the directory of the rules, and its last segment. */
export type PathTest = (path: string, name: string) => boolean;

/** Compiles one line; `undefined` for a comment, a blank line, and a malformed pattern, which matches nothing. */
export function parsePattern(line: string, folding: CaseFolding): Pattern | undefined {
  if (line.startsWith('#')) return undefined;
  const source = withoutTrailingSpaces(line);
  const negated = source.startsWith('!');
  const directoriesOnly = source.endsWith('/');
  const body = source.slice(negated ? 1 : 0, directoriesOnly ? -1 : undefined);
  const target = targetOf(body, folding);
  return target && { source, negated, directoriesOnly, target };
}

/** Spaces at the end do not count, but for one that is escaped by a backslash (which is not itself escaped). */
function withoutTrailingSpaces(line: string): string {
  let end = line.length;
  while (line[end - 1] === ' ') end -= 1;
  let backslashes = 0;
  while (line[end - 1 - backslashes] === '\\') backslashes += 1;
  return line.slice(0, backslashes % 2 === 1 ? end + 1 : end);
}

function targetOf(body: string, folding: CaseFolding): PatternTarget | undefined {
  // `**/name` and `name` mean the same, and the second is found faster.
  const atAnyDepth = body.replace(/^\/?(?:\*{2,}\/)+/, '');
  if (atAnyDepth !== '' && !atAnyDepth.includes('/')) return nameTarget(atAnyDepth, folding);
  return body.includes('/') ? pathTarget(body.startsWith('/') ? body.slice(1) : body, folding) : undefined;
}

/** A pattern without slashes matches the last segment of a path, at any depth. */
function nameTarget(body: string, folding: CaseFolding): PatternTarget | undefined {
  const glob = compileSegmentGlob(body, folding);
  if (glob === undefined) return undefined;
  const literal = literalOf(glob);
  if (literal !== undefined) return { by: 'name', value: literal };
  const ending = glob[0] === '*' ? literalOf(glob.slice(1)) : undefined;
  if (ending === undefined) return { by: 'test', test: (_path, name) => matchesSegment(glob, name) };
  if (ending.lastIndexOf('.') === 0) return { by: 'extension', value: ending };
  return { by: 'test', test: (_path, name) => name.endsWith(ending) };
}

/** A pattern with a slash at its beginning or in its middle matches the whole path, from the directory of the rules. */
function pathTarget(body: string, folding: CaseFolding): PatternTarget | undefined {
  const firstWildcard = body.search(/[*?[\\]/);
  if (firstWildcard === -1) return { by: 'path', value: joinKey(body, folding) };
  // Comparing the literal beginning first is quick, and is what git does: it makes `a**/x` mean `a` and then `**/x`.
  const beginning = joinKey(body.slice(0, firstWildcard), folding);
  const glob = compilePathGlob(body.slice(firstWildcard), folding);
  if (glob === undefined) return undefined;
  const test: PathTest = (path) =>
    path.startsWith(beginning) && matchesPath(glob, path.slice(beginning.length).split('/'));
  return { by: 'test', test };
}
