import { describe, expect, test } from 'vitest';
import { parseQuery } from './q-parser.ts';

const a = { kind: 'compare', term: 'name', operator: '=', value: 'a' };
const b = { kind: 'compare', term: 'name', operator: '=', value: 'b' };
const c = { kind: 'compare', term: 'name', operator: '=', value: 'c' };

describe('"Search query terms and operators"', () => {
  test('and, or are taken from left to right, parentheses first', () => {
    expect(parseQuery("name='a' or name='b' and name='c'")).toEqual({
      kind: 'and',
      left: { kind: 'or', left: a, right: b },
      right: c,
    });
    expect(parseQuery("name='a' or (name='b' and name='c')")).toEqual({
      kind: 'or',
      left: a,
      right: { kind: 'and', left: b, right: c },
    });
    expect(parseQuery("not name = 'a' and name='b'")).toEqual({
      kind: 'and',
      left: { kind: 'not', operand: a },
      right: b,
    });
  });

  test('quotes and backslashes are escaped with a backslash', () => {
    expect(parseQuery(String.raw`name = 'it\'s a \\ b'`)).toMatchObject({ value: String.raw`it's a \ b` });
  });

  test('in and has', () => {
    expect(parseQuery("'id' in parents")).toEqual({ kind: 'in', value: 'id', collection: 'parents' });
    expect(parseQuery("appProperties has { key='k' and value='v' }")).toEqual({
      kind: 'has',
      collection: 'appProperties',
      key: 'k',
      value: 'v',
    });
  });

  test('times are RFC 3339, booleans have no quotes', () => {
    expect(parseQuery("modifiedTime > '2012-06-04T12:00:00'")).toMatchObject({ operator: '>' });
    expect(parseQuery('trashed=false')).toMatchObject({ term: 'trashed', value: false });
    expect(parseQuery('sharedWithMe')).toMatchObject({ term: 'sharedWithMe', value: true });
  });

  const nonsense = [
    'name',
    'name =',
    "name < 'a'",
    "name = 'a",
    "name = 'it's'",
    String.raw`name = 'a\b'`,
    'name = "a"',
    "title = 'a'",
    "trashed = 'false'",
    "'a' in children",
    "modifiedTime > 'yesterday'",
    "(name = 'a'",
    "name = 'a')",
    "name = 'a' name = 'b'",
    "appProperties has { key='k' }",
    "parents = 'a'",
    'and',
  ];
  for (const q of nonsense) {
    test(`refuses ${q}`, () => {
      expect(() => parseQuery(q)).toThrow(expect.objectContaining({ status: 400, reason: 'invalid' }));
    });
  }
});
