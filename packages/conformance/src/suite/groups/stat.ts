import assert from 'node:assert/strict';
import { fileAt, present, put, rejectsWith } from '../looking.ts';
import { digestOf } from '../material.ts';
import type { Suite } from '../suite.ts';

export function statTests({ group, sample }: Suite): void {
  const { capabilities } = sample;

  group('stat', (test) => {
    test('the root is a directory', async ({ client }) => {
      const root = await client.stat('');
      assert.equal(root?.kind, 'directory');
      assert.equal(root.path, '');
    });

    test('nothing stands at a missing path, nor below a file', async ({ client }) => {
      await put(client, 'file', 'text');
      await put(client, 'dir/file', 'text');
      assert.equal(await client.stat('missing'), undefined);
      assert.equal(await client.stat('missing/deeper'), undefined);
      assert.equal(await client.stat('file/below'), undefined);
      assert.equal(await client.stat('dir/missing'), undefined);
      assert.equal(await client.stat('di'), undefined);
    });

    test('a file has a size, a time and a version', async ({ client }) => {
      await put(client, 'dir/file', 'four');
      const entry = await fileAt(client, 'dir/file');
      assert.equal(entry.path, 'dir/file');
      assert.equal(entry.size, 4);
      assert.equal(typeof entry.modifiedAt, 'number');
      assert.equal(typeof entry.version, 'string');
      assert.notEqual(entry.version, '');
    });

    test('a directory is one', async ({ client }) => {
      await put(client, 'dir/below/file', 'text');
      assert.equal((await client.stat('dir'))?.kind, 'directory');
      assert.equal((await client.stat('dir/below'))?.path, 'dir/below');
    });

    test('a version stays while nothing changes, and changes with the content', async ({ client }) => {
      const written = await put(client, 'file', 'one');
      const before = await fileAt(client, 'file');
      assert.equal(before.version, written.version);
      assert.equal((await fileAt(client, 'file')).version, before.version);
      await put(client, 'other', 'text');
      assert.equal((await fileAt(client, 'file')).version, before.version);
      await put(client, 'file', 'other');
      assert.notEqual((await fileAt(client, 'file')).version, before.version);
    });
  });

  if (sample.hash === undefined) return;
  group('hash', (test) => {
    for (const algorithm of capabilities.hashes.onRequest) {
      test(`gives ${algorithm} in lower-case hexadecimal`, async ({ client }) => {
        const entry = await put(client, 'file', 'abc');
        const hash = present(client, 'hash');
        const digest = digestOf(algorithm, 'abc');
        assert.equal(await hash('file', algorithm), digest);
        assert.equal(await hash('file', algorithm, { expected: entry.version }), digest);
        await put(client, 'empty', '');
        assert.equal(await hash('empty', algorithm), digestOf(algorithm, ''));
        await rejectsWith('source-changed', hash('file', algorithm, { expected: 'another' }));
        await rejectsWith('not-found', hash('missing', algorithm));
        await put(client, 'dir/file', 'text');
        await rejectsWith('is-a-directory', hash('dir', algorithm));
      });
    }

    test('an aborted call throws the reason', async ({ client }) => {
      await put(client, 'file', 'text');
      const reason = new Error('enough');
      const [algorithm = 'sha256'] = capabilities.hashes.onRequest;
      const hashing = present(client, 'hash')('file', algorithm, { signal: AbortSignal.abort(reason) });
      await assert.rejects(hashing, reason);
    });
  });
}
