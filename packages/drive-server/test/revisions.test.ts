import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { DriveServer } from '../src/index.ts';
import { accepted, call, refused, text } from './support/api.ts';
import { withServer } from './support/with-server.ts';

const day = 24 * 60 * 60 * 1000;

interface Told {
  readonly id: string;
  readonly [name: string]: unknown;
}

async function revisions(
  server: DriveServer,
  id: string,
  query: Record<string, string> = {},
): Promise<readonly Told[]> {
  const answer = await accepted(
    call(server, 'GET', `/drive/v3/files/${id}/revisions`, { query: { fields: '*', ...query } }),
  );
  const told = answer['revisions'];
  assert.ok(Array.isArray(told));
  return told;
}

/** A server whose clock goes on only when it is told to. */
function withClock(
  body: (server: DriveServer, pass: (milliseconds: number) => void) => Promise<void>,
): () => Promise<void> {
  let now = Date.UTC(2026, 10, 22);
  return withServer(
    (server) =>
      body(server, (milliseconds) => {
        now += milliseconds;
      }),
    { now: () => now },
  );
}

describe('"REST Resource: revisions"', () => {
  test(
    'each content that a file had, oldest first, with what Drive tells of it',
    withClock(async (server, pass) => {
      const id = server.person.makeFile('a.txt', 'one', 'root', { mimeType: 'text/plain', modifiedAt: 1 });
      pass(1000);
      server.person.edit(id, 'number two');
      const told = await revisions(server, id);
      assert.deepEqual(
        told.map(({ size, md5Checksum, modifiedTime, keepForever, mimeType, originalFilename }) => [
          size,
          md5Checksum,
          modifiedTime,
          keepForever,
          mimeType,
          originalFilename,
        ]),
        [
          ['3', 'f97c5d29941bfb1b2fdab0874906ab82', '2026-11-22T00:00:00.000Z', false, 'text/plain', 'a.txt'],
          ['10', 'a36c7d42ce5dc2e5c786ad4554862232', '2026-11-22T00:00:01.000Z', false, 'text/plain', 'a.txt'],
        ],
      );
      const file = await accepted(
        call(server, 'GET', `/drive/v3/files/${id}`, { query: { fields: 'headRevisionId' } }),
      );
      assert.equal(file['headRevisionId'], told[1]?.id);
      const [first] = told;
      const address = `/drive/v3/files/${id}/revisions/${first?.id}`;
      assert.equal((await call(server, 'GET', address, { query: { alt: 'media' } })).body.toString(), 'one');
      assert.deepEqual(Object.keys(await accepted(call(server, 'GET', address))).sort(), [
        'id',
        'kind',
        'mimeType',
        'modifiedTime',
      ]);
      const part = await call(server, 'GET', address, { query: { alt: 'media' }, headers: { Range: 'bytes=1-1' } });
      assert.deepEqual([part.status, part.body.toString()], [206, 'n']);
    }),
  );

  test(
    'come in pages',
    withClock(async (server) => {
      const id = server.person.makeFile('a', '0');
      for (let index = 1; index < 5; index += 1) server.person.edit(id, `${index}`);
      const ids: string[] = [];
      let query: Record<string, string> = {};
      for (;;) {
        const page = await accepted(
          call(server, 'GET', `/drive/v3/files/${id}/revisions`, { query: { pageSize: '2', ...query } }),
        );
        assert.ok(Array.isArray(page['revisions']));
        ids.push(...page['revisions'].map((each: Told) => each.id));
        if (page['nextPageToken'] === undefined) break;
        query = { pageToken: text(page['nextPageToken']) };
      }
      assert.equal(new Set(ids).size, 5);
      await refused(
        400,
        'invalidParameter',
        call(server, 'GET', `/drive/v3/files/${id}/revisions`, { query: { pageSize: '1001' } }),
      );
    }),
  );

  test(
    'are purged 30 days after newer content came, but for the head and what is kept forever',
    withClock(async (server, pass) => {
      const id = server.person.makeFile('a', 'one');
      pass(100 * day);
      server.person.edit(id, 'two');
      pass(29 * day);
      server.person.edit(id, 'three');
      assert.equal((await revisions(server, id)).length, 3);
      const [first] = await revisions(server, id);
      const address = `/drive/v3/files/${id}/revisions/${first?.id}`;
      const kept = await accepted(
        call(server, 'PATCH', address, { json: { keepForever: true }, query: { fields: 'keepForever' } }),
      );
      assert.deepEqual(kept, { keepForever: true });
      pass(29 * day);
      assert.equal((await revisions(server, id)).length, 3);
      pass(2 * day);
      assert.deepEqual(
        (await revisions(server, id)).map(({ size }) => size),
        ['3', '5'],
      );
      await accepted(call(server, 'PATCH', address, { json: { keepForever: false } }));
      assert.deepEqual(
        (await revisions(server, id)).map(({ size }) => size),
        ['5'],
      );
      await refused(404, 'notFound', call(server, 'GET', address));
    }),
  );

  test(
    'are a hundred at most, but for those that are kept forever',
    withClock(async (server) => {
      const id = server.person.makeFile('a', '0');
      server.person.keepForever(id, 0);
      for (let index = 1; index <= 150; index += 1) server.person.edit(id, `${index}`);
      const told = await revisions(server, id);
      assert.equal(told.length, 101);
      assert.equal(told[0]?.['keepForever'], true);
    }),
  );

  test(
    'can be deleted, but not the head',
    withClock(async (server) => {
      const id = server.person.makeFile('a', 'one');
      server.person.edit(id, 'two');
      const [first, head] = await revisions(server, id);
      const address = (revision: Told | undefined): string => `/drive/v3/files/${id}/revisions/${revision?.id}`;
      await refused(403, 'cannotDeleteHeadRevision', call(server, 'DELETE', address(head)));
      assert.equal((await call(server, 'DELETE', address(first))).status, 204);
      await refused(404, 'notFound', call(server, 'DELETE', address(first)));
      assert.deepEqual(
        (await revisions(server, id)).map((each) => each.id),
        [head?.id],
      );
    }),
  );

  test(
    'are refused of what has none, to readers, and of files that are not there',
    withClock(async (server) => {
      const folder = server.person.makeFolder('f');
      const file = server.person.makeFile('a', 'one');
      const other = server.person.makeFile('b', 'two');
      const list = (id: string) => call(server, 'GET', `/drive/v3/files/${id}/revisions`);
      await refused(403, 'revisionsNotSupported', list(folder));
      await refused(404, 'notFound', list('missing'));
      const [theirs] = await revisions(server, other);
      await refused(404, 'notFound', call(server, 'GET', `/drive/v3/files/${file}/revisions/${theirs?.id}`));
      await refused(
        403,
        'fieldNotWritable',
        call(server, 'PATCH', `/drive/v3/files/${other}/revisions/${theirs?.id}`, { json: { md5Checksum: 'x' } }),
      );
      server.person.setRole(file, 'reader');
      await refused(403, 'insufficientFilePermissions', list(file));
    }),
  );
});
