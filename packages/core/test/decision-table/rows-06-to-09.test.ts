import { describe, test } from 'vitest';
import type { MemoryStorageClient } from '../../src/index.ts';
import { row } from '../support/row.ts';
import { scenario } from '../support/scenario.ts';

/** The copy of what the destination held since the third minute. */
const copy = (name: string): string => name.replace('.', '.conflict-destination-20260101T000300Z.');

describe('row 6: modified or created | the same content', () => {
  const sameTime = { modifiedAt: Date.parse('2026-01-01T00:00:30Z') };
  const edit = (side: MemoryStorageClient): void => {
    side.put('f.txt', 'edited', sameTime);
    side.put('new/f.txt', 'new', sameTime);
    side.delete('link');
    side.putSymlink('link', 'new/f.txt');
  };
  const adopted = {
    says: 'adopted into the base, nothing is transferred',
    both: { 'f.txt': 'edited', 'new/f.txt': 'new', link: '-> new/f.txt' },
    operations: [],
    counts: { adopted: 4 },
    known: ['f.txt', 'link', 'new', 'new/f.txt'],
  };
  row(
    'row 6',
    { base: { 'f.txt': 'f', link: '-> f.txt' }, source: edit, destination: edit },
    {
      'two-way': adopted,
      'source-to-destination': adopted,
      'source-backup': adopted,
      'destination-to-source': adopted,
      'destination-backup': adopted,
    },
  );

  test('row 6, two-way: of the same content with two times, the newer time is passed on and no content', async () => {
    await scenario({
      mode: 'two-way',
      base: { 'f.txt': 'f' },
      source: { 'f.txt': 'edited' },
      destination: { 'f.txt': 'edited' },
      expect: { both: { 'f.txt': 'edited' }, operations: ['set-metadata source f.txt'], counts: { conflicts: 0 } },
    });
  });
});

describe('row 7: modified | modified differently', () => {
  const source = { 'f.txt': 'by source' };
  const destination = { 'f.txt': 'by destination' };
  row(
    'row 7, file',
    { base: { 'f.txt': 'f' }, source, destination },
    {
      'two-way': {
        says: 'conflict, both are kept on both sides',
        both: { 'f.txt': 'by source', [copy('f.txt')]: 'by destination' },
        conflicts: ['f.txt both-modified keep-both'],
      },
      'source-to-destination': { says: 'the leader wins', both: source, trash: { destination } },
      'source-backup': { says: 'the leader wins, the other is a version', both: source, versions: { destination } },
      'destination-to-source': { says: 'the leader wins', both: destination, trash: { source } },
      'destination-backup': { says: 'the leader wins', both: destination, versions: { source } },
    },
  );
  row(
    'row 7, link',
    { base: { 'l.x': '-> a' }, source: { 'l.x': '-> b' }, destination: { 'l.x': '-> c' } },
    {
      'two-way': {
        says: 'conflict, both are kept on both sides',
        both: { 'l.x': '-> b', [copy('l.x')]: '-> c' },
        conflicts: ['l.x both-modified keep-both'],
      },
      'source-to-destination': { says: 'the leader wins', both: { 'l.x': '-> b' } },
      'source-backup': { says: 'the leader wins', both: { 'l.x': '-> b' } },
      'destination-to-source': { says: 'the leader wins', both: { 'l.x': '-> c' } },
      'destination-backup': { says: 'the leader wins', both: { 'l.x': '-> c' } },
    },
  );
});

describe('row 8: created | created differently', () => {
  const source = { 'f.txt': 'by source', 'x.y': '-> a', 'd/s': 's', 'd/e/': '' };
  const destination = { 'f.txt': 'by destination', 'x.y': 'text', 'd/t': 't' };
  row(
    'row 8',
    { base: {}, source, destination },
    {
      'two-way': {
        says: 'conflict, both are kept on both sides; two directories merge',
        both: {
          'f.txt': 'by source',
          [copy('f.txt')]: 'by destination',
          'x.y': '-> a',
          [copy('x.y')]: 'text',
          'd/s': 's',
          'd/t': 't',
          'd/e/': '',
        },
        conflicts: ['f.txt both-created keep-both', 'x.y both-created keep-both'],
      },
      'source-to-destination': { says: 'the leader wins, extras go', both: source, trash: { destination } },
      'source-backup': {
        says: 'the leader wins, extras stay',
        source,
        destination: { ...source, ...destination, 'f.txt': 'by source', 'x.y': '-> a' },
        versions: { destination: { 'f.txt': 'by destination', 'x.y': 'text' } },
      },
      'destination-to-source': {
        says: 'the leader wins, extras go',
        both: destination,
        trash: { source: { 'f.txt': 'by source', 'x.y': '-> a', 'd/s': 's' } },
      },
      'destination-backup': {
        says: 'the leader wins, extras stay',
        source: { ...source, ...destination },
        destination,
      },
    },
  );
  test('row 8, two-way, first run: nothing is deleted, equal content is adopted, differing content is kept twice', async () => {
    await scenario({
      mode: 'two-way',
      source: { same: 'same', 'f.txt': 'by source', s: 's' },
      destination: { same: 'same', 'f.txt': 'by destination', t: 't' },
      expect: {
        both: {
          same: 'same',
          'f.txt': 'by source',
          'f.conflict-destination-20260101T000200Z.txt': 'by destination',
          s: 's',
          t: 't',
        },
        conflicts: ['f.txt both-created keep-both'],
        trash: {},
      },
    });
  });
});

describe('row 9: deleted | modified', () => {
  const base = { 'f.txt': 'f', 'l.x': '-> a' };
  const deleted = { 'f.txt': undefined, 'l.x': undefined };
  const edited = { 'f.txt': 'edited', 'l.x': '-> b' };
  row(
    'row 9',
    { base, source: deleted, destination: edited },
    {
      'two-way': { says: 'the modification survives and is restored', both: edited, trash: {}, counts: { created: 2 } },
      'source-to-destination': {
        says: 'deleted on the follower, into the trash',
        both: {},
        trash: { destination: edited },
      },
      'source-backup': {
        says: 'the backup keeps what it has',
        source: {},
        destination: edited,
        operations: [],
        known: [],
      },
      'destination-to-source': { says: 'the leader has it: restored', both: edited },
      'destination-backup': { says: 'the leader has it: restored', both: edited },
    },
  );
  const strict = { now: { strict: true } };
  const conflicts = ['f.txt deleted-and-modified keep-both', 'l.x deleted-and-modified keep-both'];
  row(
    'row 9, strict',
    { base, source: deleted, destination: edited, ...strict },
    {
      'two-way': { says: 'conflict; keeping both brings it back', both: edited, conflicts },
      'source-to-destination': { says: 'no conflict where one side leads', both: {}, trash: { destination: edited } },
      'source-backup': { says: 'no conflict where one side leads', source: {}, destination: edited },
      'destination-to-source': { says: 'no conflict where one side leads', both: edited },
      'destination-backup': { says: 'no conflict where one side leads', both: edited },
    },
  );
});
