import { describe, test } from 'vitest';
import { unknowable } from '../support/faults.ts';
import { row } from '../support/row.ts';
import { scenario } from '../support/scenario.ts';

describe('row 15: directory deleted | something created or modified inside', () => {
  const base = { 'd/a': 'a', 'd/b': 'b', 'd/l': '-> a', 'd/e/c': 'c', 'd/e/f/g': 'g' };
  const changes = { 'd/a': 'edited', 'd/new': 'new', 'd/e/f/h': 'h' };
  const alive = changes;
  row(
    'row 15',
    { base, source: { d: undefined }, destination: changes },
    {
      'two-way': {
        says: 'unchanged children go, the directory stays with the new and the edited child',
        both: alive,
        trash: { destination: { 'd/b': 'b', 'd/l': '-> a', 'd/e/c': 'c', 'd/e/f/g': 'g' } },
        known: ['d', 'd/a', 'd/e', 'd/e/f', 'd/e/f/h', 'd/new'],
      },
      'source-to-destination': { says: 'deleted with all', both: {}, trash: { destination: { ...base, ...changes } } },
      'source-backup': { says: 'the backup keeps all', source: {}, destination: { ...base, ...changes }, known: [] },
      'destination-to-source': { says: 'the leader has it: restored', both: { ...base, ...changes } },
      'destination-backup': { says: 'the leader has it: restored', both: { ...base, ...changes } },
    },
  );

  test('row 15, two-way: a directory that stays for what was renamed into it keeps its permissions', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a', b: 'b' },
      source: (side) => {
        side.touch('d', { permissions: 0o700 });
        side.rename('b', 'd/b');
      },
      destination: { d: undefined },
      expect: { both: { 'd/b': 'b' }, known: ['d', 'd/b'] },
    });
  });

  test('row 15, two-way: a directory whose only change is an empty new folder stays', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'd/a': 'a' },
      source: { d: undefined },
      destination: { 'd/n/': '' },
      expect: { both: { 'd/n/': '' } },
    });
  });
});

describe('row 16: directory deleted | an ignored child inside', () => {
  const base = { 'd/a': 'a', 'd/e/b': 'b' };
  const options = { ignore: { patterns: ['*.tmp'] } };
  const destination = { 'd/e/x.tmp': 'x' };
  const exempt = (path: string): boolean => path.startsWith('d/');
  const left = { 'd/e/x.tmp': 'x' };
  row(
    'row 16, ignored',
    { base, options, source: { d: undefined }, destination, exempt },
    {
      'two-way': {
        says: 'known children go, the directory stays on that side and is reported',
        source: {},
        destination: left,
        trash: { destination: base },
        counts: { skipped: 1 },
      },
      'source-to-destination': {
        says: 'known children go, the directory stays',
        source: {},
        destination: left,
        trash: { destination: base },
      },
      'source-backup': { says: 'the backup keeps all', source: {}, destination: { ...base, ...left }, known: [] },
      'destination-to-source': {
        says: 'restored, without what is ignored',
        source: base,
        destination: { ...base, ...left },
      },
      'destination-backup': {
        says: 'restored, without what is ignored',
        source: base,
        destination: { ...base, ...left },
      },
    },
  );
});

describe('row 16: directory deleted | a child inside that cannot be seen', () => {
  const base = { 'd/a': 'a', 'd/e/b': 'b' };
  const wraps = { destination: unknowable('d/e/x') };
  const destination = { 'd/e/x': 'x' };
  const problem = { status: 'problems', problems: ['destination d/e/x unreadable'] } as const;
  const left = { 'd/e/x': 'x' };
  row(
    'row 16, unknown',
    { base, wraps, source: { d: undefined }, destination },
    {
      'two-way': {
        says: 'known children go, the directory stays on that side and is reported',
        ...problem,
        source: {},
        destination: left,
        trash: { destination: base },
      },
      'source-to-destination': {
        says: 'known children go, the directory stays',
        ...problem,
        source: {},
        destination: left,
        trash: { destination: base },
      },
      'source-backup': { says: 'the backup keeps all', ...problem, source: {}, destination: { ...base, ...left } },
      'destination-to-source': {
        says: 'restored, without what cannot be seen',
        ...problem,
        source: base,
        destination: { ...base, ...left },
      },
      'destination-backup': {
        says: 'restored, without what cannot be seen',
        ...problem,
        source: base,
        destination: { ...base, ...left },
      },
    },
  );
});

describe('a directory becomes a file while something inside must not be touched', () => {
  const base = { 'd/a': 'a' };
  const options = { ignore: { patterns: ['*.tmp'] } };
  for (const mode of ['two-way', 'source-to-destination', 'source-backup']) {
    test(`${mode}: all of it stays, and the path is a problem`, async () => {
      await scenario({
        mode,
        base,
        options,
        source: { d: 'file' },
        destination: { 'd/x.tmp': 'x' },
        expect: {
          status: 'problems',
          problems: ['destination d not-empty'],
          source: { d: 'file' },
          destination: { 'd/a': 'a', 'd/x.tmp': 'x' },
        },
      });
    });
  }
});

describe('row 16: directory deleted | an ignored child inside that differs from a known one in case only', () => {
  const clients = { source: { caseSensitive: false } };
  const options = { ignore: { patterns: ['b'] } };
  const exempt = (path: string): boolean => path.startsWith('d/');

  test('two-way: the known child goes, the directory stays on that side and is reported', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      options,
      base: { 'd/B': 'B' },
      source: { d: undefined },
      destination: { 'd/b': 'ignored' },
      exempt,
      expect: {
        source: {},
        destination: { 'd/b': 'ignored' },
        trash: { destination: { 'd/B': 'B' } },
        operations: ['delete destination d/B'],
      },
    });
  });

  test('two-way: a directory that cannot give way to a file keeps all that it holds', async () => {
    await scenario({
      mode: 'two-way',
      clients,
      options,
      base: { 'd/B': 'B' },
      source: (side) => {
        side.delete('d');
        side.put('d', 'file');
      },
      destination: { 'd/b': 'ignored' },
      exempt: (path) => exempt(path) || path === 'd',
      expect: {
        source: { d: 'file' },
        destination: { 'd/B': 'B', 'd/b': 'ignored' },
        problems: ['destination d not-empty'],
        status: 'problems',
        operations: [],
      },
    });
  });
});
