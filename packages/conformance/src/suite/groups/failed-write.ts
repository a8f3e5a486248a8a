import assert from 'node:assert/strict';
import { type Content, collectBytes, contentOf, type OpenOptions, SyncEngineError } from '@syncengine/core';
import { put, rejectsWith, textAt } from '../looking.ts';
import { chunksOf, contentThat, patterned } from '../material.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function failedWriteTests({ group, parameters }: Suite): void {
  const { partSize } = parameters;

  group('a failed write', (test) => {
    for (const [name, open] of wrongLengths) {
      test(`leaves what stood there when the content ${name}`, async (scene) => {
        const { client } = scene;
        await put(client, 'file', 'old');
        const before = await client.stat('file');
        await rejectsWith('content-length-mismatch', client.write('file', contentThat(5, open)));
        await rejectsWith('content-length-mismatch', client.write('new/file', contentThat(5, open)));
        assert.deepEqual(await client.stat('file'), before);
        assert.equal(await textAt(client, 'file'), 'old');
        await scene.holds('file file');
      });
    }

    for (const [name, size] of [
      ['early', 2 * partSize + 1],
      ['late', 2 * partSize - 1],
    ] as const) {
      test(`leaves nothing of a large content that ends ${name}`, async (scene) => {
        const open = async function* open(): AsyncGenerator<Uint8Array> {
          yield patterned(partSize);
          yield patterned(partSize);
        };
        await rejectsWith('content-length-mismatch', scene.client.write('dir/file', contentThat(size, open)));
        await scene.holds();
      });
    }

    for (const size of [6, 4 * partSize]) {
      test(`passes on what the content of ${size} bytes threw, and leaves nothing`, async (scene) => {
        const broken = new Error('the line is dead');
        const open = async function* open(): AsyncGenerator<Uint8Array> {
          yield patterned(size / 2);
          throw broken;
        };
        await assert.rejects(scene.client.write('dir/file', contentThat(size, open)), (error: unknown) => {
          return error === broken || (error instanceof Error && error.cause === broken);
        });
        await scene.holds();
      });
    }

    abortTests(test, partSize);
    hashTests(test, partSize);

    test('can be tried again with the same content', async (scene) => {
      for (const size of [6, 3 * partSize]) {
        const bytes = patterned(size);
        const flaky = new FlakyContent(bytes, 2);
        const attempt = (): Promise<unknown> => scene.client.write(`file-${size}`, flaky);
        await rejectsWith('unreadable', attempt());
        await rejectsWith('unreadable', attempt());
        await attempt();
        assert.ok(Buffer.from(await collectBytes(scene.client.read(`file-${size}`))).equals(bytes));
      }
      await scene.holds('file file-6', `file file-${3 * partSize}`);
    });

    test('leaves the content closed', async (scene) => {
      let opened = 0;
      let closed = 0;
      const open = async function* open(): AsyncGenerator<Uint8Array> {
        opened += 1;
        try {
          // An end that nobody should come to, for clients that read on after all.
          for (let chunks = 0; chunks < 16; chunks += 1) yield patterned(partSize);
          assert.fail('the content was read on although it was too long already');
        } finally {
          closed += 1;
        }
      };
      await rejectsWith('content-length-mismatch', scene.client.write('file', contentThat(partSize + 1, open)));
      assert.ok(opened > 0);
      assert.equal(closed, opened);
      await scene.holds();
    });

    test('leaves nothing for a clean-up to find', async (scene) => {
      const { client } = scene;
      await rejectsWith(
        'content-length-mismatch',
        client.write(
          'file',
          contentThat(9, () => chunksOf('short')),
        ),
      );
      await put(client, 'other', 'text');
      await client.recover?.();
      await scene.holds('file other');
    });
  });
}

const wrongLengths: readonly (readonly [string, () => AsyncIterable<Uint8Array>])[] = [
  ['ends early', () => chunksOf('ab')],
  ['ends late', () => chunksOf('abc', 'defg')],
  ['ends late within its only chunk', () => chunksOf('abcdefg')],
  ['has nothing', () => chunksOf()],
];

function abortTests(test: DefineTest, partSize: number): void {
  const reason = new Error('enough');

  test('leaves nothing when it was aborted before it began', async (scene) => {
    const options = { signal: AbortSignal.abort(reason) };
    await assert.rejects(scene.client.write('dir/file', contentOf('text'), options), reason);
    await scene.holds();
  });

  for (const size of [6, 4 * partSize]) {
    test(`leaves nothing when it is aborted in the middle of ${size} bytes`, async (scene) => {
      const abort = new AbortController();
      const open = async function* open(): AsyncGenerator<Uint8Array> {
        yield patterned(size / 2);
        abort.abort(reason);
        yield patterned(size / 2);
      };
      await assert.rejects(scene.client.write('dir/file', contentThat(size, open), { signal: abort.signal }), reason);
      await scene.holds();
    });
  }

  test('leaves what stood there when it is aborted right at its end', async (scene) => {
    const { client } = scene;
    await put(client, 'file', 'old');
    const abort = new AbortController();
    const open = async function* open(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(6);
      abort.abort(reason);
    };
    await assert.rejects(client.write('file', contentThat(6, open), { signal: abort.signal }), reason);
    assert.equal(await textAt(client, 'file'), 'old');
    await scene.holds('file file');
  });
}

function hashTests(test: DefineTest, partSize: number): void {
  for (const algorithm of ['sha256', 'md5'] as const) {
    test(`leaves what stood there when the ${algorithm} hash is not the promised one`, async (scene) => {
      const { client } = scene;
      await put(client, 'file', 'old');
      const hashes = { [algorithm]: '0'.repeat(algorithm === 'md5' ? 32 : 64) };
      await rejectsWith('content-mismatch', client.write('file', contentOf('new'), { hashes }));
      await rejectsWith('content-mismatch', client.write('large', contentOf(patterned(2 * partSize)), { hashes }));
      assert.equal(await textAt(client, 'file'), 'old');
      await scene.holds('file file');
    });
  }
}

/** Content that fails half-way so many times, and then comes whole. */
class FlakyContent implements Content {
  readonly size: number;
  readonly #bytes: Uint8Array;
  #failuresLeft: number;

  constructor(bytes: Uint8Array, failures: number) {
    this.size = bytes.byteLength;
    this.#bytes = bytes;
    this.#failuresLeft = failures;
  }

  async *open(_options?: OpenOptions): AsyncGenerator<Uint8Array> {
    const half = Math.floor(this.size / 2);
    yield this.#bytes.slice(0, half);
    if (this.#failuresLeft > 0) {
      this.#failuresLeft -= 1;
      // Nothing that a retrying decorator would try again: here the suite does that.
      throw new SyncEngineError('unreadable', 'The disk cannot be read.', { path: 'elsewhere' });
    }
    yield this.#bytes.slice(half);
  }
}
