import assert from 'node:assert/strict';
import { present, put, rejectsWith, textAt } from '../looking.ts';
import type { Suite } from '../suite.ts';

export function metadataTests({ group, sample }: Suite): void {
  if (sample.setMetadata === undefined) return;
  const { capabilities } = sample;
  const paths = capabilities.directories === 'real' ? ['dir/file', 'dir'] : ['dir/file'];

  group('setMetadata', (test) => {
    for (const path of paths) {
      if (capabilities.modifiedAt.settable === 'in-place') {
        test(`sets the time of ${path}`, async ({ client }) => {
          await put(client, 'dir/file', 'text');
          const before = await client.stat(path);
          const after = await present(client, 'setMetadata')(path, { modifiedAt: 1_000_000_000_000 });
          assert.equal(after.modifiedAt, 1_000_000_000_000);
          assert.equal(after.permissions, before?.permissions);
          assert.deepEqual(await client.stat(path), after);
          assert.equal(await textAt(client, 'dir/file'), 'text');
        });
      }
      if (capabilities.permissions) {
        test(`sets the permissions of ${path}`, async ({ client }) => {
          await put(client, 'dir/file', 'text');
          const before = await client.stat(path);
          const after = await present(client, 'setMetadata')(path, { permissions: 0o750 });
          assert.equal(after.permissions, 0o750);
          assert.equal(after.modifiedAt, before?.modifiedAt);
          assert.deepEqual(await client.stat(path), after);
        });
      }
    }

    test('keeps its precondition, and finds only what is there', async ({ client }) => {
      const set = present(client, 'setMetadata');
      const change = capabilities.permissions ? { permissions: 0o600 } : { modifiedAt: 1_000_000_000_000 };
      const { version } = await put(client, 'file', 'text');
      const newer = await put(client, 'file', 'newer text');
      await rejectsWith('precondition-failed', set('file', change, { expected: version }));
      assert.deepEqual(await client.stat('file'), newer);
      await set('file', change, { expected: newer.version });
      assert.equal(await textAt(client, 'file'), 'newer text');
      await rejectsWith('not-found', set('missing', change));
    });

    test('an aborted call throws the reason, and changes nothing', async ({ client }) => {
      const before = await put(client, 'file', 'text');
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      await assert.rejects(
        present(client, 'setMetadata')('file', { modifiedAt: 0, permissions: 0o600 }, options),
        reason,
      );
      assert.deepEqual(await client.stat('file'), before);
    });
  });
}
