import assert from 'node:assert/strict';
import { collectBytes, contentOf } from '@syncengine/core';
import { fileAt, listed, put, textAt } from '../looking.ts';
import { patterned } from '../material.ts';
import type { Suite } from '../suite.ts';

const calls = 64;

export function concurrencyTests({ group, parameters }: Suite): void {
  group('many calls at once', (test) => {
    test('writes do not get into each other', async (scene) => {
      const { client } = scene;
      const files = Array.from({ length: calls }, (_, index) => {
        return { path: `dir-${index % 5}/file-${index}`, bytes: patterned((index * 977) % 5000, index) };
      });
      await Promise.all(files.map(({ path, bytes }) => client.write(path, contentOf(bytes))));
      const read = await Promise.all(files.map(({ path }) => collectBytes(client.read(path))));
      for (const [index, { path, bytes }] of files.entries()) {
        assert.ok(Buffer.from(read[index] ?? []).equals(bytes), path);
      }
      await scene.holds(...files.map(({ path }) => `file ${path}`));
    });

    test('large contents do not get into each other', async (scene) => {
      const { client } = scene;
      const files = Array.from({ length: 4 }, (_, index) => {
        return { path: `file-${index}`, bytes: patterned(parameters.partSize + 3 * index, index) };
      });
      await Promise.all(files.map(({ path, bytes }) => client.write(path, contentOf(bytes))));
      const read = await Promise.all(files.map(({ path }) => collectBytes(client.read(path))));
      for (const [index, { path, bytes }] of files.entries()) {
        assert.ok(Buffer.from(read[index] ?? []).equals(bytes), path);
      }
    });

    test('calls of all kinds find what they should', async (scene) => {
      const { client } = scene;
      await Promise.all(Array.from({ length: 8 }, (_, index) => put(client, `standing/${index}`, `text ${index}`)));
      await scene.eventually(async () => assert.equal((await listed(client, 'standing')).length, 8));
      const work = Array.from({ length: calls }, async (_, index) => {
        const standing = `standing/${index % 8}`;
        const own = `own/${index}`;
        switch (index % 6) {
          case 0:
            return assert.equal(await textAt(client, standing), `text ${index % 8}`);
          case 1:
            return assert.equal((await fileAt(client, standing)).size, 6);
          case 2:
            return assert.equal((await listed(client, 'standing')).length, 8);
          case 3:
            await client.makeDirectory(`made/${index}`);
            return;
          case 4:
            await put(client, own, own);
            assert.equal(await textAt(client, own), own);
            return;
          default:
            await put(client, own, own);
            await client.remove(own);
            return assert.equal(await client.stat(own), undefined);
        }
      });
      await Promise.all(work);
      for (let index = 4; index < calls; index += 6) assert.equal(await textAt(client, `own/${index}`), `own/${index}`);
    });

    test('failures stay with the call that failed', async ({ client }) => {
      await put(client, 'file', 'text');
      const outcomes = await Promise.allSettled(
        Array.from({ length: calls }, (_, index) => textAt(client, index % 2 === 0 ? 'file' : `missing-${index}`)),
      );
      for (const [index, outcome] of outcomes.entries()) {
        assert.equal(outcome.status, index % 2 === 0 ? 'fulfilled' : 'rejected');
      }
      assert.equal(await textAt(client, 'file'), 'text');
    });
  });
}
