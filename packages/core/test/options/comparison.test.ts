import { describe, expect, test } from 'vitest';
import type { ComparisonMode, MemoryStorageClient } from '../../src/index.ts';
import { Pair } from '../support/pair.ts';
import { scenario } from '../support/scenario.ts';
import { treeOf } from '../support/tree.ts';

const time = Date.parse('2025-06-01T00:00:00Z');
const put =
  (content: string, modifiedAt = time) =>
  (side: MemoryStorageClient): void =>
    side.put('f', content, { modifiedAt });
const isFile = (path: string): boolean => path === 'f';
const copied = 'f.conflict-destination-20250601T000000Z';
const laterCopied = 'f.conflict-destination-20250601T010000Z';
const hour = 3_600_000;
const hashless = { source: { requestedHashes: [] }, destination: { requestedHashes: [] } };

/** Whether a comparison takes two files of a first run for the same. */
const told: readonly (readonly [ComparisonMode, string, boolean])[] = [
  ['hash-then-mtime', 'same content, other time', true],
  ['hash-then-mtime', 'other content, same time', false],
  ['hash-only', 'same content, other time', true],
  ['hash-only', 'other content, same time', false],
  ['size-only', 'other content, same time', true],
  ['size-only', 'other size, same time', false],
  ['mtime-only', 'same content, other time', false],
  ['mtime-only', 'other content, same time', true],
  ['mtime-only', 'other size, same time', false],
  ['size-and-mtime', 'same content, other time', false],
  ['size-and-mtime', 'other content, same time', true],
  ['size-and-mtime', 'other size, same time', false],
];

describe('comparison modes on a first run', () => {
  for (const [compare, what, isEqual] of told) {
    test(`${compare}: ${what} is ${isEqual ? 'equal: adopted' : 'different: kept twice'}`, async () => {
      const modifiedAt = what.endsWith('other time') ? time + hour : time;
      const content = what.startsWith('same') ? 'one' : what.startsWith('other size') ? 'three' : 'two';
      const copy = modifiedAt === time ? copied : laterCopied;
      await scenario({
        mode: 'two-way',
        options: { compare },
        source: put('one'),
        destination: put(content, modifiedAt),
        exempt: isFile,
        expect: isEqual
          ? { source: { f: 'one' }, destination: { f: content }, counts: { adopted: 1 }, operations: [] }
          : { both: { f: 'one', [copy]: content }, conflicts: ['f both-created keep-both'] },
      });
    });
  }

  test('hash-then-mtime: without a hash in common, times decide', async () => {
    for (const [modifiedAt, isEqual] of [
      [time, true],
      [time + hour, false],
    ] as const) {
      await scenario({
        mode: 'two-way',
        clients: hashless,
        source: put('one'),
        destination: put('two', modifiedAt),
        exempt: isFile,
        expect: isEqual ? { operations: [] } : { conflicts: ['f both-created keep-both'] },
      });
    }
  });

  test('hash-only: without a hash in common, the path is a problem and the rest goes on', async () => {
    await scenario({
      mode: 'two-way',
      options: { compare: 'hash-only' },
      clients: hashless,
      source: (side) => {
        put('one')(side);
        side.put('other', 'o');
      },
      destination: put('two'),
      expect: {
        status: 'problems',
        problems: ['source f hash-unavailable'],
        source: { f: 'one', other: 'o' },
        destination: { f: 'two', other: 'o' },
      },
    });
  });
});

describe('comparison modes against the base', () => {
  for (const compare of ['hash-then-mtime', 'hash-only', 'mtime-only', 'size-and-mtime'] as const) {
    test(`${compare}: an edit that keeps the size is brought over`, async () => {
      await scenario({
        mode: 'two-way',
        options: { compare },
        base: { f: 'one' },
        source: { f: 'two' },
        expect: { both: { f: 'two' } },
      });
    });
  }
  test('size-only: an edit that keeps the size is none, one that changes it is', async () => {
    await scenario({
      mode: 'two-way',
      options: { compare: 'size-only' },
      base: { f: 'one', g: 'one' },
      source: { f: 'two', g: 'three' },
      exempt: isFile,
      expect: { source: { f: 'two', g: 'three' }, destination: { f: 'one', g: 'three' } },
    });
  });
  test('hash-then-mtime: a file that was only written again is no change, and no content is transferred', async () => {
    const { result } = await scenario({
      mode: 'two-way',
      base: { f: 'one' },
      source: { f: 'one' },
      expect: { both: { f: 'one' }, operations: ['set-metadata destination f'] },
    });
    expect(result.bytes.transferred).toBe(0);
  });
  test('an unknown comparison is refused', () => {
    const compare = 'guess' as ComparisonMode; // as a program without types would
    expect(() => new Pair().engine({ compare })).toThrow(expect.objectContaining({ code: 'invalid-options' }));
  });
});

describe('racy files', () => {
  const versions = 'size-and-time' as const;

  for (const requestedHashes of [['sha256'], ['md5'], []] as const) {
    const hashes = requestedHashes.length === 0 ? 'no hash' : requestedHashes.join();
    test(`an edit within the grain of the clock right after the run is seen, on a side with ${hashes}`, async () => {
      const side = { versions, timePrecision: 2000, requestedHashes };
      const pair = new Pair({ source: side, destination: {} });
      pair.source.put('f', 'one');
      await pair.engine().sync();
      // Same size, same coarse time: the version tells nothing.
      pair.source.put('f', 'two');
      pair.clock.advance();
      expect((await pair.engine().sync()).status).toBe('clean');
      expect(treeOf(pair.destination)).toEqual({ f: 'two' });
    });
  }

  test('a racy file that did not change is looked at once more and then trusted', async () => {
    const pair = new Pair({ source: { versions }, destination: { versions } });
    pair.source.put('f', 'one');
    await pair.engine().sync();
    pair.clock.advance();
    expect(await pair.engine().sync()).toMatchObject({ operations: [], counts: { unchanged: 1, adopted: 0 } });
    pair.clock.advance();
    expect((await pair.engine().plan()).records).toEqual([]);
  });

  test('an empty file that both sides brought at the moment of the run is left alone by the next one', async () => {
    const pair = new Pair();
    pair.source.put('f', '');
    pair.destination.put('f', '');
    expect(await pair.engine().sync()).toMatchObject({ status: 'clean', counts: { adopted: 1 } });
    expect((await pair.engine().plan()).operations).toEqual([]);
  });
});
