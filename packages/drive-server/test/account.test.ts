import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { DriveServer } from '../src/index.ts';
import { accepted, call, refused, text } from './support/api.ts';
import { withServer } from './support/with-server.ts';

const changes = '/drive/v3/changes';
const files = '/drive/v3/files';

async function startToken(server: DriveServer): Promise<string> {
  return text((await accepted(call(server, 'GET', `${changes}/startPageToken`)))['startPageToken']);
}

async function changed(server: DriveServer, pageToken: string, query: Record<string, string> = {}): Promise<unknown> {
  const fields = 'newStartPageToken,nextPageToken,changes(fileId,removed,file(name,trashed))';
  return accepted(call(server, 'GET', changes, { query: { pageToken, fields, ...query } }));
}

describe('"Retrieve changes"', () => {
  test(
    'each file that changed comes once, as it is now; what is gone comes as removed',
    withServer(async (server) => {
      const kept = server.person.makeFile('kept', 'x');
      const gone = server.person.makeFile('gone', 'x');
      const start = await startToken(server);
      assert.deepEqual(await changed(server, start), { newStartPageToken: start, changes: [] });
      server.person.rename(kept, 'one');
      server.person.delete(gone);
      server.person.rename(kept, 'two');
      server.person.trash(kept);
      const told = await changed(server, start);
      assert.deepEqual(told, {
        newStartPageToken: await startToken(server),
        changes: [
          { fileId: gone, removed: true },
          { fileId: kept, removed: false, file: { name: 'two', trashed: true } },
        ],
      });
    }),
  );

  test(
    'pages follow one another, and the last one has the token for the future',
    withServer(async (server) => {
      const start = await startToken(server);
      const ids = ['a', 'b', 'c'].map((name) => server.person.makeFile(name, 'x'));
      const seen: unknown[] = [];
      let pageToken = start;
      for (;;) {
        const query = { pageToken, pageSize: '2', fields: '*' };
        const page = await accepted(call(server, 'GET', changes, { query }));
        assert.ok(Array.isArray(page['changes']));
        seen.push(...page['changes'].map((change: { readonly fileId: string }) => change.fileId));
        if (page['nextPageToken'] === undefined) {
          assert.equal(page['newStartPageToken'], await startToken(server));
          break;
        }
        assert.equal(page['newStartPageToken'], undefined);
        pageToken = text(page['nextPageToken']);
      }
      assert.deepEqual(seen, ids);
    }),
  );

  test(
    'only the drives that are asked for are told of',
    withServer(async (server) => {
      const start = await startToken(server);
      const drive = server.person.addDrive('Team');
      const shared = server.person.makeFile('shared', 'x', drive.id);
      const own = server.person.makeFile('own', 'x');
      const ids = async (query: Record<string, string>): Promise<unknown> => {
        const told = await accepted(call(server, 'GET', changes, { query: { pageToken: start, ...query } }));
        assert.ok(Array.isArray(told['changes']));
        return told['changes'].map((change: { readonly fileId: string }) => change.fileId);
      };
      const all = { supportsAllDrives: 'true', includeItemsFromAllDrives: 'true' };
      assert.deepEqual(await ids({}), [own]);
      assert.deepEqual(await ids(all), [shared, own]);
      assert.deepEqual(await ids({ ...all, driveId: drive.id }), [shared]);
      assert.deepEqual(await ids({ ...all, restrictToMyDrive: 'true' }), [own]);
    }),
  );

  test(
    'a token that was never handed out, or that is too old, is refused',
    withServer(async (server) => {
      const start = await startToken(server);
      await refused(400, 'required', call(server, 'GET', changes));
      await refused(400, 'invalid', call(server, 'GET', changes, { query: { pageToken: 'nonsense' } }));
      await refused(400, 'invalid', call(server, 'GET', changes, { query: { pageToken: '999999' } }));
      server.person.makeFile('a', 'x');
      server.person.forgetChanges();
      await refused(400, 'invalid', call(server, 'GET', changes, { query: { pageToken: start } }));
    }),
  );
});

describe('"about.get"', () => {
  test(
    'demands fields, and tells what is used and how much there may be',
    withServer(async (server) => {
      await refused(400, 'required', call(server, 'GET', '/drive/v3/about'));
      server.person.limitStorage(10);
      server.person.makeFile('a', '1234');
      const query = { fields: 'storageQuota(limit,usage)' };
      assert.deepEqual(await accepted(call(server, 'GET', '/drive/v3/about', { query })), {
        storageQuota: { limit: '10', usage: '4' },
      });
    }),
  );
});

describe('"Resolve errors"', () => {
  test(
    '401 authError: without a token, and with one that is not good any more',
    withServer(async (server) => {
      await refused(401, 'authError', call(server, 'GET', files, { token: '' }));
      const reply = await refused(401, 'authError', call(server, 'GET', files, { token: 'expired' }));
      assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer /);
    }),
  );

  test(
    '404 notFound has the shape of the reference',
    withServer(async (server) => {
      const { json } = await call(server, 'GET', `${files}/missing`);
      const message = 'File not found: missing.';
      const detail = { domain: 'global', reason: 'notFound', message, locationType: 'parameter', location: 'fileId' };
      assert.deepEqual(json, { error: { errors: [detail], code: 404, message } });
    }),
  );

  test(
    '403 storageQuotaExceeded: nothing is stored',
    withServer(async (server) => {
      server.person.limitStorage(3);
      const query = { uploadType: 'media' };
      const post = (body: string): ReturnType<typeof call> => call(server, 'POST', `/upload${files}`, { query, body });
      await accepted(post('123'));
      await refused(403, 'storageQuotaExceeded', post('4'));
      const resumable = { query: { uploadType: 'resumable' }, headers: { 'X-Upload-Content-Length': '9' }, json: {} };
      await refused(403, 'storageQuotaExceeded', call(server, 'POST', `/upload${files}`, resumable));
      assert.equal(server.person.snapshot().size, 1);
    }),
  );

  test('403 userRateLimitExceeded: for each user alone, until the window is over', async () => {
    let now = 0;
    const rateLimit = { requests: 2, window: 1000 };
    await withServer(
      async (server) => {
        await accepted(call(server, 'GET', files));
        await accepted(call(server, 'GET', files));
        await refused(403, 'userRateLimitExceeded', call(server, 'GET', files));
        await accepted(call(server, 'GET', files, { token: 'other' }));
        now = 1000;
        await accepted(call(server, 'GET', files));
      },
      { rateLimit, now: () => now, tokens: ['test-token', 'other'] },
    )();
  });

  test(
    '429 rateLimitExceeded, with the time to wait',
    withServer(
      async (server) => {
        await accepted(call(server, 'GET', files));
        const reply = await refused(429, 'rateLimitExceeded', call(server, 'GET', files));
        assert.equal(reply.headers.get('retry-after'), '7');
      },
      { rateLimit: { requests: 1, window: 1e9, status: 429, retryAfter: '7' } },
    ),
  );

  test(
    'methods and paths that do not exist are not found',
    withServer(async (server) => {
      await refused(404, 'notFound', call(server, 'GET', '/drive/v2/files'));
      await refused(404, 'notFound', call(server, 'PUT', `${files}/1`));
    }),
  );
});

describe('faults', () => {
  test(
    'befall the next requests that match, so many of them',
    withServer(async (server) => {
      server.faults.add({
        matches: ({ path }) => path === '/drive/v3/about',
        times: 2,
        after: 1,
        effect: { kind: 'error', status: 503, reason: 'backendError', retryAfter: '1' },
      });
      const about = (): ReturnType<typeof call> => call(server, 'GET', '/drive/v3/about', { query: { fields: '*' } });
      await accepted(call(server, 'GET', files));
      await accepted(about());
      await refused(503, 'backendError', about());
      await refused(503, 'backendError', about());
      await accepted(about());
    }),
  );

  test(
    'a dropped request does nothing, a dropped answer is of something done, a cut answer is too short',
    withServer(async (server) => {
      const make = (): ReturnType<typeof call> => call(server, 'POST', files, { json: { name: 'a' } });
      server.faults.add({ effect: { kind: 'drop-request' } });
      await assert.rejects(make());
      assert.equal(server.person.snapshot().size, 0);
      server.faults.add({ effect: { kind: 'drop-answer' } });
      await assert.rejects(make());
      assert.equal(server.person.snapshot().size, 1);
      server.faults.add({ effect: { kind: 'cut-answer', afterBytes: 5 } });
      await assert.rejects(call(server, 'GET', files));
    }),
  );
});
