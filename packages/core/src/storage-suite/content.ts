import assert from 'node:assert/strict';
import { collectBytes, contentOf, type StorageClient, type WriteOptions } from '../storage/index.ts';
import {
  chunksOf,
  contentThat,
  everything,
  fileAt,
  pathsIn,
  patterned,
  put,
  rejectsWith,
  type Suite,
  textAt,
} from './kit.ts';

const mebi = 1024 * 1024;
const sizes = [0, 1, 65_535, 65_536, 65_537, mebi / 4, mebi / 4 + 1, mebi - 1, mebi, mebi + 1, 3 * mebi + 7];

export function contentTests(suite: Suite): void {
  readTests(suite);
  writeTests(suite);
  failedWriteTests(suite);
  preconditionTests(suite);
}

function readTests({ describe, test, sample }: Suite): void {
  describe('read', () => {
    test('what is missing is not found, and a directory has no content', async (client) => {
      await put(client, 'dir/file', 'text');
      await rejectsWith('not-found', textAt(client, 'missing'));
      await rejectsWith('not-found', textAt(client, 'dir/missing'));
      await rejectsWith('is-a-directory', textAt(client, 'dir'));
    });

    test('the expected version is read', async (client) => {
      const { version } = await put(client, 'file', 'text');
      const bytes = await collectBytes(client.read('file', { expected: version }));
      assert.equal(Buffer.from(bytes).toString(), 'text');
    });

    test('another version than the expected one is refused', async (client) => {
      const { version } = await put(client, 'file', 'text');
      await put(client, 'file', 'newer text');
      await rejectsWith('source-changed', collectBytes(client.read('file', { expected: version })));
    });

    test('a file that is replaced while it is read does not end as if nothing had happened', async (client) => {
      const { version } = await client.write('file', contentOf(patterned(3 * mebi)));
      const reading = client.read('file', { expected: version })[Symbol.asyncIterator]();
      await reading.next();
      await client.write('file', contentOf(patterned(3 * mebi + 1)));
      const rest = async (): Promise<void> => {
        while ((await reading.next()).done !== true);
      };
      await rejectsWith('source-changed', rest());
    });

    test('a reader may stop early', async (client) => {
      await client.write('file', contentOf(patterned(3 * mebi)));
      for await (const chunk of client.read('file')) {
        assert.ok(chunk.byteLength > 0);
        break;
      }
      await client.remove('file');
      assert.deepEqual(await pathsIn(client, ''), []);
    });

    test('an abort ends it with the reason', async (client) => {
      await client.write('file', contentOf(patterned(3 * mebi)));
      const abort = new AbortController();
      const reason = new Error('enough');
      const read = async (): Promise<void> => {
        for await (const chunk of client.read('file', { signal: abort.signal })) {
          assert.ok(chunk.byteLength < 3 * mebi);
          abort.abort(reason);
        }
      };
      await assert.rejects(read(), reason);
    });

    if (sample.capabilities.rangedReads) {
      test('a range is read', async (client) => {
        const bytes = patterned(2 * mebi);
        await client.write('file', contentOf(bytes));
        const ranges = [
          [0, 1],
          [5, 5],
          [1, mebi + 3],
          [2 * mebi - 1, 2 * mebi],
          [2 * mebi - 1, 3 * mebi],
          [3 * mebi, 4 * mebi],
        ] as const;
        for (const [start, end] of ranges) {
          const part = await collectBytes(client.read('file', { range: { start, end } }));
          assert.ok(Buffer.from(part).equals(bytes.subarray(start, end)), `${start} to ${end}`);
        }
      });
    }
  });
}

function writeTests({ describe, test, sample }: Suite): void {
  const { capabilities } = sample;

  describe('write', () => {
    for (const size of sizes) {
      test(`${size} bytes come back as they were`, async (client) => {
        const bytes = patterned(size);
        const entry = await client.write('dir/file', contentOf(bytes));
        assert.equal(entry.size, size);
        assert.ok(Buffer.from(await collectBytes(client.read('dir/file'))).equals(bytes));
        assert.deepEqual(await client.stat('dir/file'), entry);
      });
    }

    test('chunks of any size are put together', async (client) => {
      await client.write(
        'file',
        contentThat(6, () => chunksOf('', 'abc', '', 'd', 'ef', '')),
      );
      assert.equal(await textAt(client, 'file'), 'abcdef');
    });

    test('what stands there is replaced', async (client) => {
      await put(client, 'file', 'a long old text');
      await put(client, 'file', 'new');
      assert.equal(await textAt(client, 'file'), 'new');
      assert.deepEqual(await everything(client), ['file file']);
    });

    test('a directory is never replaced', async (client) => {
      await put(client, 'dir/file', 'text');
      await rejectsWith('is-a-directory', put(client, 'dir', 'text'));
      await rejectsWith('is-a-directory', client.write('dir', contentOf('text'), { expected: 'absent' }));
      await rejectsWith('is-a-directory', put(client, '', 'text'));
      assert.deepEqual(await everything(client), ['directory dir', 'file dir/file']);
    });

    test('a file is no parent', async (client) => {
      await put(client, 'file', 'text');
      await rejectsWith('not-a-directory', put(client, 'file/below', 'text'));
      await rejectsWith('not-a-directory', put(client, 'file/below/deeper', 'text'));
      assert.deepEqual(await everything(client), ['file file']);
    });

    if (capabilities.modifiedAt.settable !== 'never') {
      for (const modifiedAt of [Date.UTC(2026, 10, 22), 1_234_567_890_123.456, Date.UTC(2037, 0, 1), 86_400_000, 1]) {
        test(`the time ${modifiedAt} is set`, async (client) => {
          const entry = await client.write('file', contentOf('text'), { modifiedAt });
          assert.ok(Math.abs((entry.modifiedAt ?? 0) - modifiedAt) < capabilities.modifiedAt.precision);
          assert.equal((await fileAt(client, 'file')).modifiedAt, entry.modifiedAt);
        });
      }
    }

    if (capabilities.permissions) {
      test('permissions are set, and stay when the file is replaced', async (client) => {
        for (const permissions of [0o600, 0o644, 0o755, 0o400]) {
          await client.write(`file-${permissions}`, contentOf('text'), { permissions });
          assert.equal((await fileAt(client, `file-${permissions}`)).permissions, permissions);
          await put(client, `file-${permissions}`, 'new text');
          assert.equal((await fileAt(client, `file-${permissions}`)).permissions, permissions);
        }
      });
    }

    if (capabilities.trash === 'folder') {
      test('what is replaced is kept where the caller wants it', async (client) => {
        const keepReplacedAt = '.syncengine/trash/run/dir/file';
        await client.write('dir/file', contentOf('first'), { keepReplacedAt });
        assert.equal(await client.stat(keepReplacedAt), undefined);
        await client.write('dir/file', contentOf('second'), { keepReplacedAt, modifiedAt: 5000 });
        assert.equal(await textAt(client, 'dir/file'), 'second');
        assert.equal(await textAt(client, keepReplacedAt), 'first');
        await rejectsWith('already-exists', client.write('dir/file', contentOf('third'), { keepReplacedAt }));
        assert.equal(await textAt(client, 'dir/file'), 'second');
        assert.equal(await textAt(client, keepReplacedAt), 'first');
      });
    }
  });
}

function failedWriteTests({ describe, test }: Suite): void {
  const failures: readonly (readonly [string, () => AsyncIterable<Uint8Array>])[] = [
    ['ends early', () => chunksOf('ab')],
    ['ends late', () => chunksOf('abc', 'defg')],
    ['has nothing', () => chunksOf()],
  ];

  describe('a failed write', () => {
    for (const [name, open] of failures) {
      test(`leaves what stood there when the content ${name}`, async (client) => {
        await put(client, 'file', 'old');
        const before = await client.stat('file');
        await rejectsWith('content-length-mismatch', client.write('file', contentThat(5, open)));
        await rejectsWith('content-length-mismatch', client.write('new/file', contentThat(5, open)));
        assert.deepEqual(await client.stat('file'), before);
        assert.deepEqual(await everything(client), ['file file']);
      });
    }

    test('leaves nothing of a large content that ends early', async (client) => {
      const part = patterned(mebi);
      const open = async function* open(): AsyncGenerator<Uint8Array> {
        yield part;
      };
      await rejectsWith('content-length-mismatch', client.write('file', contentThat(mebi + 1, open)));
      await rejectsWith('content-length-mismatch', client.write('file', contentThat(mebi - 1, open)));
      assert.deepEqual(await everything(client), []);
    });

    test('passes on what the content threw', async (client) => {
      const broken = new Error('the line is dead');
      const open = async function* open(): AsyncGenerator<Uint8Array> {
        yield patterned(mebi);
        throw broken;
      };
      await assert.rejects(client.write('file', contentThat(2 * mebi, open)), (error: unknown) => {
        return error === broken || (error instanceof Error && error.cause === broken);
      });
      assert.deepEqual(await everything(client), []);
    });

    test('leaves nothing when it is aborted', async (client) => {
      for (const size of [6, 2 * mebi]) {
        const abort = new AbortController();
        const reason = new Error('enough');
        const open = async function* open(): AsyncGenerator<Uint8Array> {
          yield patterned(size / 2);
          abort.abort(reason);
          yield patterned(size / 2);
        };
        await assert.rejects(client.write('file', contentThat(size, open), { signal: abort.signal }), reason);
        assert.deepEqual(await everything(client), []);
      }
    });

    test('leaves nothing when the hash is not the promised one', async (client) => {
      await put(client, 'file', 'old');
      const hashes = { sha256: '0'.repeat(64) };
      await rejectsWith('content-mismatch', client.write('file', contentOf('new'), { hashes }));
      await rejectsWith('content-mismatch', client.write('large', contentOf(patterned(2 * mebi)), { hashes }));
      assert.equal(await textAt(client, 'file'), 'old');
      assert.deepEqual(await everything(client), ['file file']);
    });

    test('is none when the hashes are the promised ones', async (client) => {
      const hashes = {
        sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
        md5: '900150983cd24fb0d6963f7d28e17f72',
        crc32: '352441c2',
      };
      await client.write('file', contentOf('abc'), { hashes });
      assert.equal(await textAt(client, 'file'), 'abc');
    });
  });
}

function preconditionTests({ describe, test, enforcesAbsence }: Suite): void {
  describe('the precondition of a write', () => {
    test('absent holds where nothing stands', async (client) => {
      await client.write('dir/file', contentOf('text'), { expected: 'absent' });
      await rejectsWith('precondition-failed', client.write('dir/file', contentOf('new'), { expected: 'absent' }));
      assert.equal(await textAt(client, 'dir/file'), 'text');
      assert.deepEqual(await everything(client), ['directory dir', 'file dir/file']);
    });

    test('a version holds while it stands there', async (client) => {
      const first = await put(client, 'file', 'first');
      const second = await client.write('file', contentOf('second'), { expected: first.version });
      const stale = client.write('file', contentOf('third'), { expected: first.version });
      await rejectsWith('precondition-failed', stale);
      await client.remove('file');
      const gone = client.write('file', contentOf('fourth'), { expected: second.version });
      await rejectsWith('precondition-failed', gone);
      assert.deepEqual(await everything(client), []);
    });

    if (enforcesAbsence) {
      test('absent holds for exactly one of two writers', async (client) => {
        for (let round = 0; round < 20; round += 1) {
          const path = `file-${round}`;
          const outcomes = await Promise.allSettled([
            client.write(path, contentOf(patterned(round * 40_000)), { expected: 'absent' }),
            slowly(client, path, 'the other', { expected: 'absent' }),
          ]);
          const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
          assert.equal(won.length, 1, `round ${round}`);
        }
      });
    }
  });
}

async function slowly(client: StorageClient, path: string, text: string, options: WriteOptions): Promise<unknown> {
  return client.write(
    path,
    contentThat(text.length, () => chunksOf(...text)),
    options,
  );
}
