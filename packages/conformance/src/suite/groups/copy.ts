import assert from 'node:assert/strict';
import { contentOf, MemoryStorageClient, type StorageClient } from '@syncengine/core';
import { fileAt, present, put, rejectsWith, textAt } from '../looking.ts';
import { digestOf } from '../material.ts';
import type { Scene } from '../scene.ts';
import type { Suite } from '../suite.ts';

export function copyTests(suite: Suite): void {
  if (suite.sample.copy !== undefined) copyInside(suite);
  if (suite.sample.copyFrom !== undefined) copyBetween(suite);
}

function copyInside({ group, sample, parameters }: Suite): void {
  const { capabilities } = sample;

  group('copy', (test) => {
    test('gives a second file with the same content and time', async (scene) => {
      const { client } = scene;
      const from = await client.write('from', contentOf('text'), { modifiedAt: 1_000_000_000_000 });
      const to = await present(client, 'copy')('from', 'new/to', { expected: from.version });
      assert.equal(to.path, 'new/to');
      assert.equal(await textAt(client, 'new/to'), 'text');
      assert.deepEqual(await fileAt(client, 'new/to'), to);
      assert.deepEqual(await fileAt(client, 'from'), from);
      if (capabilities.modifiedAt.settable !== 'never') assert.equal(to.modifiedAt, from.modifiedAt);
      assert.equal(to.permissions, from.permissions);
      await scene.holds('file from', 'file new/to');
    });

    test('the two go their own ways', async ({ client }) => {
      await put(client, 'from', 'text');
      await present(client, 'copy')('from', 'to');
      await put(client, 'from', 'newer text');
      assert.equal(await textAt(client, 'to'), 'text');
      await client.remove('from');
      assert.equal(await textAt(client, 'to'), 'text');
    });

    test('replaces nothing, and finds only what is there', async (scene) => {
      const { client } = scene;
      const copy = present(client, 'copy');
      const { version } = await put(client, 'from', 'text');
      await put(client, 'to', 'standing');
      await put(client, 'dir/file', 'text');
      await rejectsWith('already-exists', copy('from', 'to'));
      if (capabilities.directories === 'real' || parameters.namesakes === 'refused') {
        await rejectsWith('already-exists', copy('from', 'dir'));
      }
      await rejectsWith('not-found', copy('missing', 'new'));
      await rejectsWith('is-a-directory', copy('dir', 'new'));
      await put(client, 'from', 'newer text');
      await rejectsWith('precondition-failed', copy('from', 'new', { expected: version }));
      await scene.holds('file dir/file', 'file from', 'file to');
      assert.equal(await textAt(client, 'to'), 'standing');
    });

    test('an aborted call throws the reason, and copies nothing', async (scene) => {
      await put(scene.client, 'from', 'text');
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      await assert.rejects(present(scene.client, 'copy')('from', 'to', options), reason);
      await scene.holds('file from');
    });
  });
}

function copyBetween({ group, sample, open }: Suite): void {
  const { settable } = sample.capabilities.modifiedAt;
  const between = async (body: (to: Scene, from: StorageClient) => Promise<void>, to: Scene): Promise<void> => {
    const from = await open();
    try {
      await body(to, from.client);
    } finally {
      await from.end();
    }
  };

  group('copyFrom', (test) => {
    test('brings a file over, or says that there is no shortcut and does nothing', async (scene) => {
      await between(async (to, from) => {
        const { version } = await put(from, 'dir/from', 'text');
        const copyFrom = present(to.client, 'copyFrom');
        const modifiedAt = 1_000_000_000_000;
        const options = { version, modifiedAt, expected: 'absent' } as const;
        const entry = await copyFrom(from, 'dir/from', 'new/to', options);
        assert.equal(await textAt(from, 'dir/from'), 'text');
        if (entry === undefined) {
          await to.holds();
          return;
        }
        // Who read it on the way may tell digests that a look does not.
        const { hashes: found, ...standing } = await fileAt(to.client, 'new/to');
        const { hashes, ...told } = entry;
        assert.deepEqual(standing, told);
        for (const algorithm of ['sha256', 'sha1', 'md5', 'crc32'] as const) {
          const digest = hashes?.[algorithm] ?? found?.[algorithm];
          if (digest !== undefined) assert.equal(digest, digestOf(algorithm, 'text'));
        }
        assert.equal(await textAt(to.client, 'new/to'), 'text');
        if (settable !== 'never') assert.equal(entry.modifiedAt, modifiedAt);
        await to.holds('file new/to');
      }, scene);
    });

    test('keeps both preconditions', async (scene) => {
      await between(async (to, from) => {
        const stale = await put(from, 'from', 'text');
        const { version } = await put(from, 'from', 'newer text');
        const standing = await put(to.client, 'to', 'standing');
        const copyFrom = present(to.client, 'copyFrom');
        if ((await copyFrom(from, 'from', 'probe', { version })) === undefined) return;
        await to.client.remove('probe');
        await rejectsWith('source-changed', copyFrom(from, 'from', 'new', { version: stale.version }));
        await rejectsWith('precondition-failed', copyFrom(from, 'from', 'to', { version, expected: 'absent' }));
        await rejectsWith(
          'precondition-failed',
          copyFrom(from, 'from', 'new', { version, expected: standing.version }),
        );
        await rejectsWith(['not-found', 'source-changed'], copyFrom(from, 'missing', 'new', { version }));
        assert.equal(await textAt(to.client, 'to'), 'standing');
        await copyFrom(from, 'from', 'to', { version, expected: standing.version });
        assert.equal(await textAt(to.client, 'to'), 'newer text');
        await to.holds('file to');
      }, scene);
    });

    test('knows no shortcut from a client of another kind', async (scene) => {
      const stranger = new MemoryStorageClient({ id: 'memory:stranger' });
      const { version } = await put(stranger, 'from', 'text');
      assert.equal(await present(scene.client, 'copyFrom')(stranger, 'from', 'to', { version }), undefined);
      await scene.holds();
    });
  });
}
