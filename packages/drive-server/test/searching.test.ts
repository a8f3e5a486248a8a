import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { accepted, call, found, refused } from './support/api.ts';
import { withServer } from './support/with-server.ts';

const files = '/drive/v3/files';

describe('"Search for files and folders"', () => {
  test(
    'a name is found whatever its case, and by the beginnings of its words',
    withServer(async (server) => {
      server.person.makeFile('HelloWorld.txt', 'x');
      server.person.makeFile('other', 'x');
      assert.deepEqual(await found(server, "name = 'helloworld.TXT'"), ['HelloWorld.txt']);
      assert.deepEqual(await found(server, "name contains 'hello'"), ['HelloWorld.txt']);
      assert.deepEqual(await found(server, "name contains 'World'"), []);
      assert.deepEqual(await found(server, "name != 'other'"), ['HelloWorld.txt']);
    }),
  );

  test(
    'children of several folders are found at once',
    withServer(async (server) => {
      const one = server.person.makeFolder('one');
      const two = server.person.makeFolder('two');
      server.person.makeFile('a', 'x', one);
      server.person.makeFile('b', 'x', two);
      assert.deepEqual(await found(server, `'${one}' in parents or '${two}' in parents`), ['a', 'b']);
      assert.deepEqual(await found(server, `('${one}' in parents or '${two}' in parents) and name='b'`), ['b']);
      assert.deepEqual(await found(server, "'root' in parents and trashed = false"), ['one', 'two']);
    }),
  );

  test(
    'a parent that does not exist is not found',
    withServer(async (server) => {
      await refused(404, 'notFound', call(server, 'GET', files, { query: { q: "'missing' in parents" } }));
    }),
  );

  test(
    'what lies in a trashed folder is trashed',
    withServer(async (server) => {
      const folder = server.person.makeFolder('folder');
      server.person.makeFile('inside', 'x', folder);
      server.person.trash(folder);
      assert.deepEqual(await found(server, 'trashed = false'), []);
      assert.deepEqual(await found(server, 'trashed = true'), ['folder', 'inside']);
      const { files: told } = await accepted(
        call(server, 'GET', files, { query: { q: "name='inside'", fields: 'files(trashed,explicitlyTrashed)' } }),
      );
      assert.deepEqual(told, [{ trashed: true, explicitlyTrashed: false }]);
    }),
  );

  test(
    'times and types are compared',
    withServer(async (server) => {
      server.person.makeFile('old', 'x', 'root', { modifiedAt: Date.UTC(2020, 0, 1) });
      server.person.makeFile('new.png', 'x', 'root', { modifiedAt: Date.UTC(2025, 0, 1), mimeType: 'image/png' });
      assert.deepEqual(await found(server, "modifiedTime < '2022-01-01T00:00:00'"), ['old']);
      assert.deepEqual(await found(server, "modifiedTime >= '2025-01-01T00:00:00Z'"), ['new.png']);
      assert.deepEqual(await found(server, "mimeType contains 'image/'"), ['new.png']);
    }),
  );

  test(
    'appProperties are found by key and value',
    withServer(async (server) => {
      await accepted(call(server, 'POST', files, { json: { name: 'tagged', appProperties: { k: "it's" } } }));
      assert.deepEqual(await found(server, String.raw`appProperties has { key='k' and value='it\'s' }`), ['tagged']);
      assert.deepEqual(await found(server, "appProperties has { key='k' and value='v' }"), []);
    }),
  );
});

describe('"files.list"', () => {
  test(
    'without fields only a few are told',
    withServer(async (server) => {
      const id = server.person.makeFile('a', 'x');
      assert.deepEqual(await accepted(call(server, 'GET', files)), {
        kind: 'drive#fileList',
        incompleteSearch: false,
        files: [{ kind: 'drive#file', id, name: 'a', mimeType: 'application/octet-stream' }],
      });
    }),
  );

  test(
    'pages follow one another by tokens, which are good only for the same query',
    withServer(async (server) => {
      for (let index = 0; index < 5; index += 1) server.person.makeFile(`f${index}`, 'x');
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const query = { pageSize: '2', orderBy: 'name', ...(pageToken === undefined ? {} : { pageToken }) };
        const page = await accepted(call(server, 'GET', files, { query }));
        assert.ok(Array.isArray(page['files']) && page['files'].length <= 2);
        names.push(...page['files'].map((file: { readonly name: string }) => file.name));
        pageToken = typeof page['nextPageToken'] === 'string' ? page['nextPageToken'] : undefined;
        if (pageToken !== undefined) {
          const other = { pageSize: '2', orderBy: 'name desc', pageToken };
          await refused(400, 'invalid', call(server, 'GET', files, { query: other }));
        }
      } while (pageToken !== undefined);
      assert.deepEqual(names, ['f0', 'f1', 'f2', 'f3', 'f4']);
      await refused(400, 'invalid', call(server, 'GET', files, { query: { pageToken: 'made-up' } }));
    }),
  );

  test(
    'a server may make its pages smaller than asked for',
    withServer(
      async (server) => {
        for (let index = 0; index < 5; index += 1) server.person.makeFile(`f${index}`, 'x');
        const page = await accepted(call(server, 'GET', files, { query: { pageSize: '1000' } }));
        assert.ok(Array.isArray(page['files']) && page['files'].length === 3 && page['nextPageToken'] !== undefined);
      },
      { largestPageSize: 3 },
    ),
  );

  test(
    'orderBy takes several keys, folders first, and descending order',
    withServer(async (server) => {
      server.person.makeFile('b', 'xx');
      server.person.makeFolder('z');
      server.person.makeFile('A', 'x');
      const names = async (orderBy: string): Promise<string[]> => {
        const { files: told } = await accepted(call(server, 'GET', files, { query: { orderBy } }));
        assert.ok(Array.isArray(told));
        return told.map((file: { readonly name: string }) => file.name);
      };
      assert.deepEqual(await names('folder,name'), ['z', 'A', 'b']);
      assert.deepEqual(await names('name desc'), ['z', 'b', 'A']);
      await refused(400, 'invalid', call(server, 'GET', files, { query: { orderBy: 'size' } }));
    }),
  );

  for (const [query, reason] of [
    [{ unknown: '1' }, 'badRequest'],
    [{ pageSize: '0' }, 'invalidParameter'],
    [{ pageSize: '1001' }, 'invalidParameter'],
    [{ pageSize: 'many' }, 'invalid'],
    [{ q: 'nonsense' }, 'invalid'],
    [{ fields: 'files(title)' }, 'invalidParameter'],
    [{ corpora: 'drive' }, 'badRequest'],
    [{ corpora: 'nothing' }, 'invalid'],
    [{ includeItemsFromAllDrives: 'true' }, 'badRequest'],
    [{ spaces: 'photos' }, 'invalid'],
  ] as const) {
    test(
      `refuses ${JSON.stringify(query)}`,
      withServer(async (server) => {
        await refused(400, reason, call(server, 'GET', files, { query }));
      }),
    );
  }
});

describe('"Implement shared drive support"', () => {
  test(
    'what lies in a shared drive is only there for who knows shared drives',
    withServer(async (server) => {
      const drive = server.person.addDrive('Team');
      const id = server.person.makeFile('a', 'x', drive.id);
      await refused(404, 'notFound', call(server, 'GET', `${files}/${id}`));
      const known = { supportsAllDrives: 'true', fields: 'id,driveId,parents' };
      assert.deepEqual(await accepted(call(server, 'GET', `${files}/${id}`, { query: known })), {
        id,
        driveId: drive.id,
        parents: [drive.id],
      });
      const query = { supportsAllDrives: 'true', includeItemsFromAllDrives: 'true' };
      assert.deepEqual(await found(server, 'trashed=false'), []);
      assert.deepEqual(await found(server, 'trashed=false', { ...query, corpora: 'drive', driveId: drive.id }), ['a']);
      assert.deepEqual(await found(server, 'trashed=false', { ...query, corpora: 'allDrives' }), ['a']);
      assert.deepEqual(await accepted(call(server, 'GET', '/drive/v3/drives')), {
        kind: 'drive#driveList',
        drives: [{ kind: 'drive#drive', id: drive.id, name: 'Team' }],
      });
      assert.equal((await accepted(call(server, 'GET', `/drive/v3/drives/${drive.id}`)))['name'], 'Team');
      await refused(404, 'notFound', call(server, 'GET', '/drive/v3/drives/missing'));
    }),
  );
});
