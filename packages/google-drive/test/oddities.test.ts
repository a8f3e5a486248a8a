import assert from 'node:assert/strict';
import { contentOf } from '@syncengine/core';
import { describe, test } from 'vitest';
import { fileAt, listed, rejectsWith, requestsOf, textAt, told, tree } from './support/looking.ts';
import { withDrive } from './support/with-drive.ts';

describe('names', () => {
  test(
    'several files of one name in one folder are told as one that is not known, and every call refuses them',
    withDrive(async ({ server, client, root }) => {
      server.person.makeFile('twin', 'one', root);
      server.person.makeFile('twin', 'two', root);
      server.person.makeFile('other', 'text', root);
      assert.deepEqual(told(await listed(client)).sort(), ['file other', 'name-collision twin']);
      assert.deepEqual(told(await tree(client)), ['file other', 'name-collision twin']);
      const code = 'name-collision';
      await rejectsWith(code, client.stat('twin'));
      await rejectsWith(code, textAt(client, 'twin'));
      await rejectsWith(code, client.write('twin', contentOf('three')));
      await rejectsWith(code, client.remove('twin'));
      await rejectsWith(code, client.move('twin', 'elsewhere'));
      await rejectsWith(code, client.move('other', 'twin'));
      await rejectsWith(code, client.copy('twin', 'elsewhere'));
      await rejectsWith(code, client.setMetadata('twin', { modifiedAt: 0 }));
      assert.deepEqual(
        server.person
          .in(root)
          .map((file) => file.bytes?.toString())
          .sort(),
        ['one', 'text', 'two'],
      );
    }),
  );

  test(
    'several folders of one name are not looked into, and a file beside a folder of its name is a collision too',
    withDrive(async ({ server, client, root }) => {
      const one = server.person.makeFolder('folder', root);
      server.person.makeFile('inside', 'text', one);
      server.person.makeFolder('folder', root);
      server.person.makeFolder('mixed', root);
      server.person.makeFile('mixed', 'text', root);
      assert.deepEqual(told(await tree(client)), ['name-collision folder', 'name-collision mixed']);
      await rejectsWith('name-collision', client.stat('folder/inside'));
      await rejectsWith('name-collision', client.write('folder/new', contentOf('text')));
      await rejectsWith('name-collision', client.makeDirectory('folder'));
    }),
  );

  test(
    'a twin that goes away leaves the other, known again',
    withDrive(async ({ server, client, root }) => {
      const twin = server.person.makeFile('twin', 'one', root);
      server.person.makeFile('twin', 'two', root);
      await rejectsWith('name-collision', client.stat('twin'));
      server.person.trash(twin);
      assert.equal(await textAt(client, 'twin'), 'two');
    }),
  );

  test(
    'a name with a slash is never taken for a path',
    withDrive(async ({ server, client, root }) => {
      server.person.makeFile('a/b', 'odd', root);
      const folder = server.person.makeFolder('a', root);
      server.person.makeFile('b', 'plain', folder);
      assert.deepEqual(told(await tree(client)), ['directory a', 'file a/b', 'invalid-name a\u2215b']);
      assert.equal(await textAt(client, 'a/b'), 'plain');
      const odd = (await listed(client)).find((entry) => entry.kind === 'unknown');
      assert.match(odd?.kind === 'unknown' ? odd.message : '', /"a\/b".*contains a slash/);
    }),
  );

  test(
    'names that lead elsewhere, and names of nothing, are told and left alone',
    withDrive(async ({ server, client, root }) => {
      for (const name of ['..', '.', '', 'nul\0']) server.person.makeFile(name, 'text', root);
      assert.deepEqual(
        (await listed(client)).map((entry) => (entry.kind === 'unknown' ? entry.code : entry.kind)),
        ['invalid-name', 'invalid-name', 'invalid-name', 'invalid-name'],
      );
      for (const entry of await listed(client)) assert.ok(!entry.path.includes('/') && entry.path.length > 0);
    }),
  );

  test(
    'case tells files apart',
    withDrive(async ({ server, client, root }) => {
      server.person.makeFile('Name', 'one', root);
      server.person.makeFile('name', 'two', root);
      assert.equal(await textAt(client, 'Name'), 'one');
      assert.equal(await textAt(client, 'name'), 'two');
      assert.equal(await client.stat('NAME'), undefined);
    }),
  );
});

describe('what has no bytes of its own', () => {
  test(
    'documents of the editors, shortcuts and forms are told as other, and never read or written',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeDocument('Plan', { 'application/pdf': 'a pdf' }, root);
      server.person.makeShortcut('to the plan', id, root);
      server.person.makeDocument('Form', {}, root, 'application/vnd.google-apps.form');
      const entries = await tree(client);
      assert.deepEqual(
        entries.map((entry) => (entry.kind === 'other' ? entry.what : entry.kind)),
        ['Google form', 'Google document', 'shortcut of Drive'],
      );
      await rejectsWith('unsupported', textAt(client, 'Plan'));
      await rejectsWith('unsupported', client.write('Plan', contentOf('text')));
      await rejectsWith('precondition-failed', client.write('Plan', contentOf('text'), { expected: 'absent' }));
      await rejectsWith('unsupported', client.remove('Plan'));
      await rejectsWith('unsupported', client.move('to the plan', 'elsewhere'));
    }),
  );

  test(
    'a document does not get into the way of a file of its name',
    withDrive(async ({ server, client, root }) => {
      server.person.makeDocument('Plan', {}, root);
      server.person.makeFile('Plan', 'text', root);
      assert.deepEqual(told(await listed(client)), ['file Plan']);
      assert.equal(await textAt(client, 'Plan'), 'text');
    }),
  );

  test(
    'a folder that holds only a document is not empty',
    withDrive(async ({ server, client, root }) => {
      server.person.makeDocument('Plan', {}, server.person.makeFolder('folder', root));
      await rejectsWith('not-empty', client.remove('folder'));
    }),
  );
});

describe('files of old', () => {
  test(
    'that lie in several folders at once are told as other in each, and left alone',
    withDrive(async ({ server, client, root }) => {
      const one = server.person.makeFolder('one', root);
      const two = server.person.makeFolder('two', root);
      const file = server.person.makeFile('file', 'text', one);
      assert.equal(await textAt(client, 'one/file'), 'text');
      server.person.addToFolder(file, two);
      assert.deepEqual(told(await tree(client)), [
        'directory one',
        'other one/file',
        'directory two',
        'other two/file',
      ]);
      await rejectsWith('unsupported', client.write('one/file', contentOf('new')));
      await rejectsWith('unsupported', client.remove('two/file'));
      await rejectsWith('unsupported', client.move('one/file', 'elsewhere'));
      await rejectsWith('unsupported', textAt(client, 'two/file'));
    }),
  );

  test(
    'that lie in a folder outside as well are left alone too',
    withDrive(async ({ server, client, root }) => {
      const outside = server.person.makeFolder('outside');
      server.person.addToFolder(server.person.makeFile('file', 'text', root), outside);
      assert.deepEqual(told(await tree(client)), ['other file']);
    }),
  );
});

describe('documents that are exported', () => {
  const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
  const exporting = { client: { documents: 'export' } } as const;

  test(
    'are shown and read as files, and nothing is ever written to them',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeDocument('Plan', { [docx]: 'first' }, root);
      server.person.makeDocument('Form', {}, root, 'application/vnd.google-apps.form');
      assert.deepEqual(told(await tree(client)), ['other Form', 'file Plan.docx']);
      const entry = await fileAt(client, 'Plan.docx');
      assert.deepEqual(
        (await listed(client)).find((each) => each.kind === 'file'),
        entry,
      );
      assert.equal(entry.size, 5);
      assert.equal(await textAt(client, 'Plan.docx'), 'first');
      const expected = entry.version;
      await rejectsWith('unsupported', client.write('Plan.docx', contentOf('mine'), { expected }));
      await rejectsWith('unsupported', client.write('Plan.docx', contentOf('mine')));
      await rejectsWith('unsupported', client.remove('Plan.docx'));
      await rejectsWith('unsupported', client.move('Plan.docx', 'elsewhere'));
      await rejectsWith('unsupported', client.copy('Plan.docx', 'elsewhere'));
      server.person.editDocument(id, { [docx]: 'second' });
      assert.equal(await textAt(client, 'Plan.docx'), 'second');
      assert.notEqual((await fileAt(client, 'Plan.docx')).version, expected);
      assert.equal(server.person.in(root).length, 2);
    }, exporting),
  );

  test(
    'stay what they were when they are typed into while they are read',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeDocument('Plan', { [docx]: 'first' }, root);
      const { version: expected } = await fileAt(client, 'Plan.docx');
      const reading = client.read('Plan.docx', { expected })[Symbol.asyncIterator]();
      await reading.next();
      server.person.editDocument(id, { [docx]: 'second' });
      await rejectsWith('source-changed', reading.next());
    }, exporting),
  );

  test(
    'that are too large for an export are told, and a real file of the name goes first',
    withDrive(async ({ server, client, root }) => {
      server.person.makeDocument('Large', { [docx]: new Uint8Array(10 * 1024 * 1024 + 1) }, root);
      server.person.makeDocument('Plan', { [docx]: 'exported' }, root);
      server.person.makeFile('Plan.docx', 'real', root);
      assert.deepEqual(told(await tree(client)), ['unreadable Large.docx', 'other Plan', 'file Plan.docx']);
      assert.equal(await textAt(client, 'Plan.docx'), 'real');
      await client.write('Plan.docx', contentOf('newer'));
      assert.equal(await textAt(client, 'Plan.docx'), 'newer');
    }, exporting),
  );
});

describe('trash', () => {
  test(
    'what is removed lies in the trash of Drive, what is replaced among the earlier versions',
    withDrive(async ({ server, client }) => {
      await client.write('file', contentOf('first'));
      const { identity } = await client.write('file', contentOf('second'));
      assert.deepEqual(server.person.earlierContents(identity ?? ''), [Buffer.from('first')]);
      await client.remove('file');
      assert.deepEqual(
        server.person.trashed().map((file) => file.bytes?.toString()),
        ['second'],
      );
    }),
  );

  test(
    'what lies in a trashed folder is gone, and there again when the folder comes back',
    withDrive(async ({ server, client, root }) => {
      const folder = server.person.makeFolder('folder', root);
      server.person.makeFile('file', 'text', server.person.makeFolder('inner', folder));
      assert.equal((await tree(client)).length, 3);
      server.person.trash(folder);
      assert.deepEqual(await tree(client), []);
      assert.equal(await client.stat('folder/inner/file'), undefined);
      server.person.untrash(folder);
      assert.deepEqual(told(await tree(client)), [
        'directory folder',
        'directory folder/inner',
        'file folder/inner/file',
      ]);
    }),
  );

  test(
    'a trashed root is a missing one',
    withDrive(async ({ server, client, root }) => {
      await client.write('file', contentOf('text'));
      server.person.trash(root);
      assert.equal(await client.stat(''), undefined);
      await rejectsWith('not-found', tree(client));
      await rejectsWith('root-missing', client.write('other', contentOf('text')));
      server.person.untrash(root);
      assert.deepEqual(told(await tree(client)), ['file file']);
    }),
  );

  test(
    'a root below a folder that is trashed is missing too',
    withDrive(async ({ server, open }) => {
      const outer = server.person.makeFolder('outer');
      const inner = server.person.makeFolder('inner', outer);
      const client = await open({ folderId: inner });
      await client.write('file', contentOf('text'));
      server.person.trash(outer);
      assert.equal(await client.stat(''), undefined);
    }),
  );
});

describe('what the user may not do', () => {
  test(
    'files that may only be read are read, and nothing else',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeFile('file', 'text', root);
      server.person.setRole(id, 'reader');
      assert.equal(await textAt(client, 'file'), 'text');
      const code = 'permission-denied';
      await rejectsWith(code, client.write('file', contentOf('new')));
      await rejectsWith(code, client.remove('file'));
      await rejectsWith(code, client.move('file', 'elsewhere'));
      await rejectsWith(code, client.setMetadata('file', { modifiedAt: 0 }));
      assert.equal(server.person.at('root/file')?.bytes?.toString(), 'text');
    }),
  );

  test(
    'a folder that may only be read takes nothing',
    withDrive(async ({ server, client, root }) => {
      const folder = server.person.makeFolder('folder', root);
      server.person.setRole(folder, 'reader');
      await rejectsWith('permission-denied', client.write('folder/new', contentOf('text')));
      await rejectsWith('permission-denied', client.write('folder/deep/new', contentOf('text')));
    }),
  );

  test(
    'files that Google takes for malware are unreadable, unless their owner takes the risk',
    withDrive(async ({ server, client, root, open }) => {
      const id = server.person.makeFile('virus', 'text', root);
      server.person.markAbusive(id);
      const error = await rejectsWith('unreadable', textAt(client, 'virus'));
      assert.match(error.message, /malware/);
      assert.equal(error.retry, 'no');
      assert.equal(await textAt(await open({ acknowledgeAbuse: true }), 'virus'), 'text');
    }),
  );

  test(
    'credentials that are no longer good are told as such',
    withDrive(async ({ server, client }) => {
      server.tokens.clear();
      await rejectsWith('permission-denied', client.stat('file'));
    }),
  );
});

describe('limits', () => {
  test(
    'a full Drive has no space, and says how much is free',
    withDrive(async ({ server, client }) => {
      server.person.limitStorage(10);
      await client.write('a', contentOf('1234'));
      assert.deepEqual(await client.usage(), { freeBytes: 6 });
      const error = await rejectsWith('no-space', client.write('b', contentOf('1234567')));
      assert.equal(error.retry, 'no');
      assert.deepEqual([...server.person.snapshot().keys()], ['root/', 'root/a']);
    }),
  );

  test(
    'a full Drive does not take a large content either',
    withDrive(
      async ({ server, client }) => {
        server.person.limitStorage(300_000);
        await rejectsWith('no-space', client.write('new/large', contentOf(new Uint8Array(600_000))));
        assert.deepEqual([...server.person.snapshot().keys()], ['root/']);
        assert.equal(server.person.unfinishedUploads, 0);
      },
      { client: { singleRequestLimit: 1000, chunkSize: 262_144 } },
    ),
  );

  for (const [status, reason] of [
    [403, 'userRateLimitExceeded'],
    [403, 'rateLimitExceeded'],
    [429, 'rateLimitExceeded'],
  ] as const) {
    test(
      `${status} ${reason} is a request to go slower, for as long as Drive says`,
      withDrive(async ({ server, client }) => {
        server.faults.add({ effect: { kind: 'error', status, reason, retryAfter: '7' } });
        assert.deepEqual((await rejectsWith('throttled', client.stat('file'))).retry, { afterMs: 7000 });
        server.faults.add({ effect: { kind: 'error', status, reason } });
        assert.equal((await rejectsWith('throttled', client.stat('file'))).retry, 'yes');
        assert.equal(await client.stat('file'), undefined);
      }),
    );
  }

  for (const status of [500, 502, 503, 504]) {
    test(
      `${status} is worth another try`,
      withDrive(async ({ server, client }) => {
        server.faults.add({ effect: { kind: 'error', status, reason: 'backendError', retryAfter: '2' } });
        assert.deepEqual((await rejectsWith('storage-failure', client.stat('file'))).retry, { afterMs: 2000 });
      }),
    );
  }

  test(
    'a connection that breaks is worth another try',
    withDrive(async ({ server, client }) => {
      server.faults.add({ effect: { kind: 'drop-request' } });
      assert.equal((await rejectsWith('connection', client.stat('file'))).retry, 'yes');
    }),
  );
});

describe('what happens during a run', () => {
  test(
    'an id that vanishes between the listing and the read is not found',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeFile('file', 'text', root);
      const { version } = await fileAt(client, 'file');
      const vanish = { kind: 'act', act: () => server.person.delete(id) } as const;
      server.faults.add({ matches: ({ query }) => query.get('alt') === 'media', effect: vanish });
      const error = await rejectsWith('not-found', textAt(client, 'file'));
      assert.equal(error.path, 'file');
      const options = { expected: version };
      await rejectsWith('not-found', client.read('file', options)[Symbol.asyncIterator]().next());
    }),
  );

  test(
    'a folder that vanishes while the tree is listed is left out, and all others are told',
    withDrive(async ({ server, client, root }) => {
      const kept = server.person.makeFolder('kept', root);
      const gone = server.person.makeFolder('gone', root);
      server.person.makeFile('file', 'text', kept);
      const isInner = (q: string | null): boolean => q?.includes(kept) === true && q.includes(gone);
      const vanish = { kind: 'act', act: () => server.person.delete(gone) } as const;
      server.faults.add({ matches: ({ query }) => isInner(query.get('q')), effect: vanish });
      assert.deepEqual(told(await tree(client)), ['directory kept', 'file kept/file']);
    }),
  );

  test(
    'a file that somebody changed right before is neither replaced nor removed nor moved',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeFile('file', 'text', root);
      const { version: expected } = await fileAt(client, 'file');
      server.person.edit(id, 'newer text');
      const code = 'precondition-failed';
      await rejectsWith(code, client.write('file', contentOf('mine'), { expected }));
      await rejectsWith(code, client.remove('file', { expected }));
      await rejectsWith(code, client.move('file', 'elsewhere', { expected }));
      await rejectsWith(code, client.copy('file', 'elsewhere', { expected }));
      assert.equal(server.person.at('root/file')?.bytes?.toString(), 'newer text');
    }),
  );

  test(
    'a file that was moved away is no longer where it was',
    withDrive(async ({ server, client, root }) => {
      const outside = server.person.makeFolder('outside');
      const id = server.person.makeFile('file', 'text', root);
      const folder = server.person.makeFolder('folder', root);
      server.person.makeFile('inside', 'text', folder);
      assert.equal((await tree(client)).length, 3);
      server.person.move(id, outside);
      server.person.move(folder, outside);
      assert.deepEqual(await tree(client), []);
      await rejectsWith('not-found', client.remove('file'));
      server.person.move(folder, root);
      assert.deepEqual(told(await tree(client)), ['directory folder', 'file folder/inside']);
    }),
  );

  test(
    'a folder that was made by itself stays, when something that was to go into it fails',
    withDrive(async ({ server, client }) => {
      await client.makeDirectory('folder');
      const isUpload = ({ method }: { readonly method: string }): boolean => method === 'POST';
      server.faults.add({ matches: isUpload, effect: { kind: 'error', status: 503, reason: 'backendError' } });
      await rejectsWith('storage-failure', client.write('folder/file', contentOf('text')));
      server.faults.add({ matches: isUpload, effect: { kind: 'error', status: 503, reason: 'backendError' } });
      await rejectsWith('storage-failure', client.makeDirectory('folder/deeper'));
      assert.deepEqual(told(await tree(client)), ['directory folder']);
      server.faults.add({ matches: isUpload, effect: { kind: 'error', status: 503, reason: 'backendError' } });
      await rejectsWith('storage-failure', client.write('made for it/file', contentOf('text')));
      assert.deepEqual(told(await tree(client)), ['directory folder']);
    }),
  );

  test(
    'a folder that vanishes right before something is put into it is looked for again',
    withDrive(async ({ server, client, root }) => {
      const id = server.person.makeFolder('folder', root);
      await tree(client);
      const vanish = { kind: 'act', act: () => server.person.delete(id) } as const;
      server.faults.add({ matches: ({ method }) => method === 'POST', effect: vanish });
      const error = await rejectsWith('storage-failure', client.write('folder/file', contentOf('text')));
      assert.equal(error.retry, 'yes');
      await client.write('folder/file', contentOf('text'));
      assert.equal(server.person.at('root/folder/file')?.bytes?.toString(), 'text');
    }),
  );

  test(
    'an answer that is lost is not taken for something that was not done',
    withDrive(async ({ server, client }) => {
      const lose = (name: string): void =>
        server.faults.add({ matches: ({ method }) => method === name, effect: { kind: 'drop-answer' } });
      lose('POST');
      const { version } = await client.write('file', contentOf('text'), { expected: 'absent' });
      lose('PATCH');
      const { version: second } = await client.write('file', contentOf('newer'), { expected: version });
      lose('PATCH');
      await client.move('file', 'moved', { expected: second });
      lose('POST');
      await client.copy('moved', 'copied');
      lose('POST');
      await client.makeDirectory('folder');
      lose('PATCH');
      await client.remove('moved', { expected: second });
      assert.deepEqual(
        [...server.person.snapshot()],
        [
          ['root/', ''],
          ['root/copied', 'newer'],
          ['root/folder/', ''],
        ],
      );
    }),
  );
});

describe('what it takes', () => {
  test(
    'the rename of a folder of 1,000 files is one request of effect',
    withDrive(async ({ server, client, root }) => {
      const folder = server.person.makeFolder('folder', root);
      for (let index = 0; index < 1000; index += 1) server.person.makeFile(`file-${index}`, 'text', folder);
      await tree(client);
      const asked = await requestsOf(server, () => client.move('folder', 'renamed'));
      assert.deepEqual(asked, ['changes.list', 'files.update']);
      const after = await requestsOf(server, async () => assert.equal((await tree(client)).length, 1001));
      assert.deepEqual(after, ['changes.list']);
    }),
  );

  test(
    'calls that are made at once share one look at the changes',
    withDrive(async ({ server, client }) => {
      await tree(client);
      const paths = Array.from({ length: 50 }, (_, index) => `missing-${index}`);
      const asked = await requestsOf(server, () => Promise.all(paths.map((path) => client.stat(path))));
      assert.ok(asked.length <= 2, asked.join());
    }),
  );

  test(
    'folders are listed forty at a time',
    withDrive(async ({ server, client, root }) => {
      for (let index = 0; index < 100; index += 1) {
        server.person.makeFile('file', 'text', server.person.makeFolder(`folder-${index}`, root));
      }
      const asked = await requestsOf(server, async () => assert.equal((await tree(client)).length, 200));
      assert.equal(asked.filter((name) => name === 'files.list').length, 4);
    }),
  );

  test(
    'all of My Drive is listed flat, page by page',
    withDrive(
      async ({ server, open }) => {
        for (let index = 0; index < 25; index += 1) {
          server.person.makeFile('file', 'text', server.person.makeFolder(`folder-${index}`));
        }
        const client = await open({ folderId: undefined });
        const asked = await requestsOf(server, async () => assert.equal((await tree(client)).length, 51));
        assert.equal(asked.filter((name) => name === 'files.list').length, 6);
      },
      { server: { largestPageSize: 10 } },
    ),
  );
});
