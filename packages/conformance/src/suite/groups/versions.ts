import assert from 'node:assert/strict';
import { collectBytes, contentOf, type StorageClient, type StoredVersion } from '@syncengine/core';
import { present, put, rejectsWith, textAt } from '../looking.ts';
import type { Suite } from '../suite.ts';

/** For clients whose store keeps by itself what is replaced and removed, and tells it. */
export function versionTests({ group, sample }: Suite): void {
  if (sample.capabilities.versions !== true) return;

  group('versions', (test) => {
    test('a path at which nothing ever stood has none', async (scene) => {
      await put(scene.client, 'other', 'text');
      await scene.eventually(async () => assert.deepEqual(await versionsOf(scene.client, 'missing'), []));
    });

    test('tell what stands there and what stood there, each with its content and from when to when', async (scene) => {
      const { client } = scene;
      const texts = ['one', 'number two', ''];
      for (const text of texts) await put(client, 'dir/file', text);
      await scene.eventually(async () => {
        const versions = await versionsOf(client, 'dir/file');
        assert.deepEqual(await contentsOf(client, versions), texts);
        assert.deepEqual(
          versions.map(({ size }) => size),
          texts.map((text) => text.length),
        );
        assert.equal(new Set(versions.map(({ id }) => id)).size, texts.length);
        for (const [index, version] of versions.entries()) {
          assert.equal(version.path, 'dir/file');
          assert.equal(version.until, versions[index + 1]?.since, 'one ends where the next begins');
        }
      });
    });

    test('tell what was removed, with its end', async (scene) => {
      const { client } = scene;
      await put(client, 'file', 'text');
      await client.remove('file');
      await scene.eventually(async () => {
        const versions = await versionsOf(client, 'file');
        assert.deepEqual(await contentsOf(client, versions), ['text']);
        assert.ok((versions[0]?.until ?? 0) >= (versions[0]?.since ?? 0), 'it has an end, behind its beginning');
        assert.notEqual(versions[0]?.until, undefined);
      });
    });

    test('of a folder are those of the files below it, and no others', async (scene) => {
      const { client } = scene;
      for (const path of ['dir/a', 'dir/deep/b', 'dir2/c', 'dirx', 'e']) await put(client, path, path);
      await client.remove('dir/a');
      await scene.eventually(async () => {
        const paths = async (path: string): Promise<string[]> =>
          (await versionsOf(client, path)).map((version) => version.path).sort();
        assert.deepEqual(await paths('dir'), ['dir/a', 'dir/deep/b']);
        assert.deepEqual(await paths(''), ['dir/a', 'dir/deep/b', 'dir2/c', 'dirx', 'e']);
      });
    });

    test('a removed one comes back, with its time', async (scene) => {
      const { client } = scene;
      const restoreVersion = present(client, 'restoreVersion');
      const before = await client.write('dir/file', contentOf('text'), { modifiedAt: 1_000_000_000_000 });
      await client.remove('dir/file');
      const { id } = await theOne(client, 'dir/file', 'text');
      const entry = await restoreVersion('dir/file', id, { expected: 'absent' });
      assert.equal(entry.path, 'dir/file');
      assert.equal(await textAt(client, 'dir/file'), 'text');
      assert.deepEqual(await client.stat('dir/file'), entry);
      if (client.capabilities.modifiedAt.settable !== 'never') assert.equal(entry.modifiedAt, before.modifiedAt);
      await scene.holds('file dir/file');
    });

    test('an earlier one takes the place of what stands there, which is kept', async (scene) => {
      const { client } = scene;
      const restoreVersion = present(client, 'restoreVersion');
      await put(client, 'file', 'earlier');
      const standing = await put(client, 'file', 'standing');
      const { id } = await theOne(client, 'file', 'earlier');
      await rejectsWith('precondition-failed', restoreVersion('file', id, { expected: 'absent' }));
      assert.equal(await textAt(client, 'file'), 'standing');
      const entry = await restoreVersion('file', id, { expected: standing.version });
      assert.equal(await textAt(client, 'file'), 'earlier');
      await rejectsWith('precondition-failed', restoreVersion('file', id, { expected: standing.version }));
      assert.deepEqual(await client.stat('file'), entry);
      await scene.eventually(async () => {
        const contents = await contentsOf(client, await versionsOf(client, 'file'));
        assert.deepEqual(contents, ['earlier', 'standing', 'earlier']);
      });
      await scene.holds('file file');
    });

    test('one that does not exist is neither read nor restored', async (scene) => {
      const { client } = scene;
      await put(client, 'file', 'text');
      await put(client, 'other', 'other');
      const { id } = await theOne(client, 'other', 'other');
      // What is another file's is none of this one.
      await rejectsWith('not-found', collectBytes(present(client, 'readVersion')('file', id)));
      await rejectsWith('not-found', present(client, 'restoreVersion')('file', id));
      assert.equal(await textAt(client, 'file'), 'text');
      await scene.holds('file file', 'file other');
    });

    test('an aborted call throws the reason, and restores nothing', async (scene) => {
      const { client } = scene;
      await put(client, 'file', 'earlier');
      await put(client, 'file', 'text');
      const { id } = await theOne(client, 'file', 'earlier');
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      await assert.rejects(versionsOf(client, 'file', options), reason);
      await assert.rejects(collectBytes(present(client, 'readVersion')('file', id, options)), reason);
      await assert.rejects(present(client, 'restoreVersion')('file', id, options), reason);
      assert.equal(await textAt(client, 'file'), 'text');
    });
  });
}

/** Oldest first; what stands there comes last. */
async function versionsOf(
  client: StorageClient,
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<StoredVersion[]> {
  const versions: StoredVersion[] = [];
  for await (const page of present(client, 'versions')(path, options)) versions.push(...page);
  return versions.sort((left, right) => ends(left) - ends(right) || left.since - right.since);
}

function ends({ until }: StoredVersion): number {
  return until ?? Number.MAX_SAFE_INTEGER;
}

async function contentsOf(client: StorageClient, versions: readonly StoredVersion[]): Promise<string[]> {
  const contents: string[] = [];
  for (const version of versions) contents.push(await contentOfVersion(client, version));
  return contents;
}

async function contentOfVersion(client: StorageClient, { path, id }: StoredVersion): Promise<string> {
  return Buffer.from(await collectBytes(present(client, 'readVersion')(path, id))).toString();
}

async function theOne(client: StorageClient, path: string, text: string): Promise<StoredVersion> {
  for (const version of await versionsOf(client, path)) {
    if ((await contentOfVersion(client, version)) === text) return version;
  }
  return assert.fail(`no version of ${path} holds ${text}`);
}
