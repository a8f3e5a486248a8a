import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { accepted, call, folderType, found, refused, text } from './support/api.ts';
import { withServer } from './support/with-server.ts';

const files = '/drive/v3/files';

describe('"files.create"', () => {
  test(
    'a file lies in My Drive unless a parent is named; names are not unique, and may hold slashes',
    withServer(async (server) => {
      const fields = 'id,name,parents,size,md5Checksum,headRevisionId,trashed,mimeType';
      const made = await accepted(call(server, 'POST', files, { query: { fields }, json: { name: 'a/b' } }));
      assert.deepEqual(made['parents'], [server.person.rootId]);
      assert.equal(made['size'], '0');
      assert.equal(made['md5Checksum'], 'd41d8cd98f00b204e9800998ecf8427e');
      await accepted(call(server, 'POST', files, { json: { name: 'a/b' } }));
      assert.deepEqual(await found(server, "name = 'a/b'"), ['a/b', 'a/b']);
    }),
  );

  test(
    'folders have neither size nor checksums nor revisions',
    withServer(async (server) => {
      const json = { name: 'f', mimeType: folderType };
      const made = await accepted(call(server, 'POST', files, { query: { fields: '*' }, json }));
      for (const field of ['size', 'md5Checksum', 'sha1Checksum', 'sha256Checksum', 'headRevisionId']) {
        assert.equal(made[field], undefined, field);
      }
    }),
  );

  test(
    'times are taken from the body, in milliseconds',
    withServer(async (server) => {
      const json = { name: 'f', modifiedTime: '2001-02-03T04:05:06.789Z', createdTime: '2000-01-01T01:00:00+01:00' };
      const made = await accepted(call(server, 'POST', files, { query: { fields: 'modifiedTime,createdTime' }, json }));
      assert.deepEqual(made, { modifiedTime: '2001-02-03T04:05:06.789Z', createdTime: '2000-01-01T00:00:00.000Z' });
      await refused(400, 'invalid', call(server, 'POST', files, { json: { name: 'f', modifiedTime: 'yesterday' } }));
    }),
  );

  test(
    'an id may be given that was generated before, once',
    withServer(async (server) => {
      const { ids } = await accepted(call(server, 'GET', `${files}/generateIds`, { query: { count: '2' } }));
      assert.ok(Array.isArray(ids) && ids.length === 2);
      assert.equal((await accepted(call(server, 'POST', files, { json: { name: 'a', id: ids[0] } })))['id'], ids[0]);
      await refused(409, 'fileIdInUse', call(server, 'POST', files, { json: { name: 'a', id: ids[0] } }));
      await refused(400, 'invalid', call(server, 'POST', files, { json: { name: 'a', id: 'my-own' } }));
    }),
  );

  for (const [what, json, status, reason] of [
    ['an unknown field', { name: 'a', title: 'a' }, 400, 'badRequest'],
    ['a field that only Drive sets', { name: 'a', md5Checksum: 'x' }, 403, 'fieldNotWritable'],
    ['two parents', { name: 'a', parents: ['root', 'other'] }, 403, 'cannotAddParent'],
    ['a parent that does not exist', { name: 'a', parents: ['missing'] }, 404, 'notFound'],
    ['a property of more than 124 bytes', { appProperties: { k: 'ü'.repeat(62) } }, 400, 'badRequest'],
    ['a shortcut without a target', { mimeType: 'application/vnd.google-apps.shortcut' }, 400, 'badRequest'],
  ] as const) {
    test(
      `refuses ${what}`,
      withServer(async (server) => {
        await refused(status, reason, call(server, 'POST', files, { json }));
        assert.deepEqual(await found(server, 'trashed = false'), []);
      }),
    );
  }

  test(
    'refuses a file as a parent, a body that is no JSON, and a parent that may only be read',
    withServer(async (server) => {
      const file = server.person.makeFile('file', 'x');
      await refused(403, 'parentNotAFolder', call(server, 'POST', files, { json: { parents: [file] } }));
      const headers = { 'Content-Type': 'application/json' };
      await refused(400, 'parseError', call(server, 'POST', files, { body: '{', headers }));
      const folder = server.person.makeFolder('folder');
      server.person.setRole(folder, 'reader');
      const json = { parents: [folder] };
      await refused(403, 'insufficientParentPermissions', call(server, 'POST', files, { json }));
    }),
  );
});

describe('"files.update"', () => {
  test(
    'a file is moved by taking one parent for another, never having two or none',
    withServer(async (server) => {
      const folder = server.person.makeFolder('folder');
      const id = server.person.makeFile('a', 'x');
      const update = (query: Record<string, string>): ReturnType<typeof call> =>
        call(server, 'PATCH', `${files}/${id}`, { query, json: { name: 'b' } });
      await refused(403, 'cannotAddParent', update({ addParents: folder }));
      await refused(400, 'invalid', update({ addParents: folder, removeParents: folder }));
      await refused(404, 'notFound', update({ addParents: 'missing', removeParents: 'root' }));
      const query = { addParents: folder, removeParents: 'root', fields: 'name,parents' };
      assert.deepEqual(await accepted(update(query)), { name: 'b', parents: [folder] });
    }),
  );

  test(
    '"You tried to add a parent that would create a cycle in the directory graph"',
    withServer(async (server) => {
      const outer = server.person.makeFolder('outer');
      const inner = server.person.makeFolder('inner', outer);
      const query = { addParents: inner, removeParents: 'root' };
      await refused(400, 'badRequest', call(server, 'PATCH', `${files}/${outer}`, { query, json: {} }));
    }),
  );

  test(
    'parents are not written by the body',
    withServer(async (server) => {
      const id = server.person.makeFile('a', 'x');
      const json = { parents: ['root'] };
      await refused(403, 'fieldNotWritable', call(server, 'PATCH', `${files}/${id}`, { json }));
    }),
  );

  test(
    'the version grows with every change, the head revision only with content',
    withServer(async (server) => {
      const id = server.person.makeFile('a', 'x');
      const query = { fields: 'version,headRevisionId' };
      const before = await accepted(call(server, 'GET', `${files}/${id}`, { query }));
      const after = await accepted(call(server, 'PATCH', `${files}/${id}`, { query, json: { name: 'b' } }));
      assert.ok(Number(after['version']) > Number(before['version']));
      assert.equal(after['headRevisionId'], before['headRevisionId']);
    }),
  );

  test(
    'who may only read changes nothing, and is told so',
    withServer(async (server) => {
      const id = server.person.makeFile('a', 'x');
      server.person.setRole(id, 'reader');
      const { capabilities } = await accepted(
        call(server, 'GET', `${files}/${id}`, { query: { fields: 'capabilities(canEdit,canTrash)' } }),
      );
      assert.deepEqual(capabilities, { canEdit: false, canTrash: false });
      const reason = 'insufficientFilePermissions';
      await refused(403, reason, call(server, 'PATCH', `${files}/${id}`, { json: { name: 'b' } }));
      await refused(403, reason, call(server, 'DELETE', `${files}/${id}`));
    }),
  );

  test(
    'a null takes a property away',
    withServer(async (server) => {
      const id = server.person.makeFile('a', 'x');
      const query = { fields: 'appProperties' };
      const set = (appProperties: unknown): ReturnType<typeof call> =>
        call(server, 'PATCH', `${files}/${id}`, { query, json: { appProperties } });
      assert.deepEqual(await accepted(set({ a: '1', b: '2' })), { appProperties: { a: '1', b: '2' } });
      assert.deepEqual(await accepted(set({ a: null })), { appProperties: { b: '2' } });
    }),
  );
});

describe('"Trash or delete files and folders"', () => {
  test(
    'a trashed folder takes what it holds along, and brings it back',
    withServer(async (server) => {
      const folder = server.person.makeFolder('folder');
      const inside = server.person.makeFile('inside', 'x', folder);
      const query = { fields: 'trashed,explicitlyTrashed' };
      const told = await accepted(call(server, 'PATCH', `${files}/${folder}`, { query, json: { trashed: true } }));
      assert.deepEqual(told, { trashed: true, explicitlyTrashed: true });
      const state = (): Promise<unknown> => accepted(call(server, 'GET', `${files}/${inside}`, { query }));
      assert.deepEqual(await state(), { trashed: true, explicitlyTrashed: false });
      await accepted(call(server, 'PATCH', `${files}/${folder}`, { json: { trashed: false } }));
      assert.deepEqual(await state(), { trashed: false, explicitlyTrashed: false });
    }),
  );

  test(
    'deleting is for good, with all that lies below; emptying the trash too',
    withServer(async (server) => {
      const folder = server.person.makeFolder('folder');
      const inside = server.person.makeFile('inside', 'x', folder);
      assert.equal((await call(server, 'DELETE', `${files}/${folder}`)).status, 204);
      await refused(404, 'notFound', call(server, 'GET', `${files}/${inside}`));
      const trashed = server.person.makeFile('trashed', 'x');
      const kept = server.person.makeFile('kept', 'x');
      server.person.trash(trashed);
      assert.equal((await call(server, 'DELETE', `${files}/trash`)).status, 204);
      await refused(404, 'notFound', call(server, 'GET', `${files}/${trashed}`));
      await accepted(call(server, 'GET', `${files}/${kept}`));
    }),
  );
});

describe('"files.copy"', () => {
  test(
    'a copy is a file of its own with the same content, in the same folder unless another is named',
    withServer(async (server) => {
      const folder = server.person.makeFolder('folder');
      const id = server.person.makeFile('a', 'text', folder);
      const query = { fields: 'id,name,parents,md5Checksum' };
      const copy = await accepted(call(server, 'POST', `${files}/${id}/copy`, { query, json: {} }));
      assert.notEqual(copy['id'], id);
      assert.deepEqual([copy['name'], copy['parents']], ['Copy of a', [folder]]);
      assert.equal(copy['md5Checksum'], '1cb251ec0d568de6a929b520c4aed8d1');
      const json = { name: 'b', parents: ['root'] };
      assert.equal((await accepted(call(server, 'POST', `${files}/${id}/copy`, { query, json })))['name'], 'b');
      await refused(403, 'cannotCopyFile', call(server, 'POST', `${files}/${folder}/copy`, { json: {} }));
    }),
  );
});

describe('"Create a shortcut to a Drive file"', () => {
  test(
    'a shortcut knows its target and the target’s type',
    withServer(async (server) => {
      const target = server.person.makeFile('target', 'x', 'root', { mimeType: 'text/plain' });
      const json = {
        name: 's',
        mimeType: 'application/vnd.google-apps.shortcut',
        shortcutDetails: { targetId: target },
      };
      const query = { fields: 'id,shortcutDetails,size,md5Checksum' };
      const { id, ...rest } = await accepted(call(server, 'POST', files, { query, json }));
      assert.deepEqual(rest, { shortcutDetails: { targetId: target, targetMimeType: 'text/plain' } });
      const media = { query: { alt: 'media' } };
      await refused(403, 'fileNotDownloadable', call(server, 'GET', `${files}/${text(id)}`, media));
    }),
  );
});
