import assert from 'node:assert/strict';
import { listed, put, rejectsWith, textAt } from '../looking.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function directoryTests({ group, sample, parameters }: Suite): void {
  const isReal = sample.capabilities.directories === 'real';

  group('makeDirectory', (test) => {
    test('tells of what it made, as far as the side has directories', async (scene) => {
      const made = await scene.client.makeDirectory('a/b/c');
      assert.equal(made.kind, 'directory');
      assert.equal(made.path, 'a/b/c');
      await scene.holds('directory a/b/c', 'directory a', 'directory a/b');
    });

    test('one that is there is fine, and keeps what it holds', async (scene) => {
      const { client } = scene;
      await put(client, 'dir/file', 'text');
      assert.equal((await client.makeDirectory('dir')).kind, 'directory');
      assert.equal((await client.makeDirectory('dir')).path, 'dir');
      const root = await client.makeDirectory('');
      assert.equal(root.kind, 'directory');
      assert.equal(root.path, '');
      assert.equal(await textAt(client, 'dir/file'), 'text');
      await scene.holds('file dir/file');
    });

    if (isReal || parameters.namesakes === 'refused') {
      test('a file is in the way', async (scene) => {
        const { client } = scene;
        await put(client, 'file', 'text');
        await rejectsWith('not-a-directory', client.makeDirectory('file'));
        if (isReal) await rejectsWith('not-a-directory', client.makeDirectory('file/below'));
        assert.equal(await textAt(client, 'file'), 'text');
        await scene.holds('file file');
      });
    }

    test('an aborted call throws the reason, and makes nothing', async (scene) => {
      const reason = new Error('enough');
      await assert.rejects(scene.client.makeDirectory('dir', { signal: AbortSignal.abort(reason) }), reason);
      await scene.holds();
    });

    if (isReal) realTests(test, sample.capabilities.permissions);
    else impliedTests(test);
  });
}

function realTests(test: DefineTest, hasPermissions: boolean): void {
  test('an empty one is told, listed and stays', async (scene) => {
    const { client } = scene;
    const made = await client.makeDirectory('dir/empty');
    assert.deepEqual(await client.stat('dir/empty'), made);
    await scene.eventually(async () => assert.deepEqual(await listed(client, 'dir'), [made]));
    assert.deepEqual(await listed(client, 'dir/empty'), []);
  });

  test('many at once make their common parents together', async (scene) => {
    const paths = Array.from({ length: 12 }, (_, index) => `common/parent/${index % 4}/below-${index}`);
    await Promise.all(paths.map((path) => scene.client.makeDirectory(path)));
    await scene.holds(...paths.map((path) => `directory ${path}`));
  });

  if (!hasPermissions) return;
  test('has the permissions that were asked for', async ({ client }) => {
    const made = await client.makeDirectory('dir', { permissions: 0o750 });
    assert.equal(made.permissions, 0o750);
    await client.makeDirectory('dir', { permissions: 0o700 });
    assert.equal((await client.stat('dir'))?.permissions, 0o750);
  });
}

function impliedTests(test: DefineTest): void {
  test('what stat says of one without files is what list says', async (scene) => {
    const { client } = scene;
    await client.makeDirectory('dir');
    await scene.eventually(async () => {
      if ((await client.stat('dir')) === undefined) await rejectsWith('not-found', listed(client, 'dir'));
      else assert.deepEqual(await listed(client, 'dir'), []);
    });
  });

  test('one that was made takes files', async (scene) => {
    await scene.client.makeDirectory('dir');
    await put(scene.client, 'dir/file', 'text');
    await scene.holds('file dir/file');
  });
}
