import { decorate, type Entry, MemoryStorageClient, type StorageClient } from '@syncengine/core';
import { describe, expect, test } from 'vitest';
import { type ConformanceOptions, conformance } from '../src/index.ts';
import { TinyRunner } from './support/tiny-runner.ts';

type Changes = NonNullable<StorageClient['changes']>;

let cursors = 0;

async function entriesOf(pages: AsyncIterable<readonly Entry[]>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of pages) entries.push(...page);
  return entries;
}

async function* onePage(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  yield entries;
}

/** As simple as it gets: every question costs a full listing. */
const honest =
  (inner: MemoryStorageClient): Changes =>
  async (_cursor, { signal } = {}) => {
    cursors += 1;
    return { cursor: `cursor-${cursors}`, entries: inner.listRecursive?.({ signal }) ?? onePage([]) };
  };

/** Feeds that do not keep the contract, and the test that must notice. */
const lies: Readonly<Record<string, readonly [(inner: MemoryStorageClient) => Changes, string]>> = {
  'tells again what is known': [
    (inner) => async (cursor, options) => {
      const now = await honest(inner)(cursor, options);
      return cursor?.startsWith('cursor-') && options?.known ? { ...now, entries: options.known } : now;
    },
    'with a cursor, and what was told with it, comes the tree of now',
  ],
  'tells only what is new': [
    (inner) =>
      async (cursor, options = {}) => {
        const known = new Set((await entriesOf(options.known ?? onePage([]))).map(({ path }) => path));
        const now = await honest(inner)(cursor, options);
        return { ...now, entries: onePage((await entriesOf(now.entries)).filter(({ path }) => !known.has(path))) };
      },
    'nothing changes as long as nothing changed',
  ],
  'forgets no removal': [
    (inner) =>
      async (cursor, options = {}) => {
        const known = await entriesOf(options.known ?? onePage([]));
        const now = await entriesOf((await honest(inner)(cursor, options)).entries);
        const gone = known.filter(({ path }) => !now.some((entry) => entry.path === path));
        return { cursor: 'cursor-0', entries: onePage([...now, ...gone]) };
      },
    'with a cursor, and what was told with it, comes the tree of now',
  ],
  'gives up when the cursor is none': [
    (inner) => async (cursor, options) => {
      if (cursor === 'no such cursor') throw new TypeError('The cursor is malformed.');
      return honest(inner)(cursor, options);
    },
    'a cursor that is none costs a full listing, and nothing else',
  ],
  'believes what is known of another root': [
    (inner) => async (cursor, options) => {
      const known = await entriesOf(options?.known ?? onePage([]));
      const now = await honest(inner)(cursor, options);
      return known.some(({ path }) => path.startsWith('theirs')) ? { ...now, entries: onePage(known) } : now;
    },
    'a cursor of another root is of no use, and does no harm',
  ],
  'needs what was told': [
    (inner) => async (cursor, options) => {
      if (cursor !== undefined && options?.known === undefined) throw new TypeError('The known tree is missing.');
      return honest(inner)(cursor, options);
    },
    'a cursor alone, without what was told with it, is enough to see all',
  ],
  'has a cursor without end': [
    (inner) => async (cursor, options) => ({ ...(await honest(inner)(cursor, options)), cursor: 'c'.repeat(5000) }),
    'without a cursor the whole tree comes in canonical order',
  ],
  'swallows an abort': [(inner) => async (cursor) => honest(inner)(cursor), 'an aborted call throws the reason'],
};

function optionsFor(
  runner: ConformanceOptions['runner'],
  changes: (inner: MemoryStorageClient) => Changes,
): ConformanceOptions {
  const factory: ConformanceOptions['factory'] = async () => {
    const inner = new MemoryStorageClient({ listRecursive: true });
    return { client: { ...decorate(inner, {}), changes: changes(inner) } };
  };
  return { runner, name: 'memory with a feed', factory, chunkSize: 16, partSize: 65_536, manyEntries: 20 };
}

await conformance(optionsFor({ describe, test }, honest));

describe('the suite notices a feed that', () => {
  test.each(Object.keys(lies))('%s', async (name) => {
    const [changes, caughtBy] = lies[name] ?? [];
    if (changes === undefined) throw new TypeError(`There is no lie ${name}.`);
    const runner = new TinyRunner();
    await conformance(optionsFor(runner, changes));
    expect([...(await runner.failures()).keys()]).toContain(`changes › ${caughtBy}`);
  });
});
