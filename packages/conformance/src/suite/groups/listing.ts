import assert from 'node:assert/strict';
import type { Entry, ListRecursiveOptions, StorageClient } from '@syncengine/core';
import { assertListed, listed, present, put, rejectsWith } from '../looking.ts';
import { compareBytes } from '../names.ts';
import type { DefineTest, Suite } from '../suite.ts';
import { canBeIn, fill, numbered, told, treePaths, walk } from './trees.ts';

export function listingTests({ group, sample, parameters }: Suite): void {
  group('list', (test) => {
    test('an empty root has no children', async ({ client }) => {
      assert.deepEqual(await listed(client, ''), []);
    });

    test('a missing directory is an error, not an empty list', async ({ client }) => {
      await put(client, 'dir/file', 'text');
      await rejectsWith('not-found', listed(client, 'missing'));
      await rejectsWith('not-found', listed(client, 'missing/deeper'));
      await rejectsWith('not-found', listed(client, 'dir/missing'));
      await rejectsWith('not-found', listed(client, 'di'));
    });

    if (sample.capabilities.directories === 'real') {
      test('an empty directory is an empty list, not an error', async ({ client }) => {
        await client.makeDirectory('dir/empty');
        assert.deepEqual(await listed(client, 'dir/empty'), []);
      });
    }

    test('a file has no children', async ({ client }) => {
      await put(client, 'file', 'text');
      await rejectsWith('not-a-directory', listed(client, 'file'));
    });

    test('children are direct ones, told by their whole path', async (scene) => {
      const { client } = scene;
      await put(client, 'top', '1');
      await put(client, 'a/b/deep', '2');
      await put(client, 'a/file', '3');
      await put(client, 'ab/file', '4');
      await scene.lists('', 'a', 'ab', 'top');
      await scene.lists('a', 'a/b', 'a/file');
      await scene.lists('a/b', 'a/b/deep');
    });

    test('many children come once each, or not all of them when it is aborted', async (scene) => {
      const { client } = scene;
      const names = Array.from({ length: parameters.manyEntries }, (_, index) => `many/${numbered(index)}`);
      await fill(client, names);
      await scene.lists('many', ...names);
      const abort = new AbortController();
      const reason = new Error('enough');
      const pages = client.list('many', { signal: abort.signal })[Symbol.asyncIterator]();
      const first = await pages.next();
      abort.abort(reason);
      // A single page leaves nothing to abort.
      if (first.done !== true && first.value.length < names.length) await assert.rejects(pages.next(), reason);
    });

    test('a reader may stop early, and list again', async (scene) => {
      const names = Array.from({ length: 20 }, (_, index) => `dir/${numbered(index)}`);
      await fill(scene.client, names);
      await scene.lists('dir', ...names);
      for await (const page of scene.client.list('dir')) {
        assert.ok(page.length > 0);
        break;
      }
      const unread = scene.client.list('dir')[Symbol.asyncIterator]();
      await unread.return?.();
      await scene.lists('dir', ...names);
    });

    test('two listings of one directory do not disturb each other', async (scene) => {
      const names = Array.from({ length: 20 }, (_, index) => `dir/${numbered(index)}`);
      await fill(scene.client, names);
      await scene.lists('dir', ...names);
      const [one, two] = await Promise.all([listed(scene.client, 'dir'), listed(scene.client, 'dir')]);
      assert.deepEqual(one.map((entry) => entry.path).sort(), names);
      assert.deepEqual(two.map((entry) => entry.path).sort(), names);
    });

    test('tells the same as stat', async (scene) => {
      const { client } = scene;
      await put(client, 'dir/file', 'text');
      await put(client, 'dir/below/file', 'text');
      await scene.eventually(async () => {
        const entries = await listed(client, 'dir');
        assert.equal(entries.length, 2);
        for (const entry of entries) assertListed(client, entry, await client.stat(entry.path));
      });
    });

    test('an aborted call throws the reason', async ({ client }) => {
      await put(client, 'dir/file', 'text');
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      const list = async (): Promise<void> => {
        for await (const page of client.list('dir', { signal })) assert.fail(`a page of ${page.length} came`);
      };
      await assert.rejects(list(), reason);
      await assert.rejects(client.stat('dir', { signal }), reason);
    });
  });

  if (sample.listRecursive !== undefined) group('listRecursive', recursiveTests);
}

function recursiveTests(test: DefineTest): void {
  test('the whole tree comes in canonical order', async (scene) => {
    const { client } = scene;
    await fill(client, treePaths.filter(canBeIn(client)));
    await scene.eventually(async () => assert.deepEqual(await tree(client), await walk(client)));
    const files = (await tree(client)).filter((entry) => entry.kind === 'file').map((entry) => entry.path);
    assert.deepEqual(files, treePaths.filter(canBeIn(client)).sort(compareBytes));
  });

  test('an empty root gives nothing', async ({ client }) => {
    assert.deepEqual(await tree(client), []);
  });

  test('hints about what lies between change nothing', async (scene) => {
    const { client } = scene;
    const paths = treePaths.filter(canBeIn(client));
    await fill(client, paths);
    await scene.eventually(async () => assert.deepEqual(await tree(client), await walk(client)));
    const whole = await tree(client);
    const sorted = [...paths].sort(compareBytes);
    const hints: readonly (readonly string[])[] = [
      [],
      ['b'],
      ['a/x'],
      ['no/such/path'],
      sorted,
      sorted.filter((_, index) => index % 3 === 1),
      ['\u0001', 'm', '\u{10ffff}'],
    ];
    for (const boundaries of hints) assert.deepEqual(await tree(client, { boundaries }), whole, boundaries.join(' '));
  });

  test('a reader may stop early, and list again', async (scene) => {
    const { client } = scene;
    await fill(client, ['a', 'b/c', 'd']);
    await scene.holds('file a', 'file b/c', 'file d');
    for await (const page of present(client, 'listRecursive')()) {
      assert.ok(page.length > 0);
      break;
    }
    assert.equal((await tree(client)).filter((entry) => entry.kind === 'file').length, 3);
  });

  test('an aborted call throws the reason', async ({ client }) => {
    await put(client, 'dir/file', 'text');
    const reason = new Error('enough');
    await assert.rejects(tree(client, { signal: AbortSignal.abort(reason) }), reason);
  });
}

async function tree(client: StorageClient, options: ListRecursiveOptions = {}): Promise<Entry[]> {
  return told(client, present(client, 'listRecursive')(options));
}
