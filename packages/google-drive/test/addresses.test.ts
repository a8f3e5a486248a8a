import assert from 'node:assert/strict';
import { startDriveServer } from '@syncengine/drive-server';
import { describe, expect, test } from 'vitest';
import { createStorageClient, GoogleDriveStorageClient } from '../src/index.ts';
import { libraries } from './support/libraries.ts';
import { rejectsWith } from './support/looking.ts';

describe('an address', () => {
  test('names a folder by its path or by its id', async () => {
    const server = await startDriveServer();
    try {
      const env = { SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token', SYNCENGINE_GDRIVE_ROOT_URL: server.origin };
      const folder = server.person.makeFolder('a b#c');
      const inner = server.person.makeFolder('inner', folder);
      for (const [address, id] of [
        ['gdrive:/', server.person.rootId],
        ['gdrive:/a b%23c', folder],
        ['gdrive:///a%20b%23c/inner', inner],
        [`gdrive:${folder}`, folder],
        [`gdrive:${folder}/inner`, inner],
        [`gdrive://${folder}/inner`, inner],
      ] as const) {
        const client = await createStorageClient(new URL(address), { env });
        assert.equal((await client.stat(''))?.identity, id, address);
      }
    } finally {
      await server.close();
    }
  });

  test.each([
    'gdrive:/a#b',
    'gdrive:/a?b=c',
    'gdrive:/a%zz',
    'gdrive://user:secret@host/',
    'gdrive:/a/../b/%2e%2e/..%2f..',
  ])('%j is refused as bad usage, without being repeated', async (address) => {
    const env = { SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token', SYNCENGINE_GDRIVE_ROOT_URL: 'http://127.0.0.1:9' };
    const error = await rejectsWith('invalid-options', createStorageClient(new URL(address), { env }));
    expect(error.message).not.toContain('secret');
  });

  test('a refresh token alone is no credential', async () => {
    const env = { SYNCENGINE_GDRIVE_REFRESH_TOKEN: 'secret' };
    const error = await rejectsWith('invalid-options', createStorageClient(new URL('gdrive:/'), { env }));
    expect(error.message).not.toContain('secret');
  });
});

describe('credentials', () => {
  test('are looked for where the environment says, and it is told when they are not there', async () => {
    const server = await startDriveServer();
    try {
      const env = {
        GOOGLE_APPLICATION_CREDENTIALS: '/no/such/key.json',
        SYNCENGINE_GDRIVE_ROOT_URL: server.origin,
      };
      const error = await rejectsWith('storage-failure', createStorageClient(new URL('gdrive:/'), { env }));
      expect(error.message).toContain('/no/such/key.json');
      assert.equal(server.requests.length, 0);
    } finally {
      await server.close();
    }
  });

  test('come with an auth object, or with a client that is ready: one of the two', async () => {
    const drive = libraries['@googleapis/drive']?.('test-token');
    await rejectsWith('invalid-options', GoogleDriveStorageClient.open({}));
    await rejectsWith('invalid-options', GoogleDriveStorageClient.open({ auth: {}, drive }));
  });

  test.each([
    { chunkSize: 1000 },
    { chunkSize: 0 },
    { singleRequestLimit: -1 },
    { singleRequestLimit: 6_000_000 },
    { path: '/a/../b' },
  ])('options of no sense are refused: %j', async (options) => {
    const drive = libraries['@googleapis/drive']?.('test-token');
    await rejectsWith('invalid-options', GoogleDriveStorageClient.open({ drive, ...options }));
  });
});
