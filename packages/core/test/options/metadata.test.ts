import { describe, expect, test } from 'vitest';
import type { MemoryStorageClient, MetadataChange } from '../../src/index.ts';
import { scenario } from '../support/scenario.ts';
import type { Outcome, Scenario } from '../support/story.ts';

const time = Date.parse('2025-06-01T00:00:00Z');
const base = { f: 'f', 'd/g': 'g' };
const touch =
  (path: string, change: MetadataChange) =>
  (side: MemoryStorageClient): void =>
    side.touch(path, change);

async function touched(story: Partial<Scenario>, operations: readonly string[]): Promise<Outcome> {
  const outcome = await scenario({ mode: 'two-way', base, ...story, expect: { both: base, operations } });
  expect(outcome.result.bytes.transferred, 'no content is transferred').toBe(0);
  return outcome;
}

describe('a change of metadata alone', () => {
  test('two-way: a new time is passed on', async () => {
    const { pair } = await touched({ source: touch('f', { modifiedAt: time }) }, ['set-metadata destination f']);
    expect((await pair.destination.stat('f'))?.modifiedAt).toBe(time);
  });

  test('two-way: new permissions of a file and of a folder are passed on', async () => {
    const source = (side: MemoryStorageClient): void => {
      side.touch('f', { permissions: 0o600 });
      side.touch('d', { permissions: 0o700 });
    };
    const { pair } = await touched({ source }, ['set-metadata destination f', 'set-metadata destination d']);
    expect((await pair.destination.stat('f'))?.permissions).toBe(0o600);
    expect((await pair.destination.stat('d'))?.permissions).toBe(0o700);
  });

  test('two-way: of two new times the newer wins, and it is no conflict', async () => {
    const { pair } = await touched(
      { source: touch('f', { modifiedAt: time }), destination: touch('f', { modifiedAt: time + 5000 }) },
      ['set-metadata source f'],
    );
    expect((await pair.source.stat('f'))?.modifiedAt).toBe(time + 5000);
  });

  test('two-way: a time on one side and permissions on the other both get across', async () => {
    await touched({ source: touch('f', { modifiedAt: time }), destination: touch('f', { permissions: 0o600 }) }, [
      'set-metadata source f',
      'set-metadata destination f',
    ]);
  });

  test('two-way: a time that the coarser side cannot tell apart is no change without end', async () => {
    const clients = { destination: { timePrecision: 2000 } };
    const { pair } = await touched({ clients, source: touch('f', { modifiedAt: time + 1234 }) }, [
      'set-metadata destination f',
    ]);
    expect((await pair.destination.stat('f'))?.modifiedAt).toBe(time);
  });

  test('two-way: where the other side cannot set times in place, nothing is done', async () => {
    await touched(
      { clients: { destination: { modifiedAt: 'on-write' } }, source: touch('f', { modifiedAt: time }) },
      [],
    );
  });

  test('source-to-destination: the follower takes the leader’s, and its own change is taken back', async () => {
    const { pair } = await touched(
      {
        mode: 'source-to-destination',
        source: touch('f', { modifiedAt: time }),
        destination: touch('d/g', { permissions: 0o600 }),
      },
      ['set-metadata destination d/g', 'set-metadata destination f'],
    );
    expect((await pair.destination.stat('d/g'))?.permissions).toBe(0o644);
  });

  test('metadata follows the content', async () => {
    const { pair } = await scenario({
      mode: 'two-way',
      base: {},
      source: (side) => side.put('new', 'n', { modifiedAt: time, permissions: 0o640 }),
      expect: { both: { new: 'n' }, operations: ['create destination new'] },
    });
    expect(await pair.destination.stat('new')).toMatchObject({ modifiedAt: time, permissions: 0o640 });
  });

  test('a folder that its owner may not write to is filled first and gets its permissions then', async () => {
    const { pair } = await scenario({
      mode: 'two-way',
      base: {},
      source: (side) => {
        side.put('locked/a', 'a');
        side.touch('locked', { permissions: 0o555 });
      },
      expect: { both: { 'locked/a': 'a' } },
    });
    expect((await pair.destination.stat('locked'))?.permissions).toBe(0o555);
  });

  test('a side that holds no permissions is not asked to change those of such a folder', async () => {
    await scenario({
      mode: 'two-way',
      clients: { destination: { permissions: false, modifiedAt: 'never' } },
      base: {},
      source: (side) => {
        side.put('locked/a', 'a');
        side.touch('locked', { permissions: 0o555 });
      },
      expect: { both: { 'locked/a': 'a' } },
    });
  });
});
