import assert from 'node:assert/strict';
import type { StorageClient } from '@syncengine/core';
import { listed, present, put, rejectsWith, textAt } from '../looking.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function symlinkTests({ group, sample }: Suite): void {
  if (!sample.capabilities.symlinks) return;

  group('makeSymlink', (test) => {
    test('tells its target as it is written, even when that leads nowhere or out', async (scene) => {
      const { client } = scene;
      for (const target of ['missing', '../outside', '/etc/hostname', 'a//b/./c', 'spaces and \n']) {
        const made = await present(client, 'makeSymlink')('dir/link', target);
        assert.equal(made.target, target);
        assert.deepEqual(await client.stat('dir/link'), made);
        assert.deepEqual(await client.stat('dir/link', { followSymlinks: true }), made);
        await scene.eventually(async () => assert.deepEqual(await listed(client, 'dir', true), [made]));
        await client.remove('dir/link', { expected: made.version });
      }
    });

    test('keeps its precondition, and replaces files and links but no directories', async (scene) => {
      const { client } = scene;
      const link = present(client, 'makeSymlink');
      const first = await link('link', 'one', { expected: 'absent' });
      await rejectsWith('precondition-failed', link('link', 'two', { expected: 'absent' }));
      const second = await link('link', 'two', { expected: first.version });
      assert.notEqual(second.version, first.version);
      await rejectsWith('precondition-failed', link('link', 'three', { expected: first.version }));
      await put(client, 'file', 'text');
      await link('file', 'four');
      await put(client, 'dir/file', 'text');
      await rejectsWith('is-a-directory', link('dir', 'five'));
      await scene.holds('file dir/file', 'symlink file', 'symlink link');
    });

    followingTests(test);

    if (sample.capabilities.trash === 'folder') {
      test('what is replaced is kept where the caller wants it', async ({ client }) => {
        const keepReplacedAt = '.syncengine/trash/run/file';
        await put(client, 'file', 'text');
        await present(client, 'makeSymlink')('file', 'elsewhere', { keepReplacedAt });
        assert.equal(await textAt(client, keepReplacedAt), 'text');
        assert.equal((await client.stat('file'))?.kind, 'symlink');
      });
    }
  });
}

function followingTests(test: DefineTest): void {
  test('a file takes the place of a link, not of what it points to', async ({ client }) => {
    await put(client, 'target', 'text');
    await present(client, 'makeSymlink')('link', 'target');
    await put(client, 'link', 'own text');
    assert.equal((await client.stat('link'))?.kind, 'file');
    assert.equal(await textAt(client, 'target'), 'text');
  });

  test('a link can be moved and removed without touching what it points to', async ({ client }) => {
    await put(client, 'dir/file', 'text');
    await present(client, 'makeSymlink')('link', 'dir');
    await client.move?.('link', 'renamed');
    const path = client.move === undefined ? 'link' : 'renamed';
    assert.equal((await client.stat(path))?.kind, 'symlink');
    await client.remove(path);
    assert.equal(await textAt(client, 'dir/file'), 'text');
  });

  test('is followed inside the root by who wants that', async (scene) => {
    const { client } = scene;
    const link = present(client, 'makeSymlink');
    const file = await put(client, 'real/file', 'text');
    await link('real/to-file', 'file');
    await link('to-directory', 'real');
    const followed = await client.stat('real/to-file', { followSymlinks: true });
    assert.deepEqual(followed, { ...file, path: 'real/to-file' });
    const version = followed.kind === 'file' ? followed.version : undefined;
    const chunks = client.read('real/to-file', { expected: version });
    for await (const chunk of chunks) assert.equal(Buffer.from(chunk).toString(), 'text');
    assert.equal((await client.stat('to-directory', { followSymlinks: true }))?.kind, 'directory');
    assert.equal((await client.stat('to-directory'))?.kind, 'symlink');
    await scene.lists('to-directory', 'to-directory/file', 'to-directory/to-file');
  });

  test('is not followed to a directory that is on the way to it', async ({ client }) => {
    const link = present(client, 'makeSymlink');
    await put(client, 'a/file', 'text');
    await put(client, 'b/file', 'text');
    await link('a/self', '.');
    await link('a/root', '..');
    await link('a/b', '../b');
    await link('b/a', '../a');
    await link('loop', 'loop');
    assert.equal(await kindBehind(client, 'a/self'), 'symlink');
    assert.equal(await kindBehind(client, 'a/root'), 'symlink');
    assert.equal(await kindBehind(client, 'a/b'), 'directory');
    assert.equal(await kindBehind(client, 'a/b/a'), 'symlink');
    assert.equal(await kindBehind(client, 'loop'), 'symlink');
  });

  test('is not followed out of the root, not even to write', async (scene) => {
    const { client } = scene;
    const link = present(client, 'makeSymlink');
    // Above any root: with less, the link may stay inside the root around that of a prefixed client.
    await link('out', '../'.repeat(40));
    await link('far', '/tmp');
    for (const way of ['out', 'far']) {
      assert.equal(await kindBehind(client, way), 'symlink');
      const codes = ['outside-root', 'not-a-directory', 'not-found', 'permission-denied', 'unreadable'] as const;
      await rejectsWith(codes, put(client, `${way}/syncengine-suite-file`, 'text'));
      await rejectsWith(codes, client.makeDirectory(`${way}/syncengine-suite-directory`));
      await rejectsWith(codes, listed(client, way));
    }
    await scene.holds('symlink far', 'symlink out');
  });
}

async function kindBehind(client: StorageClient, path: string): Promise<string | undefined> {
  return (await client.stat(path, { followSymlinks: true }))?.kind;
}
