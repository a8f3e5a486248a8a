import assert from 'node:assert/strict';
import {
  collectBytes,
  contentOf,
  type FileEntry,
  type ReadAllOptions,
  type ReadOptions,
  type StorageClient,
} from '@syncengine/core';
import { put, rejectsWith, textAt } from '../looking.ts';
import { patterned } from '../material.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function readTests({ group, sample, parameters }: Suite): void {
  const large = 3 * parameters.partSize;

  group('read', (test) => {
    test('what is missing is not found, and a directory has no content', async ({ client }) => {
      await put(client, 'dir/file', 'text');
      await rejectsWith('not-found', textAt(client, 'missing'));
      await rejectsWith('not-found', textAt(client, 'dir/missing'));
      await rejectsWith('not-found', textAt(client, 'missing/deeper'));
      await rejectsWith('is-a-directory', textAt(client, 'dir'));
    });

    test('the expected version is read', async ({ client }) => {
      const { version } = await put(client, 'file', 'text');
      const bytes = await collectBytes(client.read('file', { expected: version }));
      assert.equal(Buffer.from(bytes).toString(), 'text');
    });

    test('another version than the expected one is refused', async ({ client }) => {
      const { version } = await put(client, 'file', 'text');
      await put(client, 'file', 'newer text');
      await rejectsWith('source-changed', collectBytes(client.read('file', { expected: version })));
    });

    test('a file that is replaced while it is read does not end as if nothing had happened', async (scene) => {
      const { client } = scene;
      const writer = await scene.another();
      const { version } = await client.write('file', contentOf(patterned(large)));
      const reading = client.read('file', { expected: version })[Symbol.asyncIterator]();
      await reading.next();
      await writer.write('file', contentOf(patterned(large + 1)));
      const rest = async (): Promise<void> => {
        while ((await reading.next()).done !== true);
      };
      await rejectsWith('source-changed', rest());
    });

    if (sample.capabilities.modifiedAt.listed === false) {
      test('a time that comes along is the one of the file, told once and before the content', async ({ client }) => {
        for (const size of [0, 1, large]) {
          const { version, modifiedAt } = await client.write('file', contentOf(patterned(size)), {
            modifiedAt: 1_700_000_000_000,
          });
          const told: string[] = [];
          const onModifiedAt = (time: number): void => void told.push(String(time));
          for await (const _ of client.read('file', { expected: version, onModifiedAt })) told.push('content');
          assert.ok(told.length === 0 || told[0] === 'content' || told[0] === String(modifiedAt), `it told ${told[0]}`);
          assert.ok(
            told.slice(1).every((what) => what === 'content'),
            'the time came late, or more than once',
          );
        }
      });
    }

    test('chunks belong to the reader', async ({ client }) => {
      const bytes = patterned(large);
      await client.write('file', contentOf(bytes));
      const chunks: Uint8Array[] = [];
      for await (const chunk of client.read('file')) chunks.push(chunk);
      assert.ok(Buffer.concat(chunks).equals(bytes), 'a chunk changed after it was handed over');
    });

    test('a reader may stop early', async ({ client }) => {
      const bytes = patterned(large);
      await client.write('file', contentOf(bytes));
      for await (const chunk of client.read('file')) {
        assert.ok(chunk.byteLength > 0);
        break;
      }
      const unread = client.read('file')[Symbol.asyncIterator]();
      await unread.return?.();
      assert.ok(Buffer.from(await collectBytes(client.read('file'))).equals(bytes));
      await client.remove('file');
      assert.equal(await client.stat('file'), undefined);
    });

    test('an abort ends it with the reason', async ({ client }) => {
      await client.write('file', contentOf(patterned(large)));
      const reason = new Error('enough');
      await assert.rejects(collectBytes(client.read('file', { signal: AbortSignal.abort(reason) })), reason);
    });

    test('an abort in the middle ends it with the reason', async ({ client }) => {
      await client.write('file', contentOf(patterned(large)));
      const abort = new AbortController();
      const reason = new Error('enough');
      let came = 0;
      const read = async (): Promise<void> => {
        for await (const chunk of client.read('file', { signal: abort.signal })) {
          came += chunk.byteLength;
          abort.abort(reason);
        }
      };
      await assert.rejects(read(), reason);
      assert.ok(came < large, 'the whole content came although the read was aborted at its first chunk');
      assert.equal((await collectBytes(client.read('file'))).byteLength, large);
    });

    if (sample.readAll !== undefined) {
      readAllTests(test, parameters.partSize);
    }

    if (!sample.capabilities.rangedReads) {
      test('a range is refused, rather than answered with other bytes', async ({ client }) => {
        await put(client, 'file', 'some text');
        await rejectsWith('unsupported', collectBytes(client.read('file', { range: { start: 2, end: 4 } })));
      });
      return;
    }

    for (const [name, start, end] of rangesOf(2 * parameters.partSize, parameters.chunkSize)) {
      test(`a range: ${name}`, async ({ client }) => {
        const bytes = patterned(2 * parameters.partSize);
        const { version } = await client.write('file', contentOf(bytes));
        for (const expected of [undefined, version]) {
          const part = await collectBytes(client.read('file', { range: { start, end }, expected }));
          assert.equal(part.byteLength, bytes.subarray(start, end).byteLength);
          assert.ok(Buffer.from(part).equals(bytes.subarray(start, end)));
        }
      });
    }

    test('a range of an empty file is empty', async ({ client }) => {
      await put(client, 'file', '');
      assert.equal((await collectBytes(client.read('file', { range: { start: 0, end: 1 } }))).byteLength, 0);
      assert.equal((await collectBytes(client.read('file', { range: { start: 5, end: 9 } }))).byteLength, 0);
    });

    test('a range of another version than the expected one is refused', async ({ client }) => {
      const stale: FileEntry = await put(client, 'file', 'text');
      await put(client, 'file', 'newer text');
      const options: ReadOptions = { range: { start: 1, end: 3 }, expected: stale.version };
      await rejectsWith('source-changed', collectBytes(client.read('file', options)));
    });
  });
}

/** What comes in one piece is what would come in chunks, under the same conditions. */
function readAllTests(test: DefineTest, partSize: number): void {
  const readAll = async (client: StorageClient, options?: ReadAllOptions): Promise<Buffer> => {
    assert.ok(client.readAll !== undefined, 'another client of this storage has readAll');
    return Buffer.from(await client.readAll('file', options));
  };

  test('in one piece: what the chunks hold, and it belongs to the reader', async ({ client }) => {
    for (const size of [0, 1, partSize]) {
      const bytes = patterned(size);
      const { version } = await client.write('file', contentOf(bytes));
      const first = await readAll(client);
      assert.ok(first.equals(bytes), `${size} bytes are other ones in one piece`);
      const again = await readAll(client, { expected: version });
      assert.ok(again.equals(bytes) && first.equals(bytes), `${size} bytes changed after they were handed over`);
    }
  });

  test('in one piece: what is missing, a directory and another version are refused', async ({ client }) => {
    await rejectsWith('not-found', readAll(client));
    const { version } = await put(client, 'file', 'text');
    await put(client, 'file', 'newer text');
    await rejectsWith('source-changed', readAll(client, { expected: version }));
    await client.remove('file');
    await put(client, 'file/inside', 'text');
    await rejectsWith('is-a-directory', readAll(client));
  });

  test('in one piece: an abort ends it with the reason', async ({ client }) => {
    await put(client, 'file', 'text');
    const reason = new Error('enough');
    await assert.rejects(readAll(client, { signal: AbortSignal.abort(reason) }), reason);
  });
}

function rangesOf(size: number, chunk: number): readonly (readonly [string, number, number])[] {
  return [
    ['the first byte', 0, 1],
    ['the last byte', size - 1, size],
    ['nothing', 5, 5],
    ['all of it', 0, size],
    ['over the border of a chunk', chunk - 1, chunk + 1],
    ['from one part into the next', 1, size / 2 + 3],
    ['to beyond the end', size - 1, 2 * size],
    ['from beyond the end', size, size + 1],
    ['from far beyond the end', 2 * size, 3 * size],
  ];
}
