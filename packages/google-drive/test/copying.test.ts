import assert from 'node:assert/strict';
import { collectBytes, contentOf, MemoryStateStore, SyncEngine, SyncStateManager } from '@syncengine/core';
import { describe, test } from 'vitest';
import { fileAt, patterned, rejectsWith, requestsOf, textAt, told, tree } from './support/looking.ts';
import { type Stage, withDrive } from './support/with-drive.ts';

interface TwoFolders extends Stage {
  /** A client of another folder of the same Drive. */
  readonly other: Stage['client'];
  readonly otherRoot: string;
}

const withTwoFolders = (body: (stage: TwoFolders) => Promise<void>): (() => Promise<void>) =>
  withDrive(async (stage) => {
    const otherRoot = stage.server.person.makeFolder('other');
    await body({ ...stage, otherRoot, other: await stage.open({ folderId: otherRoot }) });
  });

/** Only requests that do something, or move content. */
const ofEffect = (asked: readonly string[]): string[] =>
  asked.filter(
    (name) => !['changes.list', 'changes.getStartPageToken', 'files.list', 'files.generateIds'].includes(name),
  );

describe('a copy from one folder of Drive to another', () => {
  test(
    'moves no content, and keeps the time',
    withTwoFolders(async ({ server, client, other }) => {
      const bytes = patterned(300_000);
      const { version } = await client.write('dir/from', contentOf(bytes));
      const before = server.receivedBytes;
      const modifiedAt = 1_234_567_890_123;
      const asked = await requestsOf(server, async () => {
        const entry = await other.copyFrom(client, 'dir/from', 'new/to', { version, modifiedAt, expected: 'absent' });
        assert.deepEqual(entry, await fileAt(other, 'new/to'));
        assert.equal(entry?.modifiedAt, modifiedAt);
      });
      assert.equal(asked.filter((name) => name === 'files.copy').length, 1);
      assert.equal(server.receivedBytes, before);
      assert.ok(Buffer.from(await collectBytes(other.read('new/to'))).equals(bytes));
      assert.ok(Buffer.from(await collectBytes(client.read('dir/from'))).equals(bytes));
    }),
  );

  test(
    'is made by a sync of two folders of Drive, without a download or an upload',
    withTwoFolders(async ({ server, client, other }) => {
      for (let index = 0; index < 20; index += 1)
        await client.write(`dir-${index % 3}/file-${index}`, contentOf('text'));
      const state = new SyncStateManager({ store: new MemoryStateStore() });
      const engine = new SyncEngine({ source: client, destination: other, state });
      const before = server.receivedBytes;
      const asked = await requestsOf(server, async () => assert.equal((await engine.sync()).status, 'clean'));
      assert.equal(asked.filter((name) => name === 'files.copy').length, 20);
      assert.equal(server.receivedBytes, before);
      assert.ok(!server.requests.some(({ query }) => query.get('alt') === 'media'));
      assert.deepEqual(told(await tree(other)), told(await tree(client)));
      assert.deepEqual((await engine.sync()).operations, []);
    }),
  );

  test(
    'is none where something is replaced: that keeps its id and its earlier versions by a write',
    withTwoFolders(async ({ server, client, other }) => {
      const { version } = await client.write('file', contentOf('newer'));
      const standing = await other.write('file', contentOf('standing'));
      const asked = await requestsOf(server, async () => {
        assert.equal(await other.copyFrom(client, 'file', 'file', { version, expected: standing.version }), undefined);
        assert.equal(await other.copyFrom(client, 'file', 'file', { version }), undefined);
      });
      assert.deepEqual(
        ofEffect(asked).filter((name) => name !== 'files.get'),
        [],
      );
      await rejectsWith('precondition-failed', other.copyFrom(client, 'file', 'file', { version, expected: 'absent' }));
      await rejectsWith('precondition-failed', other.copyFrom(client, 'file', 'new', { version, expected: 'stale' }));
      assert.deepEqual(told(await tree(other)), ['file file']);
      const engine = new SyncEngine({
        source: client,
        destination: other,
        mode: 'source-to-destination',
        state: new SyncStateManager({ store: new MemoryStateStore() }),
      });
      await engine.sync();
      const replaced = await fileAt(other, 'file');
      assert.equal(replaced.identity, standing.identity);
      assert.equal(await textAt(other, 'file'), 'newer');
      assert.equal(server.person.earlierContents(standing.identity ?? '').toString(), 'standing');
    }),
  );

  test(
    'is refused where the source is another than expected, or gone',
    withTwoFolders(async ({ server, client, other, root }) => {
      const { version } = await client.write('file', contentOf('text'));
      server.person.edit(server.person.at('root/file')?.id ?? '', 'newer');
      await rejectsWith('source-changed', other.copyFrom(client, 'file', 'new', { version }));
      await rejectsWith('not-found', other.copyFrom(client, 'missing', 'new', { version }));
      const now = await fileAt(client, 'file');
      // Edited between the last look and the copy: what came is not what was expected, and is taken away.
      server.faults.add({
        matches: ({ path }) => path.endsWith('/copy'),
        effect: { kind: 'act', act: () => server.person.edit(now.identity ?? '', 'newest') },
      });
      await rejectsWith('source-changed', other.copyFrom(client, 'file', 'dir/new', { version: now.version }));
      assert.deepEqual(await tree(other), []);
      assert.equal(server.person.in(root).length, 1);
    }),
  );

  test(
    'is none where the account of the destination may not see the file, or not copy it',
    withTwoFolders(async ({ server, client, other }) => {
      const { version } = await client.write('file', contentOf('text'));
      server.faults.add({
        matches: ({ method, path }) => method === 'GET' && /\/files\/[^/]+$/.test(path),
        effect: { kind: 'error', status: 404, reason: 'notFound' },
      });
      assert.equal(await other.copyFrom(client, 'file', 'dir/new', { version }), undefined);
      server.faults.add({
        matches: ({ path }) => path.endsWith('/copy'),
        effect: { kind: 'error', status: 403, reason: 'cannotCopyFile' },
      });
      assert.equal(await other.copyFrom(client, 'file', 'dir/new', { version }), undefined);
      assert.deepEqual(await tree(other), []);
      assert.ok((await other.copyFrom(client, 'file', 'dir/new', { version })) !== undefined);
    }),
  );

  test(
    'whose answer is lost is made once',
    withTwoFolders(async ({ server, client, other, otherRoot }) => {
      const { version } = await client.write('file', contentOf('text'));
      server.faults.add({ matches: ({ path }) => path.endsWith('/copy'), effect: { kind: 'drop-answer' } });
      assert.ok((await other.copyFrom(client, 'file', 'file', { version, expected: 'absent' })) !== undefined);
      assert.equal(server.person.in(otherRoot).length, 1);
    }),
  );

  test(
    'is none of a document that is shown as a file, and none to another Drive',
    withTwoFolders(async ({ server, open, other, root }) => {
      server.person.makeDocument(
        'Plan',
        { 'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'exported' },
        root,
      );
      const exporting = await open({ documents: 'export' });
      const { version } = await fileAt(exporting, 'Plan.docx');
      assert.equal(await other.copyFrom(exporting, 'Plan.docx', 'Plan.docx', { version }), undefined);
      const elsewhere = await open({ rootUrl: `${server.origin}/elsewhere/` });
      assert.equal(await elsewhere.copyFrom(other, 'file', 'file', { version }), undefined);
    }),
  );
});
