import { describe, expect, test } from 'vitest';
import type { CopyFromOptions, MemoryStorageClient, MemoryStorageOptions, StorageClient } from '../../src/index.ts';
import { altered } from '../support/faults.ts';
import { Pair, type Wrap } from '../support/pair.ts';

/** A destination that takes files over from the source by itself, and so sees no content. */
function takingFrom(source: MemoryStorageClient, meanwhile: () => void = () => undefined): Wrap {
  return (client): StorageClient =>
    altered(client, {
      copyFrom: async (_other, from, to, { version: _version, size: _size, ...options }: CopyFromOptions) => {
        const text = source.text(from);
        if (text === undefined) throw new TypeError(`There is no file ${from}.`);
        const bytes = new TextEncoder().encode(text);
        const content = {
          size: bytes.byteLength,
          open: async function* () {
            if (bytes.byteLength > 0) yield bytes;
          },
        };
        const entry = await client.write(to, content, { ...options, hashes: undefined });
        meanwhile();
        return entry;
      },
      write: async () => {
        throw new TypeError('No content is to pass by.');
      },
    });
}

const storesOf: Readonly<Record<string, MemoryStorageOptions>> = {
  'disks that can hash': {},
  'stores that tell a hash': { listedHashes: ['md5'], requestedHashes: [] },
  'stores without any hash': { requestedHashes: [] },
};

describe('a shortcut between two clients', () => {
  for (const [what, options] of Object.entries(storesOf)) {
    for (const when of ['long ago', 'just now']) {
      test(`${what}, files of ${when}: no content passes by, and the next runs plan nothing`, async () => {
        const pair = new Pair({ source: options, destination: options });
        pair.source.put('d/a', 'content');
        pair.source.put('b', 'other');
        if (when === 'long ago') pair.clock.advance();
        // A version that proves nothing needs a hash, and where no side gives one the content has to pass by.
        const isProvable = what !== 'stores without any hash' || when === 'long ago';
        const wraps = isProvable ? { destination: takingFrom(pair.source) } : {};
        const first = await pair.engine({}, wraps).sync();
        expect(first.status).toBe('clean');
        expect(first.counts.created).toBe(3);
        expect(pair.destination.text('d/a')).toBe('content');
        for (const pause of [0, 60_000]) {
          pair.clock.advance(pause);
          expect((await pair.engine({}, wraps).plan()).operations).toEqual([]);
        }
      });
    }
  }

  test('is not taken where nothing would tell a later change apart', async () => {
    const pair = new Pair({ source: { requestedHashes: [] }, destination: { requestedHashes: [] } });
    pair.source.put('a', 'content');
    let shortcuts = 0;
    const counting: Wrap = (client) =>
      altered(client, {
        copyFrom: async () => {
          shortcuts += 1;
          return undefined;
        },
      });
    await pair.engine({}, { destination: counting }).sync();
    expect(shortcuts).toBe(0);
    expect(pair.destination.text('a')).toBe('content');
  });

  test.each(['comes anew', 'is replaced'])(
    'a source that changes once its copy stands is for the next run: a file that %s is there',
    async (how) => {
      const pair = new Pair();
      if (how === 'is replaced') {
        pair.source.put('a', 'earlier');
        await pair.engine().sync();
      }
      pair.source.put('a', 'content');
      pair.clock.advance();
      const change = (): void => pair.source.put('a', 'changed');
      await pair.engine({}, { destination: takingFrom(pair.source, change) }).sync();
      expect(pair.destination.text('a')).toBe('content');
      expect(await pair.engine().sync()).toMatchObject({ status: 'clean', counts: { updated: 1 } });
      expect(pair.destination.text('a')).toBe('changed');
    },
  );

  test('a store that holds something else afterwards is noticed', async () => {
    const pair = new Pair({ source: { listedHashes: ['md5'] }, destination: { listedHashes: ['md5'] } });
    pair.source.put('a', 'content');
    pair.clock.advance();
    const lying: Wrap = (client) =>
      altered(client, {
        copyFrom: async (_other, _from, to) => {
          client.put(to, 'CONTENT');
          const entry = await client.stat(to);
          return entry?.kind === 'file' ? entry : undefined;
        },
      });
    const result = await pair.engine({}, { destination: lying }).sync();
    expect(result.problems).toMatchObject([{ path: 'a', code: 'content-mismatch' }]);
    expect(await pair.known()).toEqual([]);
    expect(pair.destination.text('a')).toBeUndefined();
  });

  test('where there is none, content is transferred as ever', async () => {
    const pair = new Pair();
    pair.source.put('a', 'content');
    const without: Wrap = (client) => altered(client, { copyFrom: async () => undefined });
    await pair.engine({}, { destination: without }).sync();
    expect(pair.destination.text('a')).toBe('content');
  });
});
