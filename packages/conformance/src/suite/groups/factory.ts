import assert from 'node:assert/strict';
import { listed, put, textAt } from '../looking.ts';
import type { Suite } from '../suite.ts';

export function factoryTests({ group, open }: Suite): void {
  group('the factory', (test) => {
    test('gives an empty root that exists', async ({ client }) => {
      assert.equal((await client.stat(''))?.kind, 'directory');
      assert.deepEqual(await listed(client, ''), []);
    });

    test('gives stores that do not see each other', async (scene) => {
      const other = await open();
      try {
        await put(scene.client, 'mine', 'text');
        await scene.holds('file mine');
        await other.holds();
        await put(other.client, 'mine', 'another text');
        assert.equal(await textAt(scene.client, 'mine'), 'text');
      } finally {
        await other.end();
      }
      assert.equal(await textAt(scene.client, 'mine'), 'text');
    });

    test('takes a store away with all that is in it', async (scene) => {
      const other = await open();
      await put(other.client, 'dir/file', 'text');
      await other.end();
      await scene.holds();
    });

    test('reopens the same root', async (scene) => {
      const another = await scene.another();
      assert.equal(another.id, scene.client.id);
      await put(scene.client, 'file', 'text');
      assert.equal(await textAt(another, 'file'), 'text');
    });
  });
}
