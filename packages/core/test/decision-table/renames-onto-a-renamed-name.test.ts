import type { MemoryStorageClient } from '../../src/index.ts';
import { row } from '../support/row.ts';

/** A name whose file is gone is taken by another file, while the other side still has the first one, under a third name. */
const base = { a: 'first', 'd/h': 'second', x: 'x' };

const overwritten = (side: MemoryStorageClient): void => {
  side.delete('a');
  side.rename('d/h', 'a');
};

const renamed = (side: MemoryStorageClient): void => side.rename('a', 'n');

row(
  'renamed onto a name | what had that name is renamed',
  { base, source: overwritten, destination: renamed },
  {
    'two-way': { says: 'both have their name', both: { a: 'second', n: 'first', 'd/': '', x: 'x' } },
    'source-to-destination': { says: 'the leader wins', both: { a: 'second', 'd/': '', x: 'x' } },
    'source-backup': {
      says: 'the backup keeps all',
      source: { a: 'second', 'd/': '', x: 'x' },
      destination: { a: 'second', n: 'first', 'd/h': 'second', x: 'x' },
    },
    'destination-to-source': { says: 'taken back', both: { n: 'first', 'd/h': 'second', x: 'x' } },
    'destination-backup': {
      says: 'the backup keeps all',
      source: { a: 'second', n: 'first', 'd/h': 'second', x: 'x' },
      destination: { n: 'first', 'd/h': 'second', x: 'x' },
    },
  },
);
