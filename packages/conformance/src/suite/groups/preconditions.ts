import assert from 'node:assert/strict';
import { type Content, contentOf, type Expectation, isSyncEngineError, type StorageClient } from '@syncengine/core';
import { put, rejectsWith, textAt } from '../looking.ts';
import { contentThat, patterned } from '../material.ts';
import type { Scene } from '../scene.ts';
import type { Suite } from '../suite.ts';

export function preconditionTests({ group, sample, parameters }: Suite): void {
  const { conditionalWrites, conditionalRemoves } = sample.capabilities;

  group('the precondition of a write', (test) => {
    test('absent holds where nothing stands', async (scene) => {
      const { client } = scene;
      await client.write('dir/file', contentOf('text'), { expected: 'absent' });
      await rejectsWith('precondition-failed', client.write('dir/file', contentOf('new'), { expected: 'absent' }));
      assert.equal(await textAt(client, 'dir/file'), 'text');
      await scene.holds('file dir/file');
    });

    test('a version holds while it stands there', async (scene) => {
      const { client } = scene;
      const first = await put(client, 'file', 'first');
      const second = await client.write('file', contentOf('second'), { expected: first.version });
      const stale = client.write('file', contentOf('third'), { expected: first.version });
      await rejectsWith('precondition-failed', stale);
      assert.equal(await textAt(client, 'file'), 'second');
      await client.remove('file');
      const gone = client.write('file', contentOf('fourth'), { expected: second.version });
      await rejectsWith('precondition-failed', gone);
      await scene.holds();
    });

    test('holds for large content, and leaves nothing when it fails', async (scene) => {
      const { client } = scene;
      const large = contentOf(patterned(3 * parameters.partSize));
      const first = await put(client, 'file', 'first');
      await put(client, 'file', 'second');
      await rejectsWith('precondition-failed', client.write('file', large, { expected: 'absent' }));
      await rejectsWith('precondition-failed', client.write('file', large, { expected: first.version }));
      await rejectsWith('precondition-failed', client.write('new', large, { expected: first.version }));
      assert.equal(await textAt(client, 'file'), 'second');
      await scene.holds('file file');
    });

    test('is looked at when the content is complete, not only before', async (scene) => {
      const { client } = scene;
      const other = await scene.another();
      const { version } = await put(client, 'file', 'first');
      const whileWriting = (path: string, expected: Expectation): Promise<unknown> => {
        const open = async function* open(): AsyncGenerator<Uint8Array> {
          yield Buffer.from('lat');
          await put(other, path, 'in between');
          yield Buffer.from('er!');
        };
        return client.write(path, contentThat(6, open), { expected });
      };
      await rejectsWith('precondition-failed', whileWriting('file', version));
      await rejectsWith('precondition-failed', whileWriting('new', 'absent'));
      assert.equal(await textAt(client, 'file'), 'in between');
      assert.equal(await textAt(client, 'new'), 'in between');
      await scene.holds('file file', 'file new');
    });

    const absence = parameters.absenceEnforced ? 'exactly one' : 'at least one';
    test(`absent: of eight writers at once ${absence} gets through`, async (scene) => {
      for (const size of [20, parameters.chunkSize + 1]) {
        const path = `file-${size}`;
        const won = await race(scene, path, 'absent', size);
        if (parameters.absenceEnforced) assert.equal(won, 1);
      }
      await scene.holds('file file-20', `file file-${parameters.chunkSize + 1}`);
    });

    const version = conditionalWrites === 'enforced' ? 'exactly one' : 'at least one';
    test(`a version: of eight writers at once ${version} gets through`, async (scene) => {
      const first = await put(scene.client, 'file', 'the first of all');
      const won = await race(scene, 'file', first.version, 20);
      if (conditionalWrites === 'enforced') assert.equal(won, 1);
      await scene.holds('file file');
    });

    if (conditionalWrites === 'enforced' && conditionalRemoves === 'enforced') {
      test('a version: of a writer and a remover at once exactly one gets through', async (scene) => {
        const { client } = scene;
        const other = await scene.another();
        for (let round = 0; round < 8; round += 1) {
          const path = `file-${round}`;
          const { version: expected } = await put(client, path, 'first');
          const outcomes = await Promise.allSettled([
            client.write(path, contentOf('second'), { expected }),
            other.remove(path, { expected }),
          ]);
          assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1, `round ${round}`);
        }
      });
    }
  });
}

const racers = 8;

/** Eight writers with one expectation: one of them is what stands there in the end, whole. Tells how many got through. */
async function race(scene: Scene, path: string, expected: Expectation, size: number): Promise<number> {
  const other = await scene.another();
  const contents = Array.from({ length: racers }, (_, index) => patterned(size, index + 1));
  const outcomes = await Promise.allSettled(
    contents.map((bytes, index) => {
      const client: StorageClient = index % 2 === 0 ? scene.client : other;
      return client.write(path, index % 3 === 0 ? inPieces(bytes) : contentOf(bytes), { expected });
    }),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const isRefused = isSyncEngineError(outcome.reason, 'precondition-failed');
    assert.ok(isRefused || isPassing(outcome.reason), `a loser was told ${String(outcome.reason)}`);
  }
  const standing = Buffer.from(await collect(scene.client, path));
  const won = contents.filter((_, index) => outcomes[index]?.status === 'fulfilled');
  assert.ok(won.length >= 1, 'nobody got through');
  const mayStand = contents.filter((_, index) => {
    const outcome = outcomes[index];
    return outcome?.status === 'fulfilled' || isPassing(outcome?.reason);
  });
  assert.ok(
    mayStand.some((bytes) => standing.equals(bytes)),
    'what stands there is not what a winner wrote',
  );
  return won.length;
}

/** A server may give up on one of many who write the same object; whether that write was made is then not known. */
function isPassing(error: unknown): boolean {
  return isSyncEngineError(error, 'storage-failure') && error.retry !== 'no';
}

async function collect(client: StorageClient, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of client.read(path)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function inPieces(bytes: Uint8Array): Content {
  return contentThat(bytes.byteLength, async function* open(): AsyncGenerator<Uint8Array> {
    const stride = Math.ceil(bytes.byteLength / 4);
    for (let start = 0; start < bytes.byteLength; start += stride) yield bytes.slice(start, start + stride);
  });
}
