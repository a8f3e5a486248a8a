import assert from 'node:assert/strict';
import { type Content, collectBytes, contentOf, type Resumption, SyncEngineError } from '@syncengine/core';
import { describe, test } from 'vitest';
import { fileAt, patterned, rejectsWith, requestsOf, textAt } from './support/looking.ts';
import { type Stage, type StageOptions, withDrive } from './support/with-drive.ts';

const unit = 256 * 1024;
const size = 5 * unit + 7;
const small: StageOptions = { client: { singleRequestLimit: 1000, chunkSize: unit } };
const large: StageOptions = { client: { singleRequestLimit: 1000, chunkSize: 2 * unit } };

class Memory implements Resumption {
  readonly token: string | undefined;
  readonly tokens: string[] = [];

  constructor(token?: string) {
    this.token = token;
  }

  async remember(token: string): Promise<void> {
    this.tokens.push(token);
  }
}

/** Content that breaks after so many bytes. */
function breaking(bytes: Uint8Array, after: number): Content {
  return {
    size: bytes.byteLength,
    async *open() {
      yield bytes.slice(0, after);
      throw new SyncEngineError('connection', 'The line is dead.', { retry: 'yes' });
    },
  };
}

/** Sends a part of a content, and gives what is remembered of it. */
async function cutOff({ client }: Stage, path: string, bytes: Uint8Array): Promise<string> {
  const memory = new Memory();
  await rejectsWith('connection', client.write(path, breaking(bytes, 4 * unit), { resume: memory }));
  const token = memory.tokens.at(-1);
  assert.ok(token !== undefined);
  return token;
}

describe('small contents', () => {
  test(
    'take one request of effect, whatever they are called',
    withDrive(async ({ server, client }) => {
      await client.write('first', contentOf('text'));
      const asked = await requestsOf(server, () => client.write("it's a\\b \u{1f600}", contentOf('text')));
      assert.deepEqual(asked, ['changes.list', 'upload.create', 'changes.list']);
    }),
  );

  test(
    'keep the time that they had, and are what they were called',
    withDrive(async ({ server, client }) => {
      const entry = await client.write('photo.JPG', contentOf('text'), { modifiedAt: 1_234_567_890_123 });
      assert.equal(entry.modifiedAt, 1_234_567_890_123);
      assert.equal(server.person.at('root/photo.JPG')?.mimeType, 'image/jpeg');
      const again = await client.write('photo.JPG', contentOf('newer'), { modifiedAt: 1_000_000_000_001 });
      assert.equal(again.modifiedAt, 1_000_000_000_001);
      assert.equal(again.identity, entry.identity);
    }),
  );
});

describe('large contents', () => {
  test(
    'go in pieces of 256 KiB or a multiple, and come back as they were',
    withDrive(async ({ server, client }) => {
      const bytes = patterned(size);
      const asked = await requestsOf(server, () => client.write('dir/file', contentOf(bytes)));
      assert.equal(asked.filter((name) => name === 'upload.session').length, 3);
      assert.ok(Buffer.from(await collectBytes(client.read('dir/file'))).equals(bytes));
      assert.equal((await fileAt(client, 'dir/file')).size, size);
    }, large),
  );

  test(
    'a connection that breaks in the middle of a piece goes on where Drive says that it is',
    withDrive(async ({ server, client }) => {
      const bytes = patterned(size);
      server.faults.add({
        matches: ({ query }) => query.has('upload_id'),
        effect: { kind: 'cut-request', afterBytes: unit + 100 },
      });
      await client.write('file', contentOf(bytes));
      assert.ok(Buffer.from(await collectBytes(client.read('file'))).equals(bytes));
      assert.ok(server.receivedBytes < size + unit, `${server.receivedBytes} bytes were sent`);
    }, large),
  );

  test(
    'the answer to the last piece may be lost',
    withDrive(async ({ server, client }) => {
      const bytes = patterned(size);
      server.faults.add({ matches: ({ query }) => query.has('upload_id'), after: 2, effect: { kind: 'drop-answer' } });
      await client.write('file', contentOf(bytes), { expected: 'absent' });
      assert.ok(Buffer.from(await collectBytes(client.read('file'))).equals(bytes));
      assert.equal(server.person.in(server.person.at('root')?.id ?? '').length, 1);
    }, large),
  );

  test(
    'another process goes on with what Drive has',
    withDrive(async (stage) => {
      const { server, open } = stage;
      const bytes = patterned(size);
      const token = await cutOff(stage, 'dir/file', bytes);
      const before = server.receivedBytes;
      const next = await open();
      await next.write('dir/file', contentOf(bytes), { resume: new Memory(token) });
      assert.equal(server.receivedBytes - before, size - 3 * unit);
      assert.ok(Buffer.from(await collectBytes(next.read('dir/file'))).equals(bytes));
      assert.equal(server.person.unfinishedUploads, 0);
    }, small),
  );

  test(
    'what begins otherwise than what was sent is sent anew, never mixed',
    withDrive(async (stage) => {
      const bytes = patterned(size);
      const token = await cutOff(stage, 'file', bytes);
      const other = bytes.slice();
      other[5] = 255 - (other[5] ?? 0);
      const { client, server } = stage;
      await client.write('file', contentOf(other), { resume: new Memory(token) });
      assert.ok(Buffer.from(await collectBytes(client.read('file'))).equals(other));
      assert.equal(server.person.unfinishedUploads, 0);
    }, small),
  );

  test(
    'what was sent in pieces of another size is sent anew',
    withDrive(async (stage) => {
      const bytes = patterned(size);
      const token = await cutOff(stage, 'file', bytes);
      const next = await stage.open({ chunkSize: 2 * unit });
      await next.write('file', contentOf(bytes), { resume: new Memory(token) });
      assert.ok(Buffer.from(await collectBytes(next.read('file'))).equals(bytes));
      assert.equal(stage.server.person.unfinishedUploads, 0);
    }, small),
  );

  test(
    'an upload that Drive has forgotten is begun anew',
    withDrive(async (stage) => {
      const bytes = patterned(size);
      const token = await cutOff(stage, 'file', bytes);
      stage.server.person.expireUploads();
      await stage.client.write('file', contentOf(bytes), { resume: new Memory(token) });
      assert.ok(Buffer.from(await collectBytes(stage.client.read('file'))).equals(bytes));
    }, small),
  );

  test(
    'a token that names an address elsewhere is none: no credentials are sent there',
    withDrive(async (stage) => {
      const bytes = patterned(size);
      const token = await cutOff(stage, 'file', bytes);
      const { session } = JSON.parse(token);
      for (const elsewhere of [
        'http://127.0.0.1:9/upload',
        'https://googleapis.com.example/upload',
        'ftp://x.googleapis.com/',
      ]) {
        const forged = token.replace(session, elsewhere);
        assert.notEqual(forged, token);
        await stage.client.write('file', contentOf(bytes), { resume: new Memory(forged) });
        await stage.client.abandon('file', forged);
      }
      assert.ok(Buffer.from(await collectBytes(stage.client.read('file'))).equals(bytes));
    }, small),
  );

  test(
    'a further attempt with the same memory goes on, though its token is of old',
    withDrive(async ({ server, client }) => {
      const bytes = patterned(size);
      const memory = new Memory();
      await rejectsWith('connection', client.write('file', breaking(bytes, 4 * unit), { resume: memory }));
      const before = server.receivedBytes;
      await client.write('file', contentOf(bytes), { resume: memory });
      assert.equal(server.receivedBytes - before, size - 3 * unit);
    }, small),
  );

  test(
    'somebody who makes the file meanwhile is not overwritten',
    withDrive(async ({ server, client, root }) => {
      server.faults.add({
        matches: ({ query }) => query.has('upload_id'),
        effect: { kind: 'act', act: () => void server.person.makeFile('file', 'theirs', root) },
      });
      const write = client.write('file', contentOf(patterned(size)), { expected: 'absent' });
      await rejectsWith('precondition-failed', write);
      assert.equal(await textAt(client, 'file'), 'theirs');
      assert.equal(server.person.unfinishedUploads, 0);
    }, small),
  );
});

describe('downloads', () => {
  test(
    'a part is asked for as a part',
    withDrive(async ({ server, client }) => {
      await client.write('file', contentOf('0123456789'));
      const part = await collectBytes(client.read('file', { range: { start: 3, end: 6 } }));
      assert.equal(Buffer.from(part).toString(), '345');
      assert.equal(server.requests.at(-1)?.status, 206);
    }),
  );

  test(
    'one that ends early is no whole file, and worth another try',
    withDrive(async ({ server, client }) => {
      await client.write('file', contentOf(patterned(100_000)));
      const isMedia = ({ query }: { readonly query: URLSearchParams }): boolean => query.get('alt') === 'media';
      server.faults.add({ matches: isMedia, effect: { kind: 'cut-answer', afterBytes: 50_000 } });
      assert.equal((await rejectsWith('connection', collectBytes(client.read('file')))).retry, 'yes');
    }),
  );
});
