import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MemoryStorageClient } from '../memory/index.ts';
import { contentOf, type FileEntry, type StorageClient, wholeOf } from '../storage/index.ts';
import { HashedContent } from './hashed-content.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A file in a store that notes how it is read, and its content on the way to another store. */
async function place(text: string, hashes: FileEntry['hashes'] = {}) {
  const store = new MemoryStorageClient();
  const entry = await store.write('file', contentOf(text));
  const calls: string[] = [];
  const from: StorageClient = {
    ...plain(store),
    read: (path, options) => {
      calls.push('read');
      return store.read(path, options);
    },
    readAll: async (path, options) => {
      calls.push('readAll');
      return await store.readAll(path, options);
    },
  };
  const progress: number[] = [];
  const content = (sender: StorageClient = from, size = entry.size): HashedContent =>
    new HashedContent({
      from: sender,
      to: store,
      origin: { side: 'source', path: 'file', entry, hashes },
      entry: { ...entry, size },
      onProgress: (bytes) => progress.push(bytes),
    });
  return { store, entry, from, calls, progress, content };
}

function plain(store: MemoryStorageClient): StorageClient {
  return {
    id: store.id,
    capabilities: store.capabilities,
    list: store.list.bind(store),
    stat: store.stat.bind(store),
    read: store.read.bind(store),
    write: store.write.bind(store),
    remove: store.remove.bind(store),
    makeDirectory: store.makeDirectory.bind(store),
  };
}

describe('small content in one piece', () => {
  test('is asked for at once, hashed and counted', async () => {
    const { content, calls, progress } = await place('some text');
    const asked = content();
    expect(Buffer.from(await wholeOf(asked, 'to')).toString()).toBe('some text');
    expect([calls, progress]).toEqual([['readAll'], [9]]);
    expect(asked.digests).toMatchObject({ sha256: sha256('some text') });
  });

  test('starts the count over when it is asked for again', async () => {
    const { content, progress } = await place('some text');
    const asked = content();
    await wholeOf(asked, 'to');
    await wholeOf(asked, 'to');
    expect(progress).toEqual([9, 0, 9]);
  });

  test('comes in chunks from a sender who only knows those', async () => {
    const { content, calls, from } = await place('some text');
    const { readAll: _, ...streaming } = from;
    const asked = content(streaming);
    expect(Buffer.from(await wholeOf(asked, 'to')).toString()).toBe('some text');
    expect(calls).toEqual(['read']);
    expect(asked.digests).toMatchObject({ sha256: sha256('some text') });
  });

  test('comes in chunks when it is large', async () => {
    const { content, calls } = await place('x'.repeat(256 * 1024 + 1));
    expect((await wholeOf(content(), 'to')).byteLength).toBe(256 * 1024 + 1);
    expect(calls).toEqual(['read']);
  });

  test('is refused when it is longer or shorter than was told', async () => {
    for (const size of [8, 10]) {
      const { content, from } = await place('some text');
      await expect(wholeOf(content(from, size), 'to')).rejects.toMatchObject({ code: 'content-length-mismatch' });
    }
  });

  test('is refused when it is not what was told of it', async () => {
    const { content } = await place('some text', { sha256: sha256('another text') });
    await expect(wholeOf(content(), 'to')).rejects.toMatchObject({ code: 'source-changed', side: 'source' });
  });

  test('is refused when another version stands there', async () => {
    const { content, store } = await place('some text');
    await store.write('file', contentOf('some TEXT'));
    await expect(wholeOf(content(), 'to')).rejects.toMatchObject({ code: 'source-changed', side: 'source' });
  });

  test('that is held belongs to each who asks for it', async () => {
    const { content } = await place('some text');
    const asked = content();
    await asked.hold(undefined);
    (await wholeOf(asked, 'to')).fill(0);
    expect(Buffer.from(await wholeOf(asked, 'to')).toString()).toBe('some text');
  });
});
