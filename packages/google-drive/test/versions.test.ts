import assert from 'node:assert/strict';
import { collectBytes, contentOf, isSyncEngineError, retrying, type StoredVersion } from '@syncengine/core';
import { describe, test } from 'vitest';
import type { GoogleDriveStorageClient } from '../src/index.ts';
import { withDrive } from './support/with-drive.ts';

const day = 24 * 60 * 60 * 1000;

async function versionsOf(client: GoogleDriveStorageClient, path: string): Promise<readonly StoredVersion[]> {
  const versions: StoredVersion[] = [];
  for await (const page of client.versions(path)) versions.push(...page);
  return versions;
}

async function textOf(client: GoogleDriveStorageClient, { path, id }: StoredVersion): Promise<string> {
  return Buffer.from(await collectBytes(client.readVersion(path, id))).toString();
}

function theOnly(versions: readonly StoredVersion[]): StoredVersion {
  const [only] = versions;
  assert.ok(only !== undefined && versions.length === 1, `${versions.length} versions`);
  return only;
}

describe('Versions of Google Drive', () => {
  test(
    'what was removed is taken out of the trash again: the same file, by one change',
    withDrive(async ({ client, server }) => {
      const before = await client.write('folder/a.txt', contentOf('text'), { modifiedAt: 1_000_000_000_000 });
      await client.remove('folder/a.txt');
      const version = theOnly(await versionsOf(client, ''));
      assert.equal(version.path, 'folder/a.txt');
      assert.ok(version.until !== undefined && version.until >= version.since && version.until <= Date.now());
      const uploads = server.receivedBytes;
      const after = await client.restoreVersion('folder/a.txt', version.id, { expected: 'absent' });
      assert.deepEqual(after, before);
      assert.equal(server.receivedBytes, uploads);
      assert.deepEqual(server.person.trashed(), []);
      assert.equal(theOnly(await versionsOf(client, '')).until, undefined);
    }),
  );

  test(
    'what was taken out of the trash is there, even if the answer was lost',
    withDrive(async ({ client, server }) => {
      await client.write('a.txt', contentOf('text'), {});
      await client.remove('a.txt');
      const { id } = theOnly(await versionsOf(client, 'a.txt'));
      server.faults.add({ matches: ({ method }) => method === 'PATCH', effect: { kind: 'drop-answer' } });
      const entry = await client.restoreVersion('a.txt', id, { expected: 'absent' });
      assert.deepEqual(await client.stat('a.txt'), entry);
    }),
  );

  test(
    'when a person trashed something is not known, so it is told to have stood until now',
    withDrive(async ({ client, server, root }) => {
      const id = server.person.makeFile('a.txt', 'text', root);
      const entry = await client.stat('a.txt');
      assert.equal(entry?.kind, 'file');
      // What this package noted when it removed the file counts no longer.
      await client.remove('a.txt');
      const { id: name } = theOnly(await versionsOf(client, 'a.txt'));
      await client.restoreVersion('a.txt', name);
      const before = Date.now();
      server.person.trash(id);
      const { until } = theOnly(await versionsOf(client, 'a.txt'));
      assert.ok(until !== undefined && until >= before);
    }),
  );

  test(
    'what came into the trash with its folder is known by its path, and comes back to a new folder with its time',
    withDrive(async ({ client, server, root }) => {
      const folder = server.person.makeFolder('letters', root);
      server.person.makeFile('anna.txt', 'dear', folder, { modifiedAt: 1_000_000_000_000 });
      server.person.trash(folder);
      server.person.makeFile('elsewhere.txt', 'not ours');
      const version = theOnly(await versionsOf(client, ''));
      assert.equal(version.path, 'letters/anna.txt');
      assert.equal(await textOf(client, version), 'dear');
      await client.makeDirectory('letters');
      const entry = await client.restoreVersion('letters/anna.txt', version.id);
      assert.equal(entry.modifiedAt, 1_000_000_000_000);
      assert.equal(server.person.at('letters/anna.txt', root)?.bytes?.toString(), 'dear');
    }),
  );

  test(
    'a file and one that was removed from the same path before are told both',
    withDrive(async ({ client, server }) => {
      await client.write('a.txt', contentOf('first'), {});
      await client.remove('a.txt');
      await client.write('a.txt', contentOf('second'), {});
      const versions = await versionsOf(client, 'a.txt');
      assert.deepEqual((await Promise.all(versions.map((each) => textOf(client, each)))).sort(), ['first', 'second']);
      const first = versions.find(({ until }) => until !== undefined);
      assert.ok(first !== undefined);
      await client.restoreVersion('a.txt', first.id);
      // It replaced what stood there, which stays with it as an earlier version.
      const standing = server.person.at('a.txt', (await client.stat(''))?.identity);
      assert.equal(standing?.bytes?.toString(), 'first');
      assert.deepEqual(server.person.earlierContents(standing?.id ?? '').map(String), ['second']);
    }),
  );

  test(
    'a client that has not listed them reads them and brings them back',
    withDrive(async ({ client, open }) => {
      await client.write('a.txt', contentOf('first'), {});
      await client.write('a.txt', contentOf('second'), {});
      const [first] = await versionsOf(client, 'a.txt');
      assert.ok(first !== undefined);
      const another = await open();
      assert.equal(await textOf(another, first), 'first');
      await (await open()).restoreVersion('a.txt', first.id);
      assert.equal(Buffer.from(await collectBytes(another.read('a.txt'))).toString(), 'first');
    }),
  );

  test('what Drive has purged is gone, and what is kept forever is not', async () => {
    let now = Date.UTC(2026, 10, 22);
    const body = withDrive(
      async ({ client, server, root }) => {
        const id = server.person.makeFile('a.txt', 'one', root);
        now += day;
        server.person.edit(id, 'two');
        now += day;
        server.person.edit(id, 'three');
        server.person.keepForever(id, 0);
        const [, second] = await versionsOf(client, 'a.txt');
        assert.ok(second !== undefined);
        assert.deepEqual([second.since, second.until], [now - day, now]);
        now += 31 * day;
        await assert.rejects(textOf(client, second), (error) => isSyncEngineError(error, 'not-found'));
        await assert.rejects(client.restoreVersion('a.txt', second.id), (error) =>
          isSyncEngineError(error, 'not-found'),
        );
        const left = await versionsOf(client, 'a.txt');
        assert.deepEqual(await Promise.all(left.map((each) => textOf(client, each))), ['one', 'three']);
      },
      { server: { now: () => now } },
    );
    await body();
  });

  test(
    'a listing that is tried again asks only for what is missing',
    withDrive(async ({ client, server, root }) => {
      for (let index = 0; index < 40; index += 1) server.person.makeFile(`${index}.txt`, `${index}`, root);
      server.faults.add({
        matches: ({ path }) => path.endsWith('/revisions'),
        after: 30,
        effect: { kind: 'error', status: 503, reason: 'backendError' },
      });
      const patient = retrying(client, { baseDelayMs: 1 });
      const versions: StoredVersion[] = [];
      for await (const page of patient.versions?.('') ?? assert.fail()) versions.push(...page);
      assert.equal(new Set(versions.map(({ path }) => path)).size, 40);
      const asked = server.requests.filter(({ name }) => name === 'revisions.list').length;
      // Those that were under way beside the one that failed may be asked for again.
      assert.ok(asked > 40 && asked <= 48, `${asked} requests`);
    }),
  );

  test(
    'of a file that may only be read nothing is told, which is said after all others',
    withDrive(async ({ client, server, root }) => {
      server.person.makeFile('a.txt', 'one', root);
      server.person.setRole(server.person.makeFile('b.txt', 'two', root), 'reader');
      server.person.makeFile('c.txt', 'three', root);
      const paths: string[] = [];
      const listing = async (): Promise<void> => {
        for await (const page of client.versions('')) paths.push(...page.map(({ path }) => path));
      };
      await assert.rejects(listing(), (error) => isSyncEngineError(error, 'permission-denied'));
      assert.deepEqual(paths.sort(), ['a.txt', 'c.txt']);
    }),
  );

  test(
    'a download that ends early or is damaged is no version',
    withDrive(async ({ client, server }) => {
      await client.write('a.txt', contentOf('x'.repeat(100_000)), {});
      await client.write('a.txt', contentOf('second'), {});
      const [first] = await versionsOf(client, 'a.txt');
      assert.ok(first !== undefined);
      server.faults.add({
        matches: ({ query }) => query.get('alt') === 'media',
        effect: { kind: 'cut-answer', afterBytes: 1000 },
      });
      await assert.rejects(textOf(client, first), (error) => isSyncEngineError(error));
      assert.equal((await textOf(client, first)).length, 100_000);
    }),
  );
});
