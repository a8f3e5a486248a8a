import { describe } from 'vitest';
import { row } from '../support/row.ts';

/** One of each kind, and a folder that holds all three. */
const all = { 'f.txt': 'f', link: '-> f.txt', 'd/': '', 'e/f.txt': 'ef', 'e/link': '-> f.txt', 'e/d/': '' };

describe('row 1: unchanged | unchanged', () => {
  const nothing = { says: 'nothing', both: all, operations: [], counts: { unchanged: 8 } };
  row(
    'row 1',
    { base: all },
    {
      'two-way': nothing,
      'source-to-destination': nothing,
      'source-backup': nothing,
      'destination-to-source': nothing,
      'destination-backup': nothing,
    },
  );
});

describe('row 2: modified | unchanged', () => {
  const edited = { ...all, 'e/f.txt': 'ef edited' };
  const operations = ['update destination e/f.txt'];
  const back = ['update source e/f.txt'];
  row(
    'row 2, file',
    { base: all, source: { 'e/f.txt': 'ef edited' } },
    {
      'two-way': { says: 'copied over', both: edited, operations, trash: { destination: { 'e/f.txt': 'ef' } } },
      'source-to-destination': {
        says: 'copied over',
        both: edited,
        operations,
        trash: { destination: { 'e/f.txt': 'ef' } },
      },
      'source-backup': {
        says: 'copied over, the old content kept as a version',
        both: edited,
        operations,
        trash: {},
        versions: { destination: { 'e/f.txt': 'ef' } },
      },
      'destination-to-source': {
        says: 'drift of the follower is overwritten',
        both: all,
        operations: back,
        trash: { source: { 'e/f.txt': 'ef edited' } },
      },
      'destination-backup': {
        says: 'drift of the backup is overwritten and kept as a version',
        both: all,
        operations: back,
        trash: {},
        versions: { source: { 'e/f.txt': 'ef edited' } },
      },
    },
  );

  const relinked = { ...all, link: '-> e/f.txt' };
  row(
    'row 2, link',
    { base: all, source: { link: '-> e/f.txt' } },
    {
      'two-way': { says: 'copied over', both: relinked, trash: { destination: { link: '-> f.txt' } } },
      'source-to-destination': { says: 'copied over', both: relinked, trash: { destination: { link: '-> f.txt' } } },
      'source-backup': { says: 'copied over', both: relinked, versions: { destination: { link: '-> f.txt' } } },
      'destination-to-source': { says: 'restored', both: all, trash: { source: { link: '-> e/f.txt' } } },
      'destination-backup': { says: 'restored', both: all, versions: { source: { link: '-> e/f.txt' } } },
    },
  );

  const resized = { ...all, 'f.txt': 'g' };
  row(
    'row 2, file of the same size',
    { base: all, source: { 'f.txt': 'g' } },
    {
      'two-way': { says: 'copied over', both: resized },
      'source-to-destination': { says: 'copied over', both: resized },
      'source-backup': { says: 'copied over', both: resized },
      'destination-to-source': { says: 'restored', both: all },
      'destination-backup': { says: 'restored', both: all },
    },
  );
});

describe('row 3: deleted | unchanged', () => {
  const rest = { 'd/': '', 'e/f.txt': 'ef', 'e/link': '-> f.txt', 'e/d/': '' };
  const gone = { 'f.txt': 'f', link: '-> f.txt' };
  row(
    'row 3, file and link',
    { base: all, source: { 'f.txt': undefined, link: undefined } },
    {
      'two-way': { says: 'deleted into the trash', both: rest, trash: { destination: gone }, counts: { deleted: 2 } },
      'source-to-destination': { says: 'deleted into the trash', both: rest, trash: { destination: gone } },
      'source-backup': {
        says: 'the backup keeps it, the base forgets it',
        source: rest,
        destination: all,
        operations: [],
        known: ['d', 'e', 'e/d', 'e/f.txt', 'e/link'],
      },
      'destination-to-source': { says: 'what is missing is restored', both: all, counts: { created: 2 } },
      'destination-backup': { says: 'what is missing is restored', both: all, counts: { created: 2 } },
    },
  );

  const left = { 'f.txt': 'f', link: '-> f.txt' };
  row(
    'row 3, directories',
    { base: all, source: { d: undefined, e: undefined } },
    {
      'two-way': {
        says: 'deleted with all that they hold, files into the trash',
        both: left,
        trash: { destination: { 'e/f.txt': 'ef', 'e/link': '-> f.txt' } },
        counts: { deleted: 5 },
        known: ['f.txt', 'link'],
      },
      'source-to-destination': { says: 'deleted with all that they hold', both: left, known: ['f.txt', 'link'] },
      'source-backup': {
        says: 'the backup keeps them, the base forgets them',
        source: left,
        destination: all,
        operations: [],
        known: ['f.txt', 'link'],
      },
      'destination-to-source': { says: 'restored', both: all, counts: { created: 5 } },
      'destination-backup': { says: 'restored', both: all, counts: { created: 5 } },
    },
  );
});

describe('row 4: created | nothing', () => {
  const created = { 'f.txt': 'f', link: '-> f.txt', 'd/': '', 'e/f.txt': 'ef', 'e/link': '-> f.txt', 'e/d/': '' };
  const makes = { both: created, counts: { created: 7 }, trash: {}, versions: {} };
  const extra = { 'e/f.txt': 'ef', 'e/link': '-> f.txt', 'f.txt': 'f', link: '-> f.txt' };
  row(
    'row 4',
    { base: {}, source: created },
    {
      'two-way': { says: 'created on the other side', ...makes },
      'source-to-destination': { says: 'created on the follower', ...makes },
      'source-backup': { says: 'created in the backup', ...makes },
      'destination-to-source': {
        says: 'extras are deleted, into the trash',
        both: {},
        trash: { source: extra },
        counts: { deleted: 7 },
      },
      'destination-backup': {
        says: 'extras of the backup stay where they are',
        source: created,
        destination: {},
        operations: [],
        known: [],
      },
    },
  );
});

describe('row 5: deleted | deleted', () => {
  const forgotten = { says: 'the base forgets it', both: { 'f.txt': 'f' }, operations: [], known: ['f.txt'] };
  row(
    'row 5',
    {
      base: all,
      source: { link: undefined, d: undefined, e: undefined },
      destination: { link: undefined, d: undefined, e: undefined },
    },
    {
      'two-way': forgotten,
      'source-to-destination': forgotten,
      'source-backup': forgotten,
      'destination-to-source': forgotten,
      'destination-backup': forgotten,
    },
  );
});
