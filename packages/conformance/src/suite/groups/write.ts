import assert from 'node:assert/strict';
import { collectBytes, contentOf } from '@syncengine/core';
import { assertListed, fileAt, listed, put, rejectsWith, textAt } from '../looking.ts';
import { chunksOf, contentThat, digestOf, patterned } from '../material.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function writeTests(suite: Suite): void {
  const { group, sample, parameters } = suite;

  group('write', (test) => {
    for (const size of sizesOf(parameters.chunkSize, parameters.partSize)) {
      test(`${size} bytes come back as they were`, async (scene) => {
        const { client } = scene;
        const bytes = patterned(size);
        const entry = await client.write('dir/file', contentOf(bytes));
        assert.equal(entry.kind, 'file');
        assert.equal(entry.path, 'dir/file');
        assert.equal(entry.size, size);
        assert.ok(Buffer.from(await collectBytes(client.read('dir/file'))).equals(bytes));
        assert.deepEqual(await client.stat('dir/file'), entry);
        await scene.eventually(async () => {
          const entries = await listed(client, 'dir');
          assert.equal(entries.length, 1);
          assertListed(client, entries[0], entry);
        });
        await scene.holds('file dir/file');
      });
    }

    test('chunks of any size are put together', async ({ client }) => {
      await client.write(
        'file',
        contentThat(6, () => chunksOf('', 'abc', '', 'd', 'ef', '')),
      );
      assert.equal(await textAt(client, 'file'), 'abcdef');
    });

    test('chunks across the borders of parts are put together', async ({ client }) => {
      const bytes = patterned(2 * parameters.partSize + 5);
      const stride = Math.ceil(parameters.partSize / 3) + 1;
      const open = async function* open(): AsyncGenerator<Uint8Array> {
        for (let start = 0; start < bytes.byteLength; start += stride) yield bytes.slice(start, start + stride);
      };
      await client.write('file', contentThat(bytes.byteLength, open));
      assert.ok(Buffer.from(await collectBytes(client.read('file'))).equals(bytes));
    });

    test('what stands there is replaced', async (scene) => {
      await put(scene.client, 'file', 'a long old text');
      await put(scene.client, 'file', 'new');
      assert.equal(await textAt(scene.client, 'file'), 'new');
      await put(scene.client, 'file', '');
      assert.equal(await textAt(scene.client, 'file'), '');
      await scene.holds('file file');
    });

    test('until it is done, the path holds what it held', async (scene) => {
      const { client } = scene;
      const reader = await scene.another();
      await put(client, 'file', 'old');
      const size = 2 * parameters.partSize;
      const seen: string[] = [];
      const open = async function* open(): AsyncGenerator<Uint8Array> {
        yield patterned(size / 2);
        seen.push(await textAt(reader, 'file'));
        seen.push(String(await reader.stat('new')));
        yield patterned(size / 2);
      };
      await client.write('file', contentThat(size, open));
      await client.write('new', contentThat(size, open));
      assert.equal(seen[0], 'old');
      assert.equal(seen[3], 'undefined', 'a new file was seen before it was complete');
    });

    test('gives a version that can be expected at once', async ({ client }) => {
      const { version } = await put(client, 'file', 'one');
      assert.equal((await fileAt(client, 'file')).version, version);
      const next = await client.write('file', contentOf('two'), { expected: version });
      await client.remove('file', { expected: next.version });
      assert.equal(await client.stat('file'), undefined);
    });

    kindTests(test, suite);
    metadataOnWriteTests(test, suite);
    hashTests(test, suite);
    if (sample.capabilities.trash === 'folder') keepingTests(test);
    else refusedKeepingTest(test);
  });
}

function sizesOf(chunk: number, part: number): readonly number[] {
  const sizes = [0, 1, chunk - 1, chunk, chunk + 1, part - 1, part, part + 1, 2 * part, 3 * part + 7];
  return [...new Set(sizes)].sort((a, b) => a - b);
}

function kindTests(test: DefineTest, { sample, parameters }: Suite): void {
  if (sample.capabilities.directories === 'implied' && parameters.namesakes === 'possible') {
    test('a file and a directory may have the same name, and both can be reached', async ({ client }) => {
      await put(client, 'name', 'file');
      await put(client, 'name/below', 'below');
      assert.equal(await textAt(client, 'name'), 'file');
      assert.equal(await textAt(client, 'name/below'), 'below');
      await client.remove('name');
      assert.equal(await textAt(client, 'name/below'), 'below');
    });
    return;
  }

  test('a directory is never replaced', async (scene) => {
    const { client } = scene;
    await put(client, 'dir/file', 'text');
    await rejectsWith('is-a-directory', put(client, 'dir', 'text'));
    await rejectsWith('is-a-directory', client.write('dir', contentOf('text'), { expected: 'absent' }));
    await rejectsWith('is-a-directory', put(client, '', 'text'));
    await scene.holds('file dir/file');
    if (client.capabilities.directories === 'implied') return;
    await client.makeDirectory('empty');
    await rejectsWith('is-a-directory', put(client, 'empty', 'text'));
    await scene.holds('file dir/file', 'directory empty');
  });

  test('a file is no parent', async (scene) => {
    const { client } = scene;
    await put(client, 'file', 'text');
    await rejectsWith('not-a-directory', put(client, 'file/below', 'text'));
    await rejectsWith('not-a-directory', put(client, 'file/below/deeper', 'text'));
    await scene.holds('file file');
  });
}

function metadataOnWriteTests(test: DefineTest, { sample }: Suite): void {
  const { modifiedAt: times, permissions: hasPermissions } = sample.capabilities;
  if (times.settable !== 'never') {
    const moments = [
      Date.UTC(2026, 10, 22),
      1_234_567_890_123.456,
      Date.UTC(2037, 0, 1),
      1_000_000_001_999,
      86_400_000,
    ];
    for (const modifiedAt of moments) {
      test(`the time ${modifiedAt} is set`, async ({ client }) => {
        const entry = await client.write('file', contentOf('text'), { modifiedAt });
        const told = entry.modifiedAt ?? Number.NaN;
        assert.ok(Math.abs(told - modifiedAt) < times.precision, `${told} is told`);
        assert.equal((await fileAt(client, 'file')).modifiedAt, told);
        const again = await client.write('file', contentOf('text'), { modifiedAt: told });
        assert.equal(again.modifiedAt, told, 'a time that the side told is one that it can hold');
      });
    }
  }
  if (!hasPermissions) return;
  test('permissions are set, and stay when the file is replaced', async ({ client }) => {
    for (const permissions of [0o600, 0o644, 0o755, 0o400]) {
      const path = `file-${permissions.toString(8)}`;
      const entry = await client.write(path, contentOf('text'), { permissions });
      assert.equal(entry.permissions, permissions);
      assert.equal((await fileAt(client, path)).permissions, permissions);
      await put(client, path, 'new text');
      assert.equal((await fileAt(client, path)).permissions, permissions);
    }
  });
}

function hashTests(test: DefineTest, { parameters }: Suite): void {
  const algorithms = ['sha256', 'sha1', 'md5', 'crc32'] as const;

  test('the promised hashes are checked, and right ones pass', async ({ client }) => {
    for (const content of [Buffer.from('abc'), patterned(2 * parameters.partSize + 1)]) {
      const hashes = Object.fromEntries(algorithms.map((algorithm) => [algorithm, digestOf(algorithm, content)]));
      await client.write('file', contentOf(content), { hashes });
      assert.ok(Buffer.from(await collectBytes(client.read('file'))).equals(content));
    }
  });
}

function keepingTests(test: DefineTest): void {
  const keepReplacedAt = '.syncengine/trash/run/dir/file';

  test('what is replaced is kept where the caller wants it', async ({ client }) => {
    await client.write('dir/file', contentOf('first'), { keepReplacedAt });
    assert.equal(await client.stat(keepReplacedAt), undefined);
    await client.write('dir/file', contentOf('second'), { keepReplacedAt, modifiedAt: 5_000_000 });
    assert.equal(await textAt(client, 'dir/file'), 'second');
    assert.equal(await textAt(client, keepReplacedAt), 'first');
  });

  test('what is kept already is not replaced by what is replaced next', async ({ client }) => {
    await put(client, 'dir/file', 'first');
    await client.write('dir/file', contentOf('second'), { keepReplacedAt });
    await rejectsWith('already-exists', client.write('dir/file', contentOf('third'), { keepReplacedAt }));
    assert.equal(await textAt(client, 'dir/file'), 'second');
    assert.equal(await textAt(client, keepReplacedAt), 'first');
  });

  test('a failed write keeps nothing', async ({ client }) => {
    await put(client, 'file', 'first');
    const short = contentThat(9, () => chunksOf('short'));
    await rejectsWith('content-length-mismatch', client.write('file', short, { keepReplacedAt }));
    await rejectsWith(
      'precondition-failed',
      client.write('file', contentOf('second'), { keepReplacedAt, expected: 'another' }),
    );
    assert.equal(await textAt(client, 'file'), 'first');
    assert.equal(await client.stat(keepReplacedAt), undefined);
  });
}

function refusedKeepingTest(test: DefineTest): void {
  test('keeping what is replaced is refused, rather than left undone', async ({ client }) => {
    await put(client, 'file', 'first');
    const keepReplacedAt = '.syncengine/trash/run/file';
    await rejectsWith('unsupported', client.write('file', contentOf('second'), { keepReplacedAt }));
    assert.equal(await textAt(client, 'file'), 'first');
  });
}
