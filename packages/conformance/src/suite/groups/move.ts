import assert from 'node:assert/strict';
import { fileAt, present, put, rejectsWith, textAt } from '../looking.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function moveTests({ group, sample }: Suite): void {
  if (sample.move === undefined) return;
  const { capabilities } = sample;

  group('move', (test) => {
    test('renames a file, making parents', async (scene) => {
      const { client } = scene;
      const before = await put(client, 'from', 'text');
      await present(client, 'move')('from', 'new/dir/to', { expected: before.version });
      assert.equal(await client.stat('from'), undefined);
      assert.equal(await textAt(client, 'new/dir/to'), 'text');
      const after = await fileAt(client, 'new/dir/to');
      assert.equal(after.identity, before.identity);
      assert.equal(after.modifiedAt, before.modifiedAt, 'a file that is moved keeps its time');
      assert.equal(after.permissions, before.permissions);
      await scene.holds('file new/dir/to');
    });

    test('renames a directory with all that it holds', async (scene) => {
      const { client } = scene;
      await put(client, 'from/a/b', 'text');
      await put(client, 'from/c', 'more');
      await put(client, 'fromage', 'another');
      await present(client, 'move')('from', 'into/to');
      assert.equal(await textAt(client, 'into/to/a/b'), 'text');
      assert.equal(await client.stat('from'), undefined);
      await scene.holds('file into/to/a/b', 'file into/to/c', 'file fromage');
    });

    test('replaces nothing', async (scene) => {
      const { client } = scene;
      const move = present(client, 'move');
      await put(client, 'from', 'text');
      await put(client, 'to', 'standing');
      await put(client, 'dir/file', 'text');
      await rejectsWith('already-exists', move('from', 'to'));
      await rejectsWith('already-exists', move('from', 'dir'));
      await rejectsWith('already-exists', move('dir', 'to'));
      assert.equal(await textAt(client, 'to'), 'standing');
      assert.equal(await textAt(client, 'from'), 'text');
      await scene.holds('file from', 'file to', 'file dir/file');
    });

    test('what is missing is not found, and leaves no parents', async (scene) => {
      const move = present(scene.client, 'move');
      await rejectsWith('not-found', move('missing', 'to'));
      await rejectsWith('not-found', move('missing/deeper', 'new/dir/to'));
      await scene.holds();
    });

    test('another version than the expected one stays', async (scene) => {
      const { client } = scene;
      const { version } = await put(client, 'from', 'text');
      await put(client, 'from', 'newer text');
      const move = present(client, 'move');
      await rejectsWith('precondition-failed', move('from', 'to', { expected: version }));
      assert.equal(await textAt(client, 'from'), 'newer text');
      await scene.holds('file from');
    });

    test('a directory does not go into itself, and the root not at all', async (scene) => {
      const { client } = scene;
      const move = present(client, 'move');
      await put(client, 'dir/file', 'text');
      await rejectsWith('unsupported', move('dir', 'dir/below'));
      await rejectsWith('unsupported', move('dir', 'dir/below/deeper'));
      if (!capabilities.caseSensitive) await rejectsWith('unsupported', move('dir', 'DIR/below'));
      await rejectsWith('unsupported', move('', 'below'));
      await scene.holds('file dir/file');
      if (!capabilities.symlinks) return;
      await present(client, 'makeSymlink')('link', 'dir');
      await rejectsWith('unsupported', move('dir', 'link/below'));
      await scene.holds('file dir/file', 'symlink link');
    });

    test('a change of case only works', async (scene) => {
      const { client } = scene;
      const move = present(client, 'move');
      await put(client, 'dir/name', 'text');
      await move('dir/name', 'dir/NAME');
      await scene.lists('dir', 'dir/NAME');
      await move('dir', 'DIR');
      await scene.lists('', 'DIR');
      assert.equal(await textAt(client, 'DIR/NAME'), 'text');
    });

    test('an aborted call throws the reason, and moves nothing', async (scene) => {
      await put(scene.client, 'from', 'text');
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      await assert.rejects(present(scene.client, 'move')('from', 'to', options), reason);
      await scene.holds('file from');
    });

    if (capabilities.directories === 'real') realTests(test, capabilities.stableIdentity);
  });
}

function realTests(test: DefineTest, hasIdentity: boolean): void {
  test('renames an empty directory', async (scene) => {
    await scene.client.makeDirectory('from');
    const before = await scene.client.stat('from');
    await present(scene.client, 'move')('from', 'to');
    if (hasIdentity) assert.equal((await scene.client.stat('to'))?.identity, before?.identity);
    await scene.holds('directory to');
  });

  test('an empty directory is not replaced either', async (scene) => {
    const { client } = scene;
    await client.makeDirectory('from');
    await client.makeDirectory('to');
    await put(client, 'file', 'text');
    await rejectsWith('already-exists', present(client, 'move')('from', 'to'));
    await rejectsWith('already-exists', present(client, 'move')('file', 'to'));
    await scene.holds('directory from', 'directory to', 'file file');
  });
}
