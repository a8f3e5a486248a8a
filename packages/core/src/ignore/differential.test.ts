import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childOf } from '../paths/index.ts';
import { IgnoreFileManager, type IgnoreOptions } from './index.ts';

// Random trees with random nested ignore files, judged by our rules and by the real git.
// IGNORE_SEED repeats a failed run, IGNORE_CASES makes it longer.
const seed = Number(process.env['IGNORE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const cases = Number(process.env['IGNORE_CASES'] ?? 300);

/** A directory is a map of its children, a file is its content. */
interface Directory {
  readonly [name: string]: Directory | string;
}

interface Entry {
  readonly path: string;
  readonly isDirectory: boolean;
}

const ignoreFile = '.gitignore';
let temporary = '';

beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'syncengine-ignore-'));
  git(temporary, ['init', '--quiet', '--bare', 'repository.git']);
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** Runs git without the settings of the machine and of its user. */
function git(directory: string, parameters: readonly string[], input = ''): string {
  const result = spawnSync('git', parameters, {
    cwd: directory,
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' },
  });
  if (result.error !== undefined) {
    throw new Error('These tests compare with the real git, so the command `git` has to be installed.', {
      cause: result.error,
    });
  }
  // `check-ignore` ends with 1 when it found nothing to ignore.
  if (result.status !== 0 && result.status !== 1) throw new Error(`git ${parameters[0]} failed: ${result.stderr}`);
  return result.stdout;
}

/** What git says of each entry of the tree. */
function judgeByGit(tree: Directory, options: IgnoreOptions): Map<string, string> {
  const workTree = mkdtempSync(join(temporary, 'tree-'));
  const excludesFile = `${workTree}.excludes`;
  writeFileSync(excludesFile, (options.patterns ?? []).join('\n'));
  // To git, whatever is not there is a file: only directories and ignore files have to be written.
  const write = (directory: string, content: Directory): void => {
    for (const [name, child] of Object.entries(content)) {
      const path = join(directory, name);
      if (name === ignoreFile && typeof child === 'string') writeFileSync(path, child);
      if (typeof child === 'string') continue;
      mkdirSync(path);
      write(path, child);
    }
  };
  write(workTree, tree);
  const settings = [`core.excludesFile=${excludesFile}`, `core.ignoreCase=${options.ignoreCase === true}`];
  const output = git(
    workTree,
    [
      ...[`--git-dir=${join(temporary, 'repository.git')}`, `--work-tree=${workTree}`],
      ...settings.flatMap((setting) => ['-c', setting]),
      ...['check-ignore', '--no-index', '--stdin', '-z', '--verbose', '--non-matching'],
    ],
    entriesOf(tree)
      .map(({ path }) => `${path}\0`)
      .join(''),
  );
  rmSync(workTree, { recursive: true });

  const fields = output.split('\0');
  const verdicts = new Map<string, string>();
  for (let index = 0; index + 3 < fields.length; index += 4) {
    const [source = '', , pattern = '', path = ''] = fields.slice(index, index + 4);
    verdicts.set(path, source === '' ? 'undecided' : pattern.startsWith('!') ? 'included' : 'ignored');
  }
  return verdicts;
}

/** What our rules say: as a scan would ask them, but with what lies below an excluded directory written out. */
function judgeByOurRules(tree: Directory, options: IgnoreOptions): Map<string, string> {
  const manager = new IgnoreFileManager({ ...options, fileName: ignoreFile });
  const verdicts = new Map<string, string>();
  const walk = (directory: string, content: Directory, parent = manager.root()): void => {
    const text = content[ignoreFile];
    const origin = childOf(directory, ignoreFile);
    const chain = manager.enter(parent, directory, typeof text === 'string' ? text : undefined, origin);
    for (const [name, child] of Object.entries(content)) {
      const path = childOf(directory, name);
      const isDirectory = typeof child !== 'string';
      verdicts.set(path, chain.verdict(path, isDirectory));
      if (!isDirectory) continue;
      if (manager.excludes(chain, path, true)) {
        for (const below of entriesOf(child, path)) verdicts.set(below.path, 'ignored');
      } else {
        walk(path, child, chain);
      }
    }
  };
  walk('', tree);
  return verdicts;
}

function entriesOf(tree: Directory, directory = ''): Entry[] {
  return Object.entries(tree).flatMap(([name, child]): Entry[] => {
    const path = childOf(directory, name);
    if (typeof child === 'string') return [{ path, isDirectory: false }];
    return [{ path, isDirectory: true }, ...entriesOf(child, path)];
  });
}

interface Comparison {
  readonly compared: number;
  readonly ignored: number;
  readonly mismatches: readonly string[];
}

function compare(tree: Directory, options: IgnoreOptions): Comparison {
  const theirs = judgeByGit(tree, options);
  const ours = judgeByOurRules(tree, options);
  const mismatches = [...ours].flatMap(([path, verdict]) => {
    const expected = theirs.get(path);
    if (verdict === expected) return [];
    const rules = rulesAbove(tree, path).map((text) => JSON.stringify(text));
    return [`${JSON.stringify(path)}: git says ${expected}, we say ${verdict}; rules: ${rules.join(' then ')}`];
  });
  return {
    compared: ours.size,
    ignored: [...ours.values()].filter((verdict) => verdict === 'ignored').length,
    mismatches: mismatches.length === 0 ? [] : [`seed ${seed}`, `options ${JSON.stringify(options)}`, ...mismatches],
  };
}

/** The ignore files that speak of a path, for the report of a mismatch. */
function rulesAbove(tree: Directory, path: string): string[] {
  const [name = '', ...rest] = path.split('/');
  const own = tree[ignoreFile];
  const child = tree[name];
  const below = rest.length > 0 && typeof child === 'object' ? rulesAbove(child, rest.join('/')) : [];
  return typeof own === 'string' ? [own, ...below] : below;
}

// No two names may be equal without regard to case: file systems that ignore it could not hold both.
const plainNames = ['a', 'b', 'c', 'ab', 'abc', 'bca', 'a.b', 'b.c', '.a', 'a.b.c', 'aab', 'foo', 'x1'];
const hardNames = [
  '-',
  '_',
  ']',
  '[',
  '!',
  '!a',
  '#a',
  '\\',
  '*',
  '?',
  'a b',
  ' ',
  'a ',
  '^',
  'Q',
  'Zz',
  'a\\',
  'a\t',
  '9',
  '~',
];

function treeOf(names: fc.Arbitrary<string>, pattern: fc.Arbitrary<string>): fc.Arbitrary<Directory> {
  const text = fc
    .tuple(
      fc.array(fc.tuple(pattern, fc.constantFrom('\n', '\n', '\n', '\r\n')), { minLength: 1, maxLength: 5 }),
      fc.constantFrom('', '', '', '\uFEFF'),
      fc.constantFrom('', '\r', '\n'),
    )
    .map(
      ([lines, mark, end]) =>
        mark +
        lines
          .map(([line, ending]) => line + ending)
          .join('')
          .replace(/\n$/, end),
    );
  const directory = (depth: number): fc.Arbitrary<Directory> => {
    const file = fc.constant('');
    const child =
      depth === 0 ? file : fc.oneof({ weight: 2, arbitrary: file }, { weight: 3, arbitrary: directory(depth - 1) });
    return fc
      .tuple(
        fc.dictionary(names, child, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
        fc.option(text, { freq: depth === 3 ? 100 : 3 }),
      )
      .map(([children, rules]) => (rules === null ? children : { ...children, [ignoreFile]: rules }));
  };
  return directory(3);
}

/** Patterns made of pieces, among them whole names, so that many of them match something. */
function patternOf(names: fc.Arbitrary<string>, pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(fc.constantFrom(...pieces), names);
  const segment = fc.oneof(
    names,
    fc.constant('**'),
    fc.constant('*'),
    fc.array(piece, { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
  );
  return fc
    .tuple(
      fc.constantFrom('', '', '', '!', '/', '**/', '!/', '!**/'),
      fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/')),
      fc.constantFrom('', '', '', '/', '/**', '/*', ' ', '\\ ', '  '),
    )
    .map((parts) => parts.join(''));
}

const plainPieces = ['*', '*', '**', '?', '.', '[ab]', '[!a]', '[a-c]', 'a', 'b', 'c', '/'];
const hardPieces = [
  ...plainPieces,
  ...[
    '[',
    ']',
    '[]',
    '[^',
    '[!',
    '-',
    '\\',
    '!',
    '#',
    ' ',
    '\t',
    '\r',
    '***',
    '**/',
    '/**',
    '//',
    '\\/',
    '\\*',
    '\\?',
    '\\[',
  ],
  ...[
    '[[:alpha:]]',
    '[[:digit:]_]',
    '[![:punct:]]',
    '[[:upper:]]',
    '[[:space:]]',
    '[[:nothing:]]',
    '[[:alpha:',
    '[:alpha:]',
  ],
  ...[
    '[]-a]',
    '[a-]',
    '[--9]',
    '[\\]]',
    '[\\\\]',
    '[c-a]',
    '[a-c-z]',
    '[!-~]',
    '[a/b]',
    '[^/]',
    '[[-]]',
    '[[:]',
    '[a-\\c]',
    '[\\a-c]',
    '[[:digit:]-z]',
    '[a-[:alpha:]]',
  ],
];

describe('random ignore files, compared with git check-ignore', { timeout: 60_000 }, () => {
  const kinds = [
    { kind: 'plain', names: fc.constantFrom(...plainNames), pieces: plainPieces },
    { kind: 'hard', names: fc.constantFrom(...plainNames, ...hardNames), pieces: hardPieces },
  ];

  test.each(kinds)('$kind patterns in nested ignore files', ({ names, pieces }) => {
    // One call of git judges all cases, each a folder of its own.
    const trees = fc.sample(treeOf(names, patternOf(names, pieces)), { seed, numRuns: cases });
    const result = compare(Object.fromEntries(trees.map((tree, index) => [`case ${index}`, tree])), {});
    expect(result.mismatches).toEqual([]);
    expect(result.compared).toBeGreaterThan(10 * cases);
    expect(result.ignored).toBeGreaterThan(cases);
  });

  test.each(kinds)('$kind patterns in the options, below those of the ignore files', ({ names, pieces }) => {
    const pattern = patternOf(names, pieces);
    const samples = fc.sample(fc.tuple(treeOf(names, pattern), fc.array(pattern, { minLength: 1, maxLength: 5 })), {
      seed,
      numRuns: Math.ceil(cases / 10),
    });
    const results = samples.map(([tree, patterns]) => compare(tree, { patterns }));
    expect(results.flatMap(({ mismatches }) => mismatches)).toEqual([]);
  });

  test('patterns without regard to case', () => {
    const names = fc.constantFrom('a', 'B', 'aB', 'Abc', 'c.D', 'DD', 'ee.f', '_');
    // Of letters inside brackets git forgets the case, unless they are a range.
    const pieces = ['*', '**', '?', 'A', 'b', 'C', '.d', '[A-C]', '[!b-c]', '[[:upper:]]', '[^[:lower:]]', '[_]', '/'];
    const trees = fc.sample(treeOf(names, patternOf(names, pieces)), { seed, numRuns: cases });
    const tree = Object.fromEntries(trees.map((each, index) => [`case ${index}`, each]));
    expect(compare(tree, { ignoreCase: true }).mismatches).toEqual([]);
  });

  test('every named class with every ASCII character', () => {
    const classes = 'alnum alpha blank cntrl digit graph lower print punct space upper xdigit word'.split(' ');
    const characters = Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1)).filter(
      (each) => each !== '/',
    );
    const files = Object.fromEntries(characters.map((character) => [`x${character}`, '']));
    const tree = Object.fromEntries(
      classes.flatMap((name) => [
        [name, { ...files, [ignoreFile]: `x[[:${name}:]]` }],
        [`not ${name}`, { ...files, [ignoreFile]: `x[^[:${name}:]]` }],
      ]),
    );
    expect(compare(tree, {}).mismatches).toEqual([]);
  });
});

describe('where we differ from git, on purpose', () => {
  /** The verdicts on one file of one ignore file, git's first. */
  function verdicts(pattern: string, name: string, options: IgnoreOptions = {}): (string | undefined)[] {
    const tree = { [ignoreFile]: pattern, [name]: '' };
    return [judgeByGit(tree, options).get(name), judgeByOurRules(tree, options).get(name)];
  }

  test('? and sets take one character; git takes one byte of its UTF-8 form', () => {
    expect(verdicts('a?', 'aé')).toEqual(['undecided', 'ignored']);
    expect(verdicts('a??', 'aé')).toEqual(['ignored', 'undecided']);
    expect(verdicts('a[é]', 'aé')).toEqual(['undecided', 'ignored']);
    expect(verdicts('a[!b]', 'aé')).toEqual(['undecided', 'ignored']);
  });

  test('a composed pattern matches a decomposed name', () => {
    expect(verdicts('caf\u00e9', 'cafe\u0301')).toEqual(['undecided', 'ignored']);
  });

  test('ignoring case covers sets and all letters', () => {
    expect(verdicts('[A]', 'a', { ignoreCase: true })).toEqual(['undecided', 'ignored']);
    expect(verdicts('É', 'é', { ignoreCase: true })).toEqual(['undecided', 'ignored']);
  });
});
