import assert from 'node:assert/strict';
import {
  type Content,
  collectBytes,
  contentOf,
  type OpenOptions,
  type Resumption,
  type StorageClient,
  SyncEngineError,
} from '@syncengine/core';
import { present, put, rejectsWith, textAt } from '../looking.ts';
import { patterned } from '../material.ts';
import type { Scene } from '../scene.ts';
import type { DefineTest, Suite } from '../suite.ts';

export function resumeTests({ group, sample, parameters }: Suite): void {
  group('an unfinished write', (test) => {
    if (sample.capabilities.resumableWrites) resumable(test, 4 * parameters.partSize + 7);
    else {
      test('cannot go on, so nothing is remembered of it', async (scene) => {
        const memory = new Memory('a token from elsewhere');
        await scene.client.write('file', contentOf('text'), { resume: memory });
        assert.equal(await textAt(scene.client, 'file'), 'text');
        assert.deepEqual(memory.tokens, []);
        assert.equal(scene.client.abandon, undefined, 'without resumable writes there is nothing to abandon');
        await scene.holds('file file');
      });
    }
  });
}

function resumable(test: DefineTest, size: number): void {
  const bytes = patterned(size);

  test('goes on where it was cut off', async (scene) => {
    const token = await cutOff(scene, 'dir/file', bytes);
    await goesOn(scene, 'dir/file', bytes, token);
    await scene.holds('file dir/file');
  });

  test('goes on after a clean-up that was told to keep it', async (scene) => {
    const token = await cutOff(scene, 'dir/file', bytes);
    const next = await scene.another();
    await next.recover?.({ keep: [token] });
    await goesOn(scene, 'dir/file', bytes, token);
    await scene.holds('file dir/file');
  });

  test('shows nothing at its path', async (scene) => {
    await put(scene.client, 'standing', 'old');
    await cutOff(scene, 'standing', bytes);
    await cutOff(scene, 'new', bytes);
    assert.equal(await textAt(scene.client, 'standing'), 'old');
    assert.equal(await scene.client.stat('new'), undefined);
    await scene.lists('', 'standing');
  });

  test('starts over when its token is none', async (scene) => {
    for (const token of ['', 'no such token', '{"upload":"no such upload","path":"file"}', '../../etc/passwd']) {
      await scene.client.write('file', new Resumed(bytes), { resume: new Memory(token) });
      assert.ok(Buffer.from(await collectBytes(scene.client.read('file'))).equals(bytes));
      await scene.client.remove('file');
    }
    await scene.holds();
  });

  test('starts over when what its token names is gone', async (scene) => {
    const token = await cutOff(scene, 'file', bytes);
    await present(scene.client, 'abandon')('file', token);
    await scene.client.write('file', new Resumed(bytes), { resume: new Memory(token) });
    assert.ok(Buffer.from(await collectBytes(scene.client.read('file'))).equals(bytes));
    await scene.holds('file file');
  });

  test('leaves nothing when it is abandoned, however often', async (scene) => {
    const token = await cutOff(scene, 'dir/file', bytes);
    const next = await scene.another();
    await present(next, 'abandon')('dir/file', token);
    await scene.holds();
    await present(next, 'abandon')('dir/file', token);
    await present(next, 'abandon')('dir/file', 'no such token');
    await scene.holds();
  });

  test('keeps its precondition when it goes on', async (scene) => {
    const token = await cutOff(scene, 'file', bytes);
    await put(scene.client, 'file', 'in between');
    const resume = new Memory(token);
    const late = scene.client.write('file', new Resumed(bytes), { expected: 'absent', resume });
    await rejectsWith('precondition-failed', late);
    assert.equal(await textAt(scene.client, 'file'), 'in between');
    for (const left of [token, ...resume.tokens]) await present(scene.client, 'abandon')('file', left);
    await scene.holds('file file');
  });

  test('that came to its end has nothing left to abandon', async (scene) => {
    const memory = new Memory();
    await scene.client.write('file', new Resumed(bytes), { resume: memory });
    for (const token of memory.tokens) await present(scene.client, 'abandon')('file', token);
    assert.ok(Buffer.from(await collectBytes(scene.client.read('file'))).equals(bytes));
    await scene.holds('file file');
  });

  test('fails, and leaves nothing, when its token cannot be remembered', async (scene) => {
    const broken = new Error('the memory is full');
    const resume: Resumption = {
      remember: async () => {
        throw broken;
      },
    };
    await assert.rejects(scene.client.write('file', new Resumed(bytes), { resume }), (error: unknown) => {
      return error === broken || (error instanceof Error && error.cause === broken);
    });
    await scene.holds();
  });
}

/** Remembers tokens as the engine would. */
class Memory implements Resumption {
  readonly token: string | undefined;
  readonly tokens: string[] = [];

  constructor(token?: string) {
    this.token = token;
  }

  async remember(token: string): Promise<void> {
    assert.ok(Buffer.byteLength(token) <= 4096, `a token of ${Buffer.byteLength(token)} bytes is too long`);
    this.tokens.push(token);
  }
}

/** Writes two thirds of a content whose source then breaks, and gives the token that is left. */
async function cutOff(scene: Scene, path: string, bytes: Uint8Array): Promise<string> {
  const memory = new Memory();
  const content = new Resumed(bytes, Math.floor((bytes.byteLength * 2) / 3));
  await rejectsWith('connection', scene.client.write(path, content, { resume: memory }));
  const token = memory.tokens.at(-1);
  assert.ok(token !== undefined, 'two thirds of the content were taken, and nothing was remembered of it');
  return token;
}

/** Writes the same content again, as the next process would, and shows that less of it had to be sent. */
async function goesOn(scene: Scene, path: string, bytes: Uint8Array, token: string): Promise<void> {
  const next: StorageClient = await scene.another();
  const content = new Resumed(bytes);
  const before = await scene.fixture.receivedBytes?.();
  const entry = await next.write(path, content, { resume: new Memory(token) });
  assert.equal(entry.size, bytes.byteLength);
  assert.ok(Buffer.from(await collectBytes(next.read(path))).equals(bytes), 'the content is not what was written');
  const received = before === undefined ? undefined : await scene.fixture.receivedBytes?.();
  const sent = before === undefined || received === undefined ? content.yielded : received - before;
  const hint = before === undefined ? '; if less was sent than read, give the fixture `receivedBytes` to show it' : '';
  assert.ok(sent < bytes.byteLength * 0.9, `${sent} of ${bytes.byteLength} bytes were sent again${hint}`);
}

/** Content that can go on behind what the receiver holds, and notices when that is something else. */
class Resumed implements Content {
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #breaksAt: number;
  /** Bytes that were handed over. */
  yielded = 0;

  constructor(bytes: Uint8Array, breaksAt: number = Number.POSITIVE_INFINITY) {
    this.size = bytes.byteLength;
    this.#bytes = bytes;
    this.#breaksAt = breaksAt;
  }

  async *open({ received, signal }: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    let position = 0;
    if (received !== undefined) {
      const held = await collectBytes(received.open());
      assert.equal(held.byteLength, received.size, 'the receiver holds another number of bytes than it says');
      assert.ok(Buffer.from(held).equals(this.#bytes.subarray(0, received.size)), 'the receiver holds other bytes');
      position = received.size;
    }
    const stride = 64 * 1024;
    while (position < this.size) {
      signal?.throwIfAborted();
      if (position >= this.#breaksAt) throw new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });
      const end = Math.min(position + stride, this.size);
      this.yielded += end - position;
      yield this.#bytes.slice(position, end);
      position = end;
    }
  }
}
