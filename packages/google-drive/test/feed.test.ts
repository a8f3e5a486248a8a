import assert from 'node:assert/strict';
import { contentOf, type Entry, type StorageClient } from '@syncengine/core';
import { describe, test } from 'vitest';
import { rejectsWith, requestsOf, textAt, told, tree } from './support/looking.ts';
import { withDrive } from './support/with-drive.ts';

describe('the feed of changes', () => {
  test(
    'an unchanged folder is listed by one request, however large it is',
    withDrive(async ({ server, client, root }) => {
      for (let index = 0; index < 30; index += 1) {
        server.person.makeFile('file', 'text', server.person.makeFolder(`folder-${index}`, root));
      }
      assert.equal((await tree(client)).length, 60);
      const asked = await requestsOf(server, async () => assert.equal((await tree(client)).length, 60));
      assert.deepEqual(asked, ['changes.list']);
    }),
  );

  test(
    'what changed is told as a new listing would tell it',
    withDrive(async ({ server, client, root, open }) => {
      const folder = server.person.makeFolder('folder', root);
      const file = server.person.makeFile('file', 'text', folder);
      const other = server.person.makeFile('other', 'text', root);
      await tree(client);
      const outside = server.person.makeFolder('outside');
      server.person.makeFile('inside', 'text', server.person.makeFolder('deep', outside));
      server.person.edit(file, 'newer');
      server.person.rename(folder, 'renamed');
      server.person.move(other, folder);
      server.person.move(outside, root);
      const later = server.person.makeFile('later', 'text', server.person.makeFolder('new', folder));
      server.person.touch(later, 1_000_000_000_000);
      assert.deepEqual(await tree(client), await tree(await open()));
      server.person.delete(folder);
      server.person.trash(outside);
      assert.deepEqual(await tree(client), await tree(await open()));
    }),
  );

  test(
    'pages of changes are all read',
    withDrive(async ({ server, client, root, open }) => {
      await tree(client);
      for (let index = 0; index < 2500; index += 1) server.person.makeFile(`file-${index}`, '', root);
      const asked = await requestsOf(server, async () => assert.equal((await tree(client)).length, 2500));
      assert.deepEqual(asked, ['changes.list', 'changes.list', 'changes.list']);
      assert.deepEqual(await tree(client), await tree(await open()));
    }),
  );

  test(
    'a position that is too old leads to a new listing',
    withDrive(async ({ server, client, root }) => {
      server.person.makeFile('file', 'text', root);
      await tree(client);
      server.person.makeFile('other', 'text', root);
      server.person.forgetChanges();
      assert.deepEqual(told(await tree(client)), ['file file', 'file other']);
      server.faults.add({
        matches: ({ path }) => path === '/drive/v3/changes',
        effect: { kind: 'error', status: 410, reason: 'gone' },
      });
      assert.deepEqual(told(await tree(client)), ['file file', 'file other']);
    }),
  );

  test(
    'a picture that is too old is made anew',
    withDrive(async ({ server, root, open }) => {
      server.person.makeFile('file', 'text', root);
      const aging = await open({ relistAfterMs: 20 });
      await tree(aging);
      await waitUntil(Date.now() + 40);
      const asked = await requestsOf(server, async () => assert.deepEqual(told(await tree(aging)), ['file file']));
      assert.ok(asked.includes('files.list'), asked.join());
      await aging.write('other', contentOf('text'));
      assert.equal((await tree(aging)).length, 2);
    }),
  );

  test(
    'a look that fails is told, and the next one catches up',
    withDrive(async ({ server, client, root }) => {
      await tree(client);
      server.person.makeFile('file', 'text', root);
      server.faults.add({ effect: { kind: 'error', status: 503, reason: 'backendError' } });
      await rejectsWith('storage-failure', tree(client));
      assert.deepEqual(told(await tree(client)), ['file file']);
    }),
  );

  test(
    'a listing that fails half-way is no listing',
    withDrive(
      async ({ server, client, root }) => {
        for (let index = 0; index < 9; index += 1) server.person.makeFile(`file-${index}`, '', root);
        server.faults.add({
          matches: ({ query }) => query.has('pageToken') && query.has('q'),
          effect: { kind: 'error', status: 500, reason: 'backendError' },
        });
        await rejectsWith('storage-failure', tree(client));
        assert.equal((await tree(client)).length, 9);
      },
      { server: { largestPageSize: 3 } },
    ),
  );

  test(
    'a long way of answers: what happens while the tree is listed is not missed',
    withDrive(
      async ({ server, client, root }) => {
        const from = server.person.makeFolder('from', root);
        const to = server.person.makeFolder('to', root);
        const moving = server.person.makeFile('moving', 'text', from);
        for (let index = 0; index < 5; index += 1) server.person.makeFile(`file-${index}`, '', from);
        server.faults.add({
          matches: ({ query }) => query.has('pageToken') && query.has('q'),
          effect: { kind: 'act', act: () => server.person.move(moving, to) },
        });
        await tree(client);
        assert.ok(told(await tree(client)).includes('file to/moving'));
        assert.ok(!told(await tree(client)).includes('file from/moving'));
      },
      { server: { largestPageSize: 3 } },
    ),
  );
});

async function waitUntil(time: number): Promise<void> {
  while (Date.now() < time) await new Promise((resolve) => setImmediate(resolve));
}

describe('changes', () => {
  /** What is told, as the engine would keep it from one process to the next. */
  async function kept(client: StorageClient, memory?: Kept, afresh = false): Promise<Kept> {
    assert.ok(client.changes !== undefined);
    const known = memory === undefined ? undefined : inPages(memory.entries);
    const { cursor, entries } = await client.changes(memory?.cursor, { known, afresh });
    const all: Entry[] = [];
    for await (const page of entries) all.push(...page);
    return JSON.parse(JSON.stringify({ cursor, entries: all }));
  }

  test(
    'another process asks only for what changed, and sees what a new listing would',
    withDrive(async ({ server, root, open }) => {
      for (let index = 0; index < 100; index += 1) {
        const folder = server.person.makeFolder(`folder-${index}`, root);
        server.person.makeFile('file', 'text', folder);
        server.person.makeDocument('doc', {}, folder);
      }
      server.person.makeShortcut('shortcut', root, root);
      const before = await kept(await open());
      assert.equal(before.entries.length, 301);
      const again = await open();
      const asked = await requestsOf(server, async () => assert.deepEqual(await kept(again, before), before));
      assert.deepEqual(asked.sort(), ['changes.list', 'files.get']);
      const some = server.person.at('root/folder-3')?.id ?? '';
      server.person.makeFile('new', 'text', some);
      server.person.rename(some, 'renamed');
      server.person.trash(server.person.at('root/folder-7')?.id ?? '');
      server.person.edit(server.person.at('root/folder-9/file')?.id ?? '', 'newer');
      const later = await open();
      const after = await requestsOf(server, async () =>
        assert.deepEqual((await kept(later, before)).entries, await tree(await open())),
      );
      assert.equal(after.filter((name) => name === 'changes.list').length, 1);
      await later.write('renamed/file', contentOf('mine'));
      assert.equal(await textAt(later, 'renamed/file'), 'mine');
    }),
  );

  test(
    'folders in which not all was told are listed again',
    withDrive(async ({ server, root, open }) => {
      const folder = server.person.makeFolder('folder', root);
      const twin = server.person.makeFile('twin', 'one', folder);
      server.person.makeFile('twin', 'two', folder);
      server.person.makeFile('a/b', 'odd', root);
      const before = await kept(await open());
      assert.deepEqual(told(before.entries), [
        'invalid-name a\u2215b',
        'directory folder',
        'name-collision folder/twin',
      ]);
      server.person.trash(twin);
      const after = await kept(await open(), before);
      assert.deepEqual(told(after.entries), ['invalid-name a\u2215b', 'directory folder', 'file folder/twin']);
    }),
  );

  test(
    'a cursor that is too old, of another root or of no use costs a listing',
    withDrive(async ({ server, root, open }) => {
      server.person.makeFile('file', 'text', root);
      const before = await kept(await open());
      const entries = [{ kind: 'directory', path: 'made up', identity: 'nothing' } as const];
      for (const cursor of ['', 'nonsense', '{}', before.cursor.replace(root, 'another')]) {
        assert.deepEqual(told((await kept(await open(), { cursor, entries })).entries), ['file file']);
      }
      const old = before.cursor.replace(/"listedAt":\d+/, '"listedAt":1');
      assert.deepEqual(told((await kept(await open(), { cursor: old, entries })).entries), ['file file']);
      server.person.makeFile('other', 'text', root);
      server.person.forgetChanges();
      assert.deepEqual(told((await kept(await open(), before)).entries), ['file file', 'file other']);
      const misled = await kept(await open(), { cursor: before.cursor, entries }, true);
      assert.deepEqual(told(misled.entries), ['file file', 'file other']);
    }),
  );
});

interface Kept {
  readonly cursor: string;
  readonly entries: readonly Entry[];
}

async function* inPages(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  for (let start = 0; start < entries.length; start += 7) yield entries.slice(start, start + 7);
}

describe('the root', () => {
  test(
    'is found by the names that lead to it, and made when it is missing',
    withDrive(async ({ server, open }) => {
      const client = await open({ folderId: undefined, path: '/Backups/laptop/' });
      assert.equal(await client.stat(''), undefined);
      await rejectsWith('root-missing', client.write('file', contentOf('text')));
      assert.equal((await client.makeDirectory('')).kind, 'directory');
      await client.write('file', contentOf('text'));
      assert.equal(server.person.at('Backups/laptop/file')?.bytes?.toString(), 'text');
      assert.equal(client.id, `gdrive://drive/${server.person.rootId}/Backups/laptop`);
    }),
  );

  test(
    'that is renamed is no longer where its names lead',
    withDrive(async ({ server, open }) => {
      const folder = server.person.makeFolder('Backups');
      const client = await open({ folderId: undefined, path: '/Backups' });
      await client.write('file', contentOf('text'));
      server.person.rename(folder, 'Old');
      assert.equal(await client.stat(''), undefined);
      server.person.makeFile('new', 'text', server.person.makeFolder('Backups'));
      assert.deepEqual(told(await tree(client)), ['file new']);
    }),
  );

  test(
    'that is ambiguous is refused',
    withDrive(async ({ server, open }) => {
      server.person.makeFolder('Backups');
      server.person.makeFolder('Backups');
      const client = await open({ folderId: undefined, path: '/Backups' });
      await rejectsWith('name-collision', client.stat(''));
    }),
  );

  test(
    'is a folder: a file is not taken for one',
    withDrive(async ({ server, open }) => {
      server.person.makeFile('Backups', 'text');
      const client = await open({ folderId: undefined, path: '/Backups' });
      assert.equal((await client.stat(''))?.kind, 'other');
      await rejectsWith('not-a-directory', client.makeDirectory(''));
    }),
  );

  test(
    'may come into being in a shared drive',
    withDrive(async ({ server, open }) => {
      const drive = server.person.addDrive('Team');
      const client = await open({ folderId: drive.id, path: '/later' });
      assert.equal(await client.stat(''), undefined);
      assert.equal(await client.stat('file'), undefined);
      const folder = server.person.makeFolder('later', drive.id);
      assert.deepEqual(await tree(client), []);
      server.person.makeFile('file', 'text', folder);
      assert.deepEqual(told(await tree(client)), ['file file']);
    }),
  );

  test(
    'may lie in a shared drive, or be one',
    withDrive(async ({ server, open }) => {
      const drive = server.person.addDrive('Team');
      const whole = await open({ folderId: drive.id });
      await whole.write('dir/file', contentOf('text'));
      server.person.makeFile('other', 'text', drive.id);
      assert.deepEqual(told(await tree(whole)), ['directory dir', 'file dir/file', 'file other']);
      const part = await open({ folderId: drive.id, path: 'dir' });
      assert.equal(await textAt(part, 'file'), 'text');
      assert.deepEqual(await part.usage(), { freeBytes: undefined });
      await part.move('file', 'moved');
      await part.remove('moved');
      assert.deepEqual(told(await tree(whole)), ['directory dir', 'file other']);
      assert.ok(part.id.startsWith(`${whole.id}/`));
    }),
  );
});
