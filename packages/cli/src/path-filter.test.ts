import { expect, test } from 'vitest';
import { pathFilter } from './path-filter.ts';

const invalid = expect.objectContaining({ code: 'invalid-options' });

/** A walk as a scan does it: what is excluded is not looked into. A path that ends with a slash is a folder. */
function taken(paths: readonly string[], include: readonly string[], exclude: readonly string[] = []): string[] {
  const filter = pathFilter(include, exclude);
  const closed: string[] = [];
  return paths.filter((path) => {
    if (closed.some((folder) => path.startsWith(folder))) return false;
    const isFolder = path.endsWith('/');
    const verdict = filter?.(isFolder ? path.slice(0, -1) : path, isFolder) ?? 'include';
    if (verdict === 'exclude' && isFolder) closed.push(path);
    return verdict === 'include';
  });
}

const tree = [
  '.hidden/',
  '.hidden/a.md',
  'a.md',
  'b.txt',
  'docs/',
  'docs/c.md',
  'docs/d.txt',
  'docs/deep/',
  'docs/deep/e.md',
  'docs/deep/f.txt',
  'node_modules/',
  'node_modules/g.md',
];

test('without patterns there is no filter', () => {
  expect(pathFilter([], [])).toBeUndefined();
});

test('a pattern without a slash matches names at any depth', () => {
  expect(taken(tree, ['*.md'])).toEqual(['.hidden/a.md', 'a.md', 'docs/c.md', 'docs/deep/e.md', 'node_modules/g.md']);
  expect(taken(tree, [], ['*.md', 'deep'])).toEqual(['.hidden/', 'b.txt', 'docs/', 'docs/d.txt', 'node_modules/']);
});

test('a pattern with a slash matches from the root', () => {
  expect(taken(tree, ['/*.md'])).toEqual(['a.md']);
  expect(taken(tree, ['docs/*.md'])).toEqual(['docs/c.md']);
  expect(taken(tree, ['deep/*.md'])).toEqual([]);
  expect(taken(tree, ['**/deep/*.md'])).toEqual(['docs/deep/e.md']);
});

test('what matches takes along all that lies below it', () => {
  const docs = ['docs/', 'docs/c.md', 'docs/d.txt', 'docs/deep/', 'docs/deep/e.md', 'docs/deep/f.txt'];
  expect(taken(tree, ['docs'])).toEqual(docs);
  expect(taken(tree, ['docs/'])).toEqual(docs);
  expect(taken(tree, ['docs/**'])).toEqual(docs);
  expect(taken(tree, ['docs/deep'])).toEqual(['docs/deep/', 'docs/deep/e.md', 'docs/deep/f.txt']);
});

test('what lies below a folder can be excluded without the folder', () => {
  expect(taken(tree, ['docs'], ['docs/**'])).toEqual(['docs/']);
  expect(taken(tree, ['docs'], ['docs/*'])).toEqual(['docs/']);
});

test('a pattern that ends with a slash matches folders only', () => {
  expect(taken(['name', 'folder/', 'folder/name/', 'folder/name/file'], ['name/'])).toEqual([
    'folder/name/',
    'folder/name/file',
  ]);
});

test('exclusion wins over inclusion', () => {
  expect(taken(tree, ['docs'], ['deep', '*.txt'])).toEqual(['docs/', 'docs/c.md']);
  expect(taken(tree, ['docs/deep'], ['docs'])).toEqual([]);
});

test('folders that might hold something included are looked into, and not made for themselves', () => {
  const filter = pathFilter(['*.md'], []);
  expect(filter?.('docs', true)).toBe('pass');
  expect(filter?.('docs', false)).toBe('exclude');
});

test('several patterns add up, and braces and classes work', () => {
  expect(taken(tree, ['/a.md', 'b.*'])).toEqual(['a.md', 'b.txt']);
  expect(taken(tree, ['{b,c}.{md,txt}'])).toEqual(['b.txt', 'docs/c.md']);
  expect(taken(tree, ['[ab].*'])).toEqual(['.hidden/a.md', 'a.md', 'b.txt']);
});

test('signs that mean something to other tools are plain here', () => {
  expect(taken(['#a', '!b', 'c'], ['#a', '!b'])).toEqual(['#a', '!b']);
  expect(taken(['a*b', 'aXb'], ['a\\*b'])).toEqual(['a*b']);
});

test('names match however their accents are stored', () => {
  expect(taken(['gru\u0308n', 'grün'], ['grün'])).toEqual(['gru\u0308n', 'grün']);
  expect(taken(['gru\u0308n.md', 'grün.md'], ['gr\u00fcn*'])).toEqual(['gru\u0308n.md', 'grün.md']);
});

test('answers do not depend on what was asked before', () => {
  const filter = pathFilter(['docs/deep'], []);
  const asked = ['docs/deep/x', 'docs/x', 'docs/deep/y/z', 'other/x', 'docs/deep/x', 'docs/deep/y/z'];
  expect(asked.map((path) => filter?.(path, false))).toEqual([
    'include',
    'exclude',
    'include',
    'exclude',
    'include',
    'include',
  ]);
});

test.each([
  ['nothing', ''],
  ['the root', '/'],
  ['too many characters', 'a'.repeat(4097)],
  ['too many alternatives', '{a,b}'.repeat(11)],
])('a pattern that names %s is refused', (_, pattern) => {
  expect(() => pathFilter([pattern], [])).toThrow(invalid);
  expect(() => pathFilter([], [pattern])).toThrow(invalid);
});

test('a pattern may be long, as long as it stays below the limit', () => {
  expect(taken(['a'.repeat(255)], [`${'a'.repeat(254)}?`])).toHaveLength(1);
  expect(pathFilter(['a'.repeat(4096)], [])).toBeTypeOf('function');
});

test('hostile patterns come to an end', () => {
  const name = `${'a'.repeat(200)}b`;
  for (const pattern of ['*a'.repeat(100), '*(*(*(a)))', '+(a|aa)'.repeat(20), `${'**/c/'.repeat(200)}x`]) {
    expect(taken([`${'c/'.repeat(100)}${name}`], [pattern])).toEqual([]);
  }
});
