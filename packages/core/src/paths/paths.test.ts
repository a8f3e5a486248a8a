import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SyncEngineError } from '../errors.ts';
import {
  ancestorsOf,
  byteLength,
  childOf,
  compareUtf8,
  isReserved,
  isWithin,
  joinKey,
  nameOf,
  nameProblem,
  orderKey,
  parentOf,
  requireValidPath,
  unsupportedName,
} from './index.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed());

describe('canonical order', () => {
  test('is the byte order of the UTF-8 forms', () => {
    fc.assert(
      fc.property(text, text, (left, right) => {
        const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
        expect(Math.sign(compareUtf8(left, right))).toBe(bytes);
      }),
      { numRuns: 2_000 },
    );
  });

  test('puts characters beyond U+FFFF after U+E000 to U+FFFF, unlike UTF-16', () => {
    expect(compareUtf8('\u{1F600}', '\uFFFD')).toBeGreaterThan(0);
    expect('\u{1F600}' < '\uFFFD').toBe(true);
  });

  test('puts a directory right before what lies below it', () => {
    const paths = [
      ['a', false],
      ['a.txt', false],
      ['a', true],
      ['a/b', false],
      ['a/b', true],
      ['a/b/c', false],
      ['a0', false],
    ] as const;
    const keys = paths.map(([path, isDirectory]) => orderKey(path, isDirectory));
    expect([...keys].sort(compareUtf8)).toEqual(['a', 'a.txt', 'a/', 'a/b', 'a/b/', 'a/b/c', 'a0']);
  });
});

describe('join keys', () => {
  test('two Unicode forms of one name have one key', () => {
    expect(joinKey('Zo\u00eb', 'exact')).toBe(joinKey('Zoe\u0308', 'exact'));
  });

  test('case counts only where both sides tell it apart', () => {
    expect(joinKey('README', 'exact')).not.toBe(joinKey('readme', 'exact'));
    expect(joinKey('README', 'ignore-case')).toBe(joinKey('readme', 'ignore-case'));
    expect(joinKey('ΟΔΟΣ', 'ignore-case')).toBe(joinKey('οδος', 'ignore-case'));
  });

  test('a key is its own key', () => {
    for (const folding of ['exact', 'ignore-case'] as const) {
      fc.assert(
        fc.property(text, (value) => {
          const key = joinKey(value, folding);
          expect(joinKey(key, folding)).toBe(key);
        }),
      );
    }
  });

  test('no name becomes another path by its key', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(joinKey(value, 'ignore-case').split('/').length).toBe(value.split('/').length);
      }),
    );
  });
});

describe('names from a store are hostile', () => {
  test.for(['', '.', '..', 'a/b', '/etc/passwd', 'nul\0', '\ud800'])('%j is refused', (name) => {
    expect(nameProblem(name)).toBeDefined();
  });

  test.for(['...', ' ', '-rf', 'a\nb', 'C:', '\\\\host', '__proto__', '\u202e'])(
    '%j is a name like any other',
    (name) => {
      expect(nameProblem(name)).toBeUndefined();
    },
  );

  test.for(['..', '../a', 'a/../b', '/a', 'a/', 'a//b', './a'])('%j is no path inside a root', (path) => {
    expect(() => requireValidPath(path)).toThrow(SyncEngineError);
  });

  test('a side says which names it cannot hold', () => {
    const rules = { forbidden: /[<>:]/, reserved: /^(?:con|nul)$/i, maximumBytes: 10, maximumPathBytes: 20 };
    expect(unsupportedName('a:b', 'a:b', rules)).toBeDefined();
    expect(unsupportedName('CON', 'CON', rules)).toBeDefined();
    expect(unsupportedName('ääääää', 'ääääää', rules)).toBeDefined();
    expect(unsupportedName('fine', `${'d/'.repeat(10)}fine`, rules)).toBeDefined();
    expect(unsupportedName('fine', 'd/fine', rules)).toBeUndefined();
  });

  test('length is counted in bytes of UTF-8', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(byteLength(value)).toBe(Buffer.byteLength(value));
      }),
    );
  });
});

test('paths come apart and together again', () => {
  const segment = fc.stringMatching(/^[a-z]{1,3}$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const path = segments.join('/');
      expect(childOf(parentOf(path), nameOf(path))).toBe(path);
      expect(isWithin(path, parentOf(path))).toBe(true);
      expect(ancestorsOf(path)).toEqual(segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/')));
    }),
  );
  expect(isWithin('ab', 'a')).toBe(false);
});

test('the reserved folder is reserved at any depth, and only by its whole name', () => {
  expect(['.syncengine', 'a/.syncengine', '.syncengine/trash/x'].every(isReserved)).toBe(true);
  expect(['.syncengine2', 'a.syncengine', 'syncengine'].some(isReserved)).toBe(false);
});
