import assert from 'node:assert/strict';
import { put, rejectsWith, textAt } from '../looking.ts';
import type { Suite } from '../suite.ts';

export function removeTests({ group, sample, parameters }: Suite): void {
  const isReal = sample.capabilities.directories === 'real';

  group('remove', (test) => {
    test('takes a file away', async (scene) => {
      const { client } = scene;
      const { version } = await put(client, 'dir/file', 'text');
      await put(client, 'dir/other', 'text');
      await client.remove('dir/file', { expected: version });
      assert.equal(await client.stat('dir/file'), undefined);
      await rejectsWith('not-found', textAt(client, 'dir/file'));
      await scene.holds('file dir/other');
    });

    test('what is missing is not found', async ({ client }) => {
      await put(client, 'file', 'text');
      await rejectsWith('not-found', client.remove('missing'));
      await rejectsWith('not-found', client.remove('missing/deeper'));
      await rejectsWith('not-found', client.remove('file/below'));
      await rejectsWith('not-found', client.remove('fil'));
      await client.remove('file');
      await rejectsWith('not-found', client.remove('file'));
    });

    test('another version than the expected one stays', async ({ client }) => {
      const { version } = await put(client, 'file', 'text');
      await put(client, 'file', 'newer text');
      await rejectsWith('precondition-failed', client.remove('file', { expected: version }));
      assert.equal(await textAt(client, 'file'), 'newer text');
    });

    test('a directory that holds something stays', async (scene) => {
      const { client } = scene;
      await put(client, 'dir/below/file', 'text');
      await rejectsWith('not-empty', client.remove('dir'));
      await rejectsWith('not-empty', client.remove('dir/below'));
      assert.equal(await textAt(client, 'dir/below/file'), 'text');
      await scene.holds('file dir/below/file');
    });

    test('the root stays', async (scene) => {
      const { client } = scene;
      await rejectsWith('unsupported', client.remove(''));
      assert.equal((await client.stat(''))?.kind, 'directory');
      await put(client, 'file', 'text');
      await rejectsWith(['unsupported', 'not-empty'], client.remove(''));
      await scene.holds('file file');
    });

    test('an aborted call throws the reason, and removes nothing', async ({ client }) => {
      await put(client, 'file', 'text');
      const reason = new Error('enough');
      await assert.rejects(client.remove('file', { signal: AbortSignal.abort(reason) }), reason);
      assert.equal(await textAt(client, 'file'), 'text');
    });

    if (isReal) {
      test('takes an empty directory away, and its parents stay', async (scene) => {
        const { client } = scene;
        await client.makeDirectory('above/dir');
        await client.remove('above/dir');
        assert.equal(await client.stat('above/dir'), undefined);
        await scene.holds('directory above');
        await put(client, 'above/file', 'text');
        await client.remove('above/file');
        await scene.holds('directory above');
      });
    } else if (parameters.namesakes === 'refused') {
      test('takes an implied directory away with its last file', async (scene) => {
        const { client } = scene;
        await put(client, 'a/b/file', 'text');
        await client.remove('a/b/file');
        await scene.eventually(async () => assert.equal(await client.stat('a'), undefined));
        await rejectsWith('not-found', client.remove('a'));
        await scene.holds();
      });
    }
  });
}
