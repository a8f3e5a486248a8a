import { conformance, type Fixture } from '@syncengine/conformance';
import { startDriveServer } from '@syncengine/drive-server';
import { describe, test } from 'vitest';
import { type DriveClient, GoogleDriveStorageClient } from '../src/index.ts';
import { libraries } from './support/libraries.ts';

const token = 'a-token-that-nobody-may-see';
const chunkSize = 256 * 1024;

async function fixture(makeDrive: (token: string) => DriveClient): Promise<Fixture> {
  const server = await startDriveServer({ tokens: [token], largestPageSize: 100 });
  const folderId = server.person.makeFolder('root');
  const open = (): Promise<GoogleDriveStorageClient> =>
    GoogleDriveStorageClient.open({
      drive: makeDrive(token),
      folderId,
      rootUrl: server.origin,
      singleRequestLimit: chunkSize,
      chunkSize,
    });
  return {
    client: await open(),
    reopen: open,
    dispose: () => server.close(),
    secrets: [token],
    leftovers: async () => (server.person.unfinishedUploads > 0 ? ['an upload that nobody goes on with'] : []),
    receivedBytes: () => server.receivedBytes,
  };
}

for (const [library, makeDrive] of Object.entries(libraries)) {
  await conformance({
    runner: { describe, test },
    name: `Google Drive by ${library}`,
    factory: () => fixture(makeDrive),
    chunkSize: 65_536,
    partSize: chunkSize,
    // Three pages of what the server gives at once.
    manyEntries: 250,
    // Whoever comes second sees the first, and takes its own file away again.
    absenceEnforced: true,
  });
}
