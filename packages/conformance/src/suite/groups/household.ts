import assert from 'node:assert/strict';
import { type StorageClient, SyncEngineError } from '@syncengine/core';
import { listed, present, put, textAt } from '../looking.ts';
import { patterned } from '../material.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function householdTests({ group, sample }: Suite): void {
  group('household', (test) => {
    test('an id is told, and stays the same', async (scene) => {
      const { id } = scene.client;
      assert.equal(typeof id, 'string');
      assert.notEqual(id, '');
      await put(scene.client, 'file', 'text');
      assert.equal(scene.client.id, id);
    });

    test('methods do not depend on how they are called', async ({ client }) => {
      const write = client.write.bind(client);
      await write('file', {
        size: 3,
        open: async function* open() {
          yield new Uint8Array(3);
        },
      });
      assert.equal((await client.stat('file'))?.kind, 'file');
    });

    if (sample.flush !== undefined) {
      test('a flush changes nothing that can be seen', async (scene) => {
        await put(scene.client, 'dir/file', 'text');
        const before = await scene.client.stat('dir/file');
        await present(scene.client, 'flush')();
        await present(scene.client, 'flush')();
        assert.deepEqual(await scene.client.stat('dir/file'), before);
        await scene.holds('file dir/file');
      });
    }

    if (sample.recover !== undefined) {
      test('a clean-up takes nothing that is done', async (scene) => {
        await put(scene.client, 'dir/file', 'text');
        const before = await scene.client.stat('dir/file');
        await present(scene.client, 'recover')();
        await (await scene.another()).recover?.({ keep: ['no such token'] });
        assert.deepEqual(await scene.client.stat('dir/file'), before);
        await scene.holds('file dir/file');
      });
    }

    if (sample.usage !== undefined) {
      test('free space is a number of bytes, or unknown', async ({ client }) => {
        const { freeBytes } = await present(client, 'usage')();
        assert.ok(freeBytes === undefined || freeBytes >= 0, `${freeBytes} bytes free`);
      });
    }

    if (sample.close !== undefined) closeTests(test);
  });
}

function closeTests(test: DefineTest): void {
  test('a client can be closed before it was used, and twice', async ({ client }) => {
    await present(client, 'close')();
    await present(client, 'close')();
  });

  test('what was written is there after closing', async (scene) => {
    const other = await scene.another();
    if (other === scene.client) return;
    await other.write('file', {
      size: 3,
      open: async function* open() {
        yield patterned(3);
      },
    });
    await other.close?.();
    assert.equal((await scene.client.stat('file'))?.kind, 'file');
    await scene.holds('file file');
  });

  test('calls on a closed client end, well or with an error of ours', async ({ client }) => {
    await put(client, 'file', 'text');
    await present(client, 'close')();
    for (const [name, call] of Object.entries(callsOf(client))) {
      const outcome: unknown = await call().catch((error: unknown) => error);
      if (outcome instanceof Error) {
        assert.ok(outcome instanceof SyncEngineError, `${name} threw ${String(outcome)}`);
      }
    }
  });
}

function callsOf(client: StorageClient): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    stat: () => client.stat('file'),
    list: () => listed(client, ''),
    read: () => textAt(client, 'file'),
    write: () => put(client, 'other', 'text'),
    remove: () => client.remove('file'),
  };
}
