import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Entry, TreeAtCursor } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { conformance, generate, type SimulationCase } from '../src/index.ts';
import { FeedClient } from '../src/simulator/feed-client.ts';

/** More of them, from elsewhere, when somebody wants that: `SYNCENGINE_FEED_RUNS=50000 SYNCENGINE_FEED_SEED=7`. */
const runs = process.env['SYNCENGINE_FEED_RUNS'] ?? '1000';
const seed = process.env['SYNCENGINE_FEED_SEED'] ?? '1';
const program = fileURLToPath(new URL('../../../scripts/simulate.mjs', import.meta.url));

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

function withoutFeeds({ traits, ...simulated }: SimulationCase): SimulationCase {
  const { feed: _source, ...source } = traits.source;
  const { feed: _destination, ...destination } = traits.destination;
  return { ...simulated, traits: { ...traits, source, destination } };
}

describe('sides with a feed of changes', () => {
  test(`break no promise in ${runs} simulated runs from seed ${seed}`, { timeout: 1_200_000 }, async () => {
    // By the built simulator, as for sides without: see the test of the promises.
    const told = await promisify(execFile)(
      process.execPath,
      [program, '--built', '--feeds', '--runs', runs, '--seed', seed],
      { maxBuffer: 2 ** 26 },
    ).catch((error: { readonly stdout: string; readonly stderr: string }) => error);
    expect(told.stderr).toBe('');
    expect(told.stdout.trimEnd()).toMatch(/: every promise held\.$/);
  });

  test('change nothing else about a case', () => {
    let feeds = 0;
    for (let index = 0; index < 200; index += 1) {
      const simulated = generate(index, { feeds: true });
      expect(withoutFeeds(simulated)).toEqual(generate(index));
      feeds += [simulated.traits.source, simulated.traits.destination].filter(({ feed }) => feed === true).length;
    }
    expect(feeds).toBeGreaterThanOrEqual(200);
  });
});

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
