import { describe, expect, test } from 'vitest';
import type { Clock } from '../control/index.ts';
import { SyncEngineError } from '../errors.ts';
import { MemoryStorageClient } from '../memory/index.ts';
import type { ChangesOptions, Entry, StorageClient } from '../storage/index.ts';
import { considerate, decorate, limited, prefixed, readOnly, renamed, retrying } from './index.ts';

const clock: Clock = { now: () => 0, random: () => 0, sleep: async () => undefined };
const entry: Entry = { kind: 'directory', path: 'd' };

/** Tells what it was asked with; breaks a number of times first, half-way through what is known. */
function withFeed(asked: unknown[], breaks = 0): StorageClient {
  let left = breaks;
  const changes = async (cursor?: string, { known, afresh }: ChangesOptions = {}) => {
    const entries: Entry[] = [];
    for await (const page of known ?? []) {
      entries.push(...page);
      if (left > 0) {
        left -= 1;
        throw new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });
      }
    }
    asked.push([cursor, entries, afresh]);
    return { cursor: 'next', entries: pages([entry]) };
  };
  return { ...decorate(new MemoryStorageClient(), {}), changes };
}

function pages(entries: readonly Entry[]): AsyncIterable<readonly Entry[]> {
  return {
    async *[Symbol.asyncIterator]() {
      yield entries;
    },
  };
}

describe('a feed of changes through decorators', () => {
  test.each<[string, (client: StorageClient) => StorageClient]>([
    ['nothing', (client) => decorate(client, {})],
    ['retrying', (client) => retrying(client, { clock })],
    ['considerate', (client) => considerate(client, { clock })],
    ['limited', (client) => limited(client, { transfers: 1, operations: 1, clock })],
    ['read-only', readOnly],
    ['all', (client) => retrying(considerate(limited(readOnly(client), { operations: 1 }), { clock }), { clock })],
  ])('is passed on: %s', async (_, around) => {
    const asked: unknown[] = [];
    const told = await around(withFeed(asked)).changes?.('here', { known: pages([entry]), afresh: false });
    expect(asked).toEqual([['here', [entry], false]]);
    expect(told?.cursor).toBe('next');
    const entries: Entry[] = [];
    for await (const page of told?.entries ?? []) entries.push(...page);
    expect(entries).toEqual([entry]);
  });

  test('is asked again after a passing failure, with all that is known', async () => {
    const asked: unknown[] = [];
    await retrying(withFeed(asked, 3), { clock }).changes?.('here', { known: pages([entry]) });
    expect(asked).toEqual([['here', [entry], undefined]]);
  });

  test('is not there where the client has none, and under other paths', () => {
    expect(retrying(new MemoryStorageClient()).changes).toBeUndefined();
    expect(prefixed(withFeed([]), 'd').changes).toBeUndefined();
    expect(renamed(withFeed([]), new Map([['a', 'b']])).changes).toBeUndefined();
  });
});
