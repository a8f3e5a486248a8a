import type { Entry, TreeAtCursor } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { conformance } from '../suite/index.ts';
import { FeedClient } from './feed-client.ts';

async function told({ cursor, entries }: TreeAtCursor): Promise<{ cursor: string; known: AsyncIterable<Entry[]> }> {
  const all: Entry[] = [];
  for await (const page of entries) all.push(...page);
  return { cursor, known: onePage(all) };
}

function onePage(entries: Entry[]): AsyncIterable<Entry[]> {
  return {
    async *[Symbol.asyncIterator]() {
      yield entries;
    },
  };
}

describe('the feed of a simulated side', () => {
  test('does not forgive whoever comes with something else than was told', async () => {
    const client = new FeedClient({ id: 'memory:feed' });
    await client.makeDirectory('a');
    const { cursor, known } = await told(await client.changes());
    expect((await client.changes(cursor, { known })).cursor).toBe(cursor);
    await client.makeDirectory('b');
    const later = await told(await client.changes(cursor, { known }));
    expect(later.cursor).not.toBe(cursor);
    const misled = client.changes(later.cursor, { known });
    await expect(misled).rejects.toThrow('with something else than it had told');
    await expect(client.changes(later.cursor, { known: later.known })).rejects.toThrow('than it had told');
  });
});

await conformance({
  runner: { describe, test },
  name: 'memory with a strict feed',
  factory: async () => ({ client: new FeedClient({ id: 'memory:feed' }) }),
  chunkSize: 16,
  partSize: 65_536,
  manyEntries: 20,
});
