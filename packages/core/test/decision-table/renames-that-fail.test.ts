import { describe, test } from 'vitest';
import { SyncEngineError } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import type { Wrap } from '../support/pair.ts';
import { scenario } from '../support/scenario.ts';

/** A side that cannot move one thing. */
const unmovable =
  (from: string): Wrap =>
  (client) =>
    altered(client, {
      move: async (path, to, options) => {
        if (path !== from) return await client.move?.(path, to, options);
        throw new SyncEngineError('permission-denied', `${path} must not be moved.`, { path });
      },
    });

const caseless = { caseSensitive: false };

describe('a folder that cannot be moved', () => {
  for (const mode of ['two-way', 'source-to-destination']) {
    test(`${mode}: nothing is done at its new name, which would stand in its way next time`, async () => {
      await scenario({
        mode,
        base: { 'd/a': 'a', 'd/b': 'b', 'x/c': 'c' },
        source: (side) => {
          side.rename('d', 'e');
          side.put('e/new', 'new');
          side.put('e/deep/new', 'deep');
          side.rename('x/c', 'e/c');
          side.rename('e/b', 'b');
        },
        wraps: { destination: unmovable('d') },
        exempt: () => true,
        expect: {
          status: 'problems',
          problems: [
            'destination e permission-denied',
            'destination b dependency-failed',
            'destination e/c dependency-failed',
            'destination e/deep dependency-failed',
            'destination e/deep/new dependency-failed',
            'destination e/new dependency-failed',
          ],
          destination: { 'd/a': 'a', 'd/b': 'b', 'x/c': 'c' },
        },
      });
    });

    test(`${mode}: nor at a name that differs only in case`, async () => {
      await scenario({
        mode,
        clients: { source: caseless },
        base: { 'docs/a': 'a' },
        source: (side) => {
          side.rename('docs', 'Docs');
          side.put('Docs/new', 'new');
        },
        wraps: { destination: unmovable('docs') },
        exempt: () => true,
        expect: {
          status: 'problems',
          problems: ['destination Docs permission-denied', 'destination Docs/new dependency-failed'],
          destination: { 'docs/a': 'a' },
        },
      });
    });
  }
});
