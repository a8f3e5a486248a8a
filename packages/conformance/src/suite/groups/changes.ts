import assert from 'node:assert/strict';
import type { ChangesOptions, Entry, StorageClient } from '@syncengine/core';
import { present, put } from '../looking.ts';
import type { Scene } from '../scene.ts';
import type { DefineTest, Suite } from '../suite.ts';
import { canBeIn, fill, told, treePaths, walk } from './trees.ts';

export function changesTests({ group, sample, open }: Suite): void {
  if (sample.changes === undefined) return;

  group('changes', (test) => {
    test('without a cursor the whole tree comes in canonical order', async (scene) => {
      await fill(scene.client, treePaths.filter(canBeIn(scene.client)));
      const { cursor } = await seesAll(scene, scene.client);
      assert.ok(Buffer.byteLength(cursor) <= 4096, `a cursor of ${Buffer.byteLength(cursor)} bytes is too long`);
      for (const secret of scene.fixture.secrets ?? [])
        assert.ok(!cursor.includes(secret), 'the cursor tells a secret');
    });

    test('an empty root gives nothing', async (scene) => {
      assert.deepEqual((await seesAll(scene, scene.client)).entries, []);
    });

    followingTests(test);
    uselessCursorTests(test);

    test('a cursor of another root is of no use, and does no harm', async (scene) => {
      const other = await open();
      try {
        await put(other.client, 'theirs/file', 'text');
        await put(scene.client, 'ours/file', 'text');
        const { cursor, entries } = await seesAll(other, other.client);
        await seesAll(scene, scene.client, cursor, { known: inPages(entries) });
      } finally {
        await other.end();
      }
    });

    test('an aborted call throws the reason', async ({ client }) => {
      const reason = new Error('enough');
      const look = async (): Promise<unknown> => {
        const options = { signal: AbortSignal.abort(reason) };
        return told(client, (await present(client, 'changes')(undefined, options)).entries);
      };
      await assert.rejects(look(), reason);
    });
  });
}

function followingTests(test: DefineTest): void {
  test('with a cursor, and what was told with it, comes the tree of now', async (scene) => {
    const { client } = scene;
    await fill(client, ['a/one', 'a/two', 'a/three', 'b/four', 'c']);
    const first = await seesAll(scene, client);
    await put(client, 'a/one', 'edited');
    await client.remove('a/two');
    await put(client, 'a/new', 'text');
    await put(client, 'z/deep/down', 'text');
    await client.remove('c');
    await client.move?.('b', 'moved');
    const next = await scene.another();
    const second = await seesAll(scene, next, first.cursor, { known: inPages(first.entries) });
    await put(client, 'a/two', 'here again');
    await seesAll(scene, next, second.cursor, { known: inPages(second.entries) });
  });

  test('nothing changes as long as nothing changed', async (scene) => {
    await fill(scene.client, ['a/one', 'b', 'c/d/e']);
    let { cursor, entries } = await seesAll(scene, scene.client);
    for (let round = 0; round < 3; round += 1) {
      const again = await seesAll(scene, await scene.another(), cursor, { known: inPages(entries) });
      assert.deepEqual(again.entries, entries);
      ({ cursor, entries } = again);
    }
  });

  test('an old cursor can be used again', async (scene) => {
    const { client } = scene;
    await put(client, 'a', 'text');
    const first = await seesAll(scene, client);
    await put(client, 'b', 'text');
    await seesAll(scene, client, first.cursor, { known: inPages(first.entries) });
    await client.remove('a');
    await seesAll(scene, await scene.another(), first.cursor, { known: inPages(first.entries) });
  });
}

function uselessCursorTests(test: DefineTest): void {
  test('a cursor that is none costs a full listing, and nothing else', async (scene) => {
    await fill(scene.client, ['a/one', 'b']);
    for (const cursor of ['', 'no such cursor', '{"page":1}', '../../etc/passwd']) {
      await seesAll(scene, scene.client, cursor, { known: inPages([]) });
    }
  });

  test('a cursor alone, without what was told with it, is enough to see all', async (scene) => {
    await fill(scene.client, ['a/one', 'b']);
    const { cursor } = await seesAll(scene, scene.client);
    await put(scene.client, 'c', 'text');
    await seesAll(scene, await scene.another(), cursor);
  });

  test('who wants all afresh gets what is there, whatever is known', async (scene) => {
    await fill(scene.client, ['a/one', 'b']);
    const { cursor } = await seesAll(scene, scene.client);
    const known: Entry[] = [{ kind: 'file', path: 'never/there', version: 'none', size: 1 }];
    await seesAll(scene, await scene.another(), cursor, { known: inPages(known), afresh: true });
  });
}

interface Seen {
  readonly cursor: string;
  readonly entries: readonly Entry[];
}

/** Asks for the changes, and shows that what comes is the tree as `list` tells it. */
async function seesAll(scene: Scene, client: StorageClient, cursor?: string, options?: ChangesOptions): Promise<Seen> {
  // A stream can be read once, but late changes make the question be asked again.
  const known: Entry[] = [];
  for await (const page of options?.known ?? []) known.push(...page);
  let seen: Seen | undefined;
  await scene.eventually(async () => {
    const again = options?.known === undefined ? options : { ...options, known: inPages(known) };
    const tree = await present(client, 'changes')(cursor, again);
    seen = { cursor: tree.cursor, entries: await told(client, tree.entries) };
    assert.deepEqual(seen.entries, await walk(client));
  });
  assert.ok(seen !== undefined);
  return seen;
}

async function* inPages(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  const size = 3;
  for (let start = 0; start < entries.length; start += size) yield entries.slice(start, start + size);
}
