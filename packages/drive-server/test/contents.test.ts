import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { DriveServer } from '../src/index.ts';
import { accepted, call, kibi, type Reply, refused, text } from './support/api.ts';
import { withServer } from './support/with-server.ts';

const files = '/drive/v3/files';
const upload = '/upload/drive/v3/files';
const chunk = 256 * kibi;

function multipart(
  metadata: unknown,
  content: string | Buffer,
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const head = `--mark\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n--mark\r\nContent-Type: text/plain\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), Buffer.from(content), Buffer.from('\r\n--mark--')]);
  return { headers: { 'Content-Type': 'multipart/related; boundary=mark' }, body };
}

async function startSession(server: DriveServer, json: unknown = { name: 'large' }, size?: number): Promise<string> {
  const headers: Record<string, string> = size === undefined ? {} : { 'X-Upload-Content-Length': String(size) };
  const reply = await call(server, 'POST', upload, { query: { uploadType: 'resumable' }, json, headers });
  assert.equal(reply.status, 200, reply.body.toString());
  return text(reply.headers.get('location'));
}

function send(
  server: DriveServer,
  session: string,
  range: string,
  body: Uint8Array = new Uint8Array(),
): Promise<Reply> {
  return call(server, 'PUT', session, { headers: { 'Content-Range': range }, body, token: '' });
}

describe('"Perform a simple upload", "Perform a multipart upload"', () => {
  test(
    'content alone, or with metadata',
    withServer(async (server) => {
      const headers = { 'Content-Type': 'text/plain' };
      const query = { uploadType: 'media', fields: 'name,mimeType,size' };
      const simple = await accepted(call(server, 'POST', upload, { query, headers, body: 'abc' }));
      assert.deepEqual(simple, { name: 'Untitled', mimeType: 'text/plain', size: '3' });
      const fields = 'id,name,size,md5Checksum,sha1Checksum,sha256Checksum';
      const related = multipart({ name: 'a' }, 'abc');
      const { id, ...told } = await accepted(
        call(server, 'POST', upload, { query: { uploadType: 'multipart', fields }, ...related }),
      );
      assert.deepEqual(told, {
        name: 'a',
        size: '3',
        md5Checksum: '900150983cd24fb0d6963f7d28e17f72',
        sha1Checksum: 'a9993e364706816aba3e25717850c26c9cd0d89d',
        sha256Checksum: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      });
      const update = { query: { uploadType: 'multipart' }, ...multipart({}, 'newer') };
      await accepted(call(server, 'PATCH', `${upload}/${text(id)}`, update));
      const { body } = await call(server, 'GET', `${files}/${text(id)}`, { query: { alt: 'media' } });
      assert.equal(body.toString(), 'newer');
      assert.deepEqual(server.person.earlierContents(text(id)), [Buffer.from('abc')]);
    }),
  );

  test(
    'larger contents than 5 MB are refused, and bodies that are no two parts',
    withServer(async (server) => {
      const query = { uploadType: 'multipart' };
      const large = multipart({}, Buffer.alloc(6 * kibi * kibi));
      await refused(413, 'uploadTooLarge', call(server, 'POST', upload, { query, ...large }));
      const { headers } = large;
      await refused(400, 'badRequest', call(server, 'POST', upload, { query, headers, body: '--mark--' }));
      await refused(400, 'required', call(server, 'POST', upload, { body: 'x' }));
      await refused(400, 'invalid', call(server, 'POST', upload, { query: { uploadType: 'other' }, body: 'x' }));
    }),
  );
});

describe('"Perform a resumable upload"', () => {
  test(
    'chunks of 256 KiB arrive one after the other, and 308 tells how far they got',
    withServer(async (server) => {
      const bytes = Buffer.alloc(2 * chunk + 7, 'abc');
      const session = await startSession(server, { name: 'large' }, bytes.byteLength);
      const total = bytes.byteLength;
      const none = await send(server, session, `bytes */${total}`);
      assert.deepEqual([none.status, none.headers.get('range')], [308, null]);
      const first = await send(server, session, `bytes 0-${chunk - 1}/${total}`, bytes.subarray(0, chunk));
      assert.deepEqual([first.status, first.headers.get('range')], [308, `bytes=0-${chunk - 1}`]);
      const asked = await send(server, session, 'bytes */*');
      assert.deepEqual([asked.status, asked.headers.get('range')], [308, `bytes=0-${chunk - 1}`]);
      const last = await send(server, session, `bytes ${chunk}-${total - 1}/${total}`, bytes.subarray(chunk));
      assert.equal(last.status, 200);
      assert.deepEqual(server.person.at('large')?.bytes, bytes);
      const again = await send(server, session, `bytes */${total}`);
      assert.deepEqual([again.status, again.json], [200, last.json]);
    }),
  );

  test(
    'all at once, and of unknown length',
    withServer(async (server) => {
      const whole = await call(server, 'PUT', await startSession(server, { name: 'whole' }), {
        body: 'abc',
        token: '',
      });
      assert.equal(whole.status, 200);
      const session = await startSession(server, { name: 'unknown' });
      assert.equal((await send(server, session, `bytes 0-${chunk - 1}/*`, Buffer.alloc(chunk))).status, 308);
      assert.equal((await send(server, session, `bytes */${chunk}`)).status, 200);
      const empty = await send(server, await startSession(server, { name: 'empty' }, 0), 'bytes */0');
      assert.equal(empty.status, 200);
      assert.deepEqual([...server.person.snapshot().keys()], ['empty', 'unknown', 'whole']);
    }),
  );

  test(
    'chunks that fit nowhere are refused',
    withServer(async (server) => {
      const session = await startSession(server, { name: 'large' }, 3 * chunk);
      const part = Buffer.alloc(chunk);
      await refused(400, 'badRequest', send(server, session, `bytes 0-99/${3 * chunk}`, part.subarray(0, 100)));
      await refused(400, 'badRequest', send(server, session, `bytes ${chunk}-${2 * chunk - 1}/${3 * chunk}`, part));
      await refused(400, 'badRequest', send(server, session, `bytes 0-${chunk - 1}/${4 * chunk}`, part));
      await refused(400, 'badRequest', send(server, session, `bytes 0-${2 * chunk - 1}/${3 * chunk}`, part));
      await refused(400, 'badRequest', send(server, session, 'chars 0-1/2', part));
    }),
  );

  test(
    'what arrived of a chunk that was cut off stays, in whole units',
    withServer(async (server) => {
      const session = await startSession(server, { name: 'large' }, 4 * chunk);
      server.faults.add({
        matches: ({ query }) => query.has('upload_id'),
        effect: { kind: 'cut-request', afterBytes: 2 * chunk + 500 },
      });
      const body = Buffer.alloc(4 * chunk, 'x');
      await assert.rejects(send(server, session, `bytes 0-${4 * chunk - 1}/${4 * chunk}`, body));
      const asked = await send(server, session, 'bytes */*');
      assert.equal(asked.headers.get('range'), `bytes=0-${2 * chunk - 1}`);
    }),
  );

  test(
    '"the upload session has expired": after a week, or when it was given up',
    withServer(async (server) => {
      const session = await startSession(server);
      server.person.expireUploads();
      await refused(404, 'notFound', send(server, session, 'bytes */*'));
      const other = await startSession(server);
      assert.equal(server.person.unfinishedUploads, 1);
      assert.equal((await call(server, 'DELETE', other)).status, 499);
      assert.equal(server.person.unfinishedUploads, 0);
      await refused(404, 'notFound', send(server, other, 'bytes */*'));
    }),
  );
});

describe('"Download blob file content"', () => {
  test(
    'all of it, or a range',
    withServer(async (server) => {
      const id = server.person.makeFile('a', 'abcdef');
      const get = (range: string): Promise<Reply> =>
        call(server, 'GET', `${files}/${id}`, { query: { alt: 'media' }, headers: { Range: range } });
      assert.equal(
        (await call(server, 'GET', `${files}/${id}`, { query: { alt: 'media' } })).body.toString(),
        'abcdef',
      );
      const part = await get('bytes=1-3');
      assert.deepEqual([part.status, part.body.toString()], [206, 'bcd']);
      assert.equal(part.headers.get('content-range'), 'bytes 1-3/6');
      assert.equal((await get('bytes=4-')).body.toString(), 'ef');
      assert.equal((await get('bytes=4-99')).body.toString(), 'ef');
      assert.equal((await get('bytes=-2')).body.toString(), 'ef');
      const beyond = await refused(416, 'requestedRangeNotSatisfiable', get('bytes=6-'));
      assert.equal(beyond.headers.get('content-range'), 'bytes */6');
    }),
  );

  test(
    '"acknowledgeAbuse": only the owner takes that risk',
    withServer(async (server) => {
      const id = server.person.makeFile('virus', 'x');
      server.person.markAbusive(id);
      const get = (query: Record<string, string>): Promise<Reply> =>
        call(server, 'GET', `${files}/${id}`, { query: { alt: 'media', ...query } });
      await refused(403, 'cannotDownloadAbusiveFile', get({}));
      assert.equal((await get({ acknowledgeAbuse: 'true' })).status, 200);
      server.person.setRole(id, 'writer');
      await refused(403, 'cannotDownloadAbusiveFile', get({ acknowledgeAbuse: 'true' }));
    }),
  );

  test(
    'documents of the editors are exported, up to 10 MB, never downloaded',
    withServer(async (server) => {
      const id = server.person.makeDocument('doc', {
        'application/pdf': 'a pdf',
        'text/plain': Buffer.alloc(10 * kibi * kibi + 1),
      });
      const export_ = (mimeType: string): Promise<Reply> =>
        call(server, 'GET', `${files}/${id}/export`, { query: { mimeType } });
      assert.equal((await export_('application/pdf')).body.toString(), 'a pdf');
      await refused(403, 'exportSizeLimitExceeded', export_('text/plain'));
      await refused(400, 'badRequest', export_('image/png'));
      await refused(403, 'fileNotDownloadable', call(server, 'GET', `${files}/${id}`, { query: { alt: 'media' } }));
      const told = await accepted(call(server, 'GET', `${files}/${id}`, { query: { fields: '*' } }));
      assert.deepEqual([told['md5Checksum'], told['headRevisionId']], [undefined, undefined]);
      const blob = server.person.makeFile('blob', 'x');
      const query = { mimeType: 'application/pdf' };
      await refused(403, 'fileNotExportable', call(server, 'GET', `${files}/${blob}/export`, { query }));
    }),
  );
});
