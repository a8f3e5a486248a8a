import { describe, expect, test } from 'vitest';
import { isSyncEngineError, type SyncEngineError } from '../errors.ts';
import { type IgnoreRulesOptions, type IgnoreVerdict, parseIgnoreRules } from './index.ts';

/** A path is written with a slash at its end when it is a directory. */
function judge(text: string, path: string, options: Partial<IgnoreRulesOptions> = {}): IgnoreVerdict {
  const isDirectory = path.endsWith('/');
  return parseIgnoreRules(text, { origin: 'test', ...options }).verdict(
    isDirectory ? path.slice(0, -1) : path,
    isDirectory,
  );
}

/** Which of the paths the text ignores. */
function ignoredOf(text: string, paths: readonly string[], options?: Partial<IgnoreRulesOptions>): string[] {
  return paths.filter((path) => judge(text, path, options) === 'ignored');
}

describe('lines', () => {
  test('blank lines and comments match nothing', () => {
    expect(parseIgnoreRules('\n\n   \n# a\n#b\n', { origin: 'test' }).isEmpty).toBe(true);
  });

  test('a backslash takes the meaning from a leading # and a leading !', () => {
    expect(ignoredOf('\\#a\n\\!b', ['#a', '!b', 'a', 'b'])).toEqual(['#a', '!b']);
  });

  test('a # or ! that is not in the first place is an ordinary character', () => {
    expect(ignoredOf('a#\n #b\nc!', ['a#', ' #b', 'c!', 'a', 'c'])).toEqual(['a#', ' #b', 'c!']);
  });

  test('spaces at the end do not count unless a backslash quotes them', () => {
    expect(ignoredOf('a   \nb\\ \nc\\   \n d', ['a', 'a ', 'b', 'b ', 'c ', 'c   ', ' d', 'd'])).toEqual([
      'a',
      'b ',
      'c ',
      ' d',
    ]);
  });

  test('a quoted backslash before a space at the end does not quote the space', () => {
    expect(ignoredOf('a\\\\ ', ['a\\', 'a\\ '])).toEqual(['a\\']);
  });

  test('a tab at the end counts', () => {
    expect(ignoredOf('a\t', ['a', 'a\t'])).toEqual(['a\t']);
  });

  test('lines may end in CRLF, also the last one; another carriage return counts', () => {
    expect(ignoredOf('a\r\nb\r\r\nc \r\nd\r', ['a', 'b', 'b\r', 'c', 'd'])).toEqual(['a', 'b\r', 'c', 'd']);
  });

  test('a byte order mark at the start is skipped, anywhere else it counts', () => {
    expect(ignoredOf('\uFEFFa\n\uFEFFb', ['a', 'b', '\uFEFFb'])).toEqual(['a', '\uFEFFb']);
  });
});

describe('negation', () => {
  test('the last pattern that matches decides', () => {
    expect(judge('*.log\n!keep.log', 'keep.log')).toBe('included');
    expect(judge('!keep.log\n*.log', 'keep.log')).toBe('ignored');
    expect(judge('*.log\n!keep.log\nkeep.*', 'keep.log')).toBe('ignored');
    expect(judge('keep.*\n*.log\n!/keep.log', 'keep.log')).toBe('included');
    expect(judge('/keep.log\n!k*', 'keep.log')).toBe('included');
    expect(judge('k*\n!keep.log\n/keep.log\n!*.log\n', 'keep.log')).toBe('included');
  });

  test('a path that no pattern matches is undecided', () => {
    expect(judge('*.log\n!keep', 'a.txt')).toBe('undecided');
  });

  test('only the first ! negates', () => {
    expect(judge('!!a', '!a')).toBe('included');
    expect(judge('!!a', 'a')).toBe('undecided');
  });

  test('for a file the last pattern that may match files decides, for a directory the last of all', () => {
    expect(judge('!build\nbuild/', 'build')).toBe('included');
    expect(judge('!build\nbuild/', 'build/')).toBe('ignored');
  });
});

describe('slashes', () => {
  test('without a slash a pattern matches at any depth', () => {
    expect(ignoredOf('frotz', ['frotz', 'a/frotz', 'a/b/frotz/', 'frotzen', 'frotz/a'])).toEqual([
      'frotz',
      'a/frotz',
      'a/b/frotz/',
    ]);
  });

  test('a slash at the end means directories only', () => {
    expect(ignoredOf('frotz/', ['frotz', 'frotz/', 'a/frotz', 'a/frotz/'])).toEqual(['frotz/', 'a/frotz/']);
  });

  test('a slash at the beginning ties the pattern to its directory', () => {
    expect(ignoredOf('/*.c', ['cat.c', 'mozilla/sha1.c'])).toEqual(['cat.c']);
    expect(ignoredOf('/bar', ['bar', 'foo/bar'])).toEqual(['bar']);
  });

  test('so does a slash in the middle', () => {
    expect(ignoredOf('doc/frotz', ['doc/frotz', 'a/doc/frotz'])).toEqual(['doc/frotz']);
    expect(ignoredOf('doc/frotz/', ['doc/frotz', 'doc/frotz/', 'a/doc/frotz/'])).toEqual(['doc/frotz/']);
  });

  test('and even a slash inside brackets, which matches no slash', () => {
    expect(ignoredOf('x[a/]y', ['xay', 'x/y', 'b/xay'])).toEqual(['xay']);
  });

  test('what is below a directory does not match the pattern of the directory', () => {
    expect(judge('foo/', 'foo/bar')).toBe('undecided');
    expect(judge('/foo', 'foo/bar')).toBe('undecided');
  });

  test('patterns are relative to the directory of their file', () => {
    const options = { directory: 'packages/core' };
    expect(ignoredOf('/dist', ['packages/core/dist', 'dist', 'packages/core/src/dist'], options)).toEqual([
      'packages/core/dist',
    ]);
    expect(ignoredOf('a', ['packages/core/a', 'packages/core/b/a', 'a', 'packages/corea/a'], options)).toEqual([
      'packages/core/a',
      'packages/core/b/a',
    ]);
    expect(ignoredOf('**', ['packages/core', 'packages/core2', 'packages/core/x'], options)).toEqual([
      'packages/core/x',
    ]);
  });

  test('slashes that no path has match nothing', () => {
    expect(ignoredOf('/\n//\n//a\na//b\na///\n!/\n!', ['a', 'a/', 'b', 'a/b'])).toEqual([]);
  });
});

describe('wildcards', () => {
  test('* matches any run of characters but no slash', () => {
    expect(ignoredOf('foo/*', ['foo/test.json', 'foo/bar', 'foo/bar/hello.c', 'foo'])).toEqual([
      'foo/test.json',
      'foo/bar',
    ]);
    expect(ignoredOf('/a*c', ['ac', 'abc', 'abbc', 'a/c', 'abcd'])).toEqual(['ac', 'abc', 'abbc']);
    expect(ignoredOf('*a*b*', ['ab', 'xaxbx', 'ba', 'aabb'])).toEqual(['ab', 'xaxbx', 'aabb']);
    expect(ignoredOf('*', ['a', '.a', 'a/b'])).toEqual(['a', '.a', 'a/b']);
  });

  test('an extension may be the whole name, and is what follows the last dot', () => {
    expect(ignoredOf('*.gz', ['a.gz', '.gz', 'a.tar.gz', 'gz', 'a.gz.b', 'd/a.gz'])).toEqual([
      'a.gz',
      '.gz',
      'a.tar.gz',
      'd/a.gz',
    ]);
    expect(ignoredOf('*.tar.gz', ['a.gz', '.tar.gz', 'a.tar.gz'])).toEqual(['.tar.gz', 'a.tar.gz']);
    expect(ignoredOf('*~', ['a~', '~', '~a'])).toEqual(['a~', '~']);
    expect(ignoredOf('*.', ['a.', 'a'])).toEqual(['a.']);
  });

  test('? matches exactly one character, which is no slash', () => {
    expect(ignoredOf('/a?c', ['abc', 'ac', 'a/c', 'abbc', 'a?c'])).toEqual(['abc', 'a?c']);
  });

  test('a backslash quotes a wildcard', () => {
    expect(ignoredOf('a\\*\nb\\?\nc\\[d]\ne\\\\', ['a*', 'ab', 'b?', 'bb', 'c[d]', 'cd', 'e\\', 'e'])).toEqual([
      'a*',
      'b?',
      'c[d]',
      'e\\',
    ]);
  });

  test('a backslash at the end matches nothing', () => {
    expect(ignoredOf('a\\\n/b\\\nc\\/', ['a', 'a\\', 'b', 'b\\', 'c/', 'c\\/'])).toEqual([]);
  });
});

describe('brackets', () => {
  const characters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((each) => each !== '/');
  const matchedBy = (set: string): string =>
    ignoredOf(
      `x${set}`,
      characters.map((each) => `x${each}`),
    )
      .map((name) => name.slice(1))
      .join('');

  test.each([
    ['[abc]', 'abc'],
    ['[a-c]', 'abc'],
    ['[a-cx-z0]', '0abcxyz'],
    ['[]a]', ']a'],
    ['[]-a]', ']^_`a'],
    ['[-a]', '-a'],
    ['[a-]', '-a'],
    ['[a-c-z]', '-abcz'],
    ['[--0]', '-.0'],
    ['[\\]a]', ']a'],
    ['[\\a-c]', 'abc'],
    ['[a-\\c]', 'abc'],
    ['[a\\-c]', '-ac'],
    ['[*?]', '*?'],
    ['[[a]', '[a'],
    ['[c-a]', 'c'],
    ['[[:digit:]]', '0123456789'],
    ['[[:digit:]-b]', '-0123456789b'],
    ['[[:alpha:]_]', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'],
    ['[[:xdigit:]]', '0123456789ABCDEFabcdef'],
    ['[[:blank:]]', '\t '],
    ['[[:space:]]', '\t\n\r '],
    ['[:alpha:]', ':ahlp'],
    ['[[:alpha]', ':[ahlp'],
    ['[[:]', ':['],
  ])('%s', (set, expected) => {
    expect(matchedBy(set)).toBe([...expected].sort().join(''));
  });

  test.each(['!', '^'])('%s in the first place negates', (sign) => {
    expect(matchedBy(`[${sign}a-z]`)).toBe(characters.filter((each) => !/[a-z]/.test(each)).join(''));
    expect(matchedBy(`[${sign}]]`)).toBe(characters.filter((each) => each !== ']').join(''));
    expect(matchedBy(`[a${sign}]`)).toBe([...`a${sign}`].sort().join(''));
  });

  test.each([
    ['alnum', /[0-9A-Za-z]/],
    ['alpha', /[A-Za-z]/],
    ['cntrl', /\p{Cc}/u],
    ['graph', /[!-~]/],
    ['lower', /[a-z]/],
    ['print', /[ -~]/],
    ['punct', /[!-/:-@[-`{-~]/],
    ['upper', /[A-Z]/],
  ])('[[:%s:]]', (name, expression) => {
    expect(matchedBy(`[[:${name}:]]`)).toBe(characters.filter((each) => expression.test(each)).join(''));
  });

  test('a negated set matches no slash', () => {
    expect(ignoredOf('/a[!x]b', ['a/b', 'ayb'])).toEqual(['ayb']);
  });

  test.each([
    '[',
    'a[',
    '[a',
    '[]',
    '[!]',
    '[^',
    '[a-',
    '[\\',
    '[a\\',
    '[[:alpha:]',
    '[[:',
    '[[:word:]]',
    '[[:ALPHA:]]',
    '[[::]]',
  ])('the malformed %s matches nothing, and spoils no other pattern', (pattern) => {
    expect(ignoredOf(`${pattern}\n/x${pattern}\nb`, [pattern, `x${pattern}`, 'a', 'b', '['])).toEqual(['b']);
  });
});

describe('**', () => {
  test('**/ at the beginning means in all directories', () => {
    expect(ignoredOf('**/foo', ['foo', 'a/foo', 'a/b/foo', 'afoo', 'foo/a'])).toEqual(['foo', 'a/foo', 'a/b/foo']);
    expect(ignoredOf('**/foo/bar', ['foo/bar', 'a/foo/bar', 'foo/a/bar'])).toEqual(['foo/bar', 'a/foo/bar']);
  });

  test('/** at the end means everything inside', () => {
    expect(ignoredOf('abc/**', ['abc/', 'abc/d', 'abc/d/e', 'x/abc/d'])).toEqual(['abc/d', 'abc/d/e']);
  });

  test('/**/ means zero or more directories', () => {
    expect(ignoredOf('a/**/b', ['a/b', 'a/x/b', 'a/x/y/b', 'ab', 'a/xb', 'c/a/b'])).toEqual([
      'a/b',
      'a/x/b',
      'a/x/y/b',
    ]);
    expect(ignoredOf('a/**/b/**/c', ['a/b/c', 'a/x/b/y/c', 'a/c', 'a/b/b/c', 'a/b/c/d'])).toEqual([
      'a/b/c',
      'a/x/b/y/c',
      'a/b/b/c',
    ]);
  });

  test('it alone matches everything', () => {
    expect(ignoredOf('**', ['a', 'a/b'])).toEqual(['a', 'a/b']);
    expect(ignoredOf('/**', ['a', 'a/b'])).toEqual(['a', 'a/b']);
    expect(ignoredOf('**/', ['a', 'a/', 'a/b/'])).toEqual(['a/', 'a/b/']);
    expect(ignoredOf('**/**', ['a', 'a/b'])).toEqual(['a', 'a/b']);
  });

  test('next to anything but slashes it is a plain *', () => {
    expect(ignoredOf('/x/?**c', ['x/abc', 'x/a/c', 'x/ac'])).toEqual(['x/abc', 'x/ac']);
    expect(ignoredOf('**a/b', ['xa/b', 'x/xa/b'])).toEqual(['xa/b']);
  });

  test('as in git, a literal beginning is compared first: a**/x is a, and then **/x', () => {
    expect(ignoredOf('a**/x', ['ax', 'ab/x', 'ab/c/x', 'a/x', 'bax'])).toEqual(['ax', 'ab/x', 'ab/c/x', 'a/x']);
  });
});

describe('case and Unicode', () => {
  test('case counts by default', () => {
    expect(ignoredOf('Foo\n*.TXT\n/A/b', ['Foo', 'foo', 'a.TXT', 'a.txt', 'A/b', 'a/B'])).toEqual([
      'Foo',
      'a.TXT',
      'A/b',
    ]);
  });

  test('ignoreCase covers names, extensions, paths, wildcards, sets and the directory', () => {
    const options = { ignoreCase: true, directory: 'Dir' };
    const paths = ['dir/foo', 'DIR/FOO', 'dir/A.txt', 'dir/a/B', 'dir/hello', 'dir/Q1', 'dir/É', 'dir/other'];
    expect(ignoredOf('Foo\n*.TXT\n/A/b\nHEL*\n[q]?\né', paths, options)).toEqual(paths.slice(0, -1));
    expect(ignoredOf('x[A-C]\ny[[:upper:]]\nz[!a]', ['dir/xb', 'dir/Yy', 'dir/zA', 'dir/zB'], options)).toEqual([
      'dir/xb',
      'dir/Yy',
      'dir/zB',
    ]);
  });

  test('a set that may end in nothing is asked of no character', () => {
    expect(judge('/a[b]', 'a', { ignoreCase: true })).toBe('undecided');
    expect(judge('/a[!b]', 'a', { ignoreCase: true })).toBe('undecided');
  });

  test('? and sets take one character, however many bytes or UTF-16 units it has', () => {
    expect(ignoredOf('a?', ['aé', 'a€', 'a😀', 'a😀😀'])).toEqual(['aé', 'a€', 'a😀']);
    expect(ignoredOf('[é😀]', ['é', '😀', '😁'])).toEqual(['é', '😀']);
    expect(ignoredOf('*[!😀]', ['😀', 'x😀', '😁'])).toEqual(['😁']);
    expect(ignoredOf('*?😀', ['😀', 'x😀', '😁😀'])).toEqual(['x😀', '😁😀']);
  });

  test('composed and decomposed names are the same', () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    for (const pattern of [composed, decomposed]) {
      expect(
        ignoredOf(`${pattern}\n/d/${pattern}*`, [composed, decomposed, `d/${composed}1`, `d/${decomposed}1`]),
      ).toHaveLength(4);
    }
  });
});

describe('hostile patterns, which would never end if matching were exponential', () => {
  const deep = Array.from({ length: 300 }, () => 'a').join('/');
  const long = 'a'.repeat(3000);
  test.each([
    ['nine times **/a/', `${'**/a/'.repeat(9)}b`],
    ['hundreds of **/a/', `${'**/a/'.repeat(800)}b`],
    ['hundreds of **/*a*/', `${'**/*a*/'.repeat(500)}b`],
    ['many stars', '*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b'],
    ['many stars before a set', `${'*a'.repeat(2000)}*[!a]`],
    ['many stars and ?', `${'*?'.repeat(1500)}b*`],
    ['stars only', `/${'*'.repeat(4000)}/b`],
    ['double stars only', `${'**/'.repeat(1300)}b/c`],
    ['opening brackets', '['.repeat(4096)],
    ['opening classes', `${'[[:'.repeat(1300)}]`],
    ['spaces', `${' '.repeat(4000)}x`],
    ['backslashes', '\\'.repeat(4095)],
  ])('%s', (_name, pattern) => {
    expect(ignoredOf(`${pattern}\n!x`, [deep, `${deep}/b/a`, long, `${long}/a`])).toEqual([]);
  });
});

describe('refusals', () => {
  function refusalOf(text: string): SyncEngineError {
    try {
      parseIgnoreRules(text, { origin: 'docs/.syncignore' });
    } catch (error) {
      if (isSyncEngineError(error, 'invalid-ignore-file')) return error;
      throw error;
    }
    throw new Error('The text was accepted.');
  }

  test('a NUL character', () => {
    const refusal = refusalOf('a\nb\0c\n');
    expect(refusal.message).toContain('docs/.syncignore, line 2');
    expect(refusal.message).toContain('NUL');
    expect(refusal.message).toContain('UTF-8');
    expect(refusal.details).toEqual({ origin: 'docs/.syncignore', line: 2 });
  });

  test('a pattern of more than 4,096 characters; comments may be longer', () => {
    expect(refusalOf(`a\n\n${'b'.repeat(4097)}`).details).toEqual({ origin: 'docs/.syncignore', line: 3 });
    expect(judge(`#${'b'.repeat(5000)}\n${'c'.repeat(4096)}\na`, 'a')).toBe('ignored');
  });

  test('more than 100,000 lines', () => {
    expect(refusalOf('a\n'.repeat(100_001)).message).toContain('100000 lines');
    expect(judge('a\n'.repeat(100_000), 'a')).toBe('ignored');
  });

  test('more than 1 Mi characters', () => {
    const line = `#${'x'.repeat(1023)}`;
    expect(refusalOf(`${line}\n`.repeat(1024)).details).toEqual({ origin: 'docs/.syncignore' });
  });
});

describe('fingerprint', () => {
  const fingerprintOf = (text: string, options: Partial<IgnoreRulesOptions> = {}): string =>
    parseIgnoreRules(text, { origin: 'test', ...options }).fingerprint;

  test('is equal for equal patterns, wherever they come from and whatever is said about them', () => {
    expect(fingerprintOf('a\nb\n')).toBe(fingerprintOf('# why\r\na  \r\n\r\nb', { origin: 'elsewhere' }));
    expect(fingerprintOf('# nothing')).toBe(fingerprintOf(''));
  });

  test('differs with the patterns, their order, their directory and the case', () => {
    const all = [
      ...[fingerprintOf('a\nb'), fingerprintOf('b\na'), fingerprintOf('a'), fingerprintOf('!a'), fingerprintOf('a/')],
      ...[fingerprintOf('a', { directory: 'd' }), fingerprintOf('a', { ignoreCase: true }), fingerprintOf('')],
    ];
    expect(new Set(all).size).toBe(all.length);
  });
});
