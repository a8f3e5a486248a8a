import type { ScanFilter } from '@syncengine/core';
import { Minimatch } from 'minimatch';
import { usageError } from './usage.ts';

const longestPattern = 4096;
const mostAlternatives = 1000;

/** Decides for one path by itself, without a look at the folders above it. */
type PathTest = (path: string, isDirectory: boolean) => boolean;

/**
 * `--include` and `--exclude` as one filter; `undefined` when neither was given.
 *
 * A pattern without a slash matches names at any depth; one with a slash matches paths from the root; one that ends with
 * a slash matches folders only. What matches takes along all that lies below it. Exclusion wins. Where there are
 * inclusions, other folders are looked into, and made only where something inside needs them.
 *
 * @throws SyncEngineError `invalid-options` for a pattern that is empty, too long or stands for too many alternatives
 */
export function pathFilter(include: readonly string[], exclude: readonly string[]): ScanFilter | undefined {
  if (include.length === 0 && exclude.length === 0) return undefined;
  const isExcluded = anyOf(exclude.map((pattern) => pathTest(shortEnough(pattern, '--exclude'), '--exclude')));
  if (include.length === 0) return (path, isDirectory) => (isExcluded(path, isDirectory) ? 'exclude' : 'include');
  const isIncluded = withDescendants(
    anyOf(include.map((pattern) => pathTest(wholeFolder(shortEnough(pattern, '--include')), '--include'))),
  );
  return (path, isDirectory) => {
    if (isExcluded(path, isDirectory)) return 'exclude';
    if (isIncluded(path, isDirectory)) return 'include';
    return isDirectory ? 'pass' : 'exclude';
  };
}

function shortEnough(pattern: string, flag: string): string {
  if (pattern.length <= longestPattern) return pattern;
  throw usageError(`A pattern of ${flag} is ${pattern.length} characters long; at most ${longestPattern} are allowed.`);
}

/** Who includes `folder/**` means the folder, even when it is empty. */
function wholeFolder(pattern: string): string {
  const folder = /^\/?(.*[^/])(?:\/\*\*)+\/?$/.exec(pattern)?.[1];
  return folder === undefined ? pattern : `/${folder}/`;
}

function pathTest(text: string, flag: string): PathTest {
  const onlyDirectories = text.endsWith('/');
  const pattern = onlyDirectories ? text.slice(0, -1) : text;
  const anchored = pattern.includes('/');
  const glob = pattern.startsWith('/') ? pattern.slice(1) : pattern;
  if (glob === '') throw usageError(`${JSON.stringify(text)} is no pattern for ${flag}; it names nothing.`);
  const matcher = compile(glob, flag);
  return (path, isDirectory) => {
    if (onlyDirectories && !isDirectory) return false;
    return matcher.match(anchored ? path : path.slice(path.lastIndexOf('/') + 1));
  };
}

function compile(glob: string, flag: string): Minimatch {
  const matcher = new Minimatch(glob, {
    dot: true,
    nocomment: true,
    nonegate: true,
    // Both sides' paths have slashes on every platform, and a backslash quotes.
    platform: 'linux',
    // A name means the same however its accents are stored.
    normalize: true,
    braceExpandMax: mostAlternatives + 1,
  });
  if (matcher.globSet.length > mostAlternatives) {
    throw usageError(`A pattern of ${flag} stands for more than ${mostAlternatives} alternatives.`);
  }
  return matcher;
}

function anyOf(tests: readonly PathTest[]): PathTest {
  return (path, isDirectory) => tests.some((test) => test(path, isDirectory));
}

/** Also true below a folder that passes the test. */
function withDescendants(test: PathTest): PathTest {
  // A scan asks for the children of a folder one after the other.
  let last = { folder: '', passes: false };
  const folderPasses = (folder: string): boolean => {
    if (folder === '') return false;
    if (folder !== last.folder) {
      last = { folder, passes: test(folder, true) || folderPasses(parentOf(folder)) };
    }
    return last.passes;
  };
  return (path, isDirectory) => test(path, isDirectory) || folderPasses(parentOf(path));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
