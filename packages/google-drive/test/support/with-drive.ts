import { type DriveServer, type DriveServerOptions, startDriveServer } from '@syncengine/drive-server';
import { type DriveClient, GoogleDriveStorageClient, type GoogleDriveStorageOptions } from '../../src/index.ts';
import { libraries } from './libraries.ts';

export interface Stage {
  readonly server: DriveServer;
  readonly client: GoogleDriveStorageClient;
  /** The id of the client's root. */
  readonly root: string;
  /** Another client, as another process would have it. */
  open(options?: Partial<GoogleDriveStorageOptions>): Promise<GoogleDriveStorageClient>;
}

export interface StageOptions {
  readonly server?: DriveServerOptions;
  readonly client?: Partial<GoogleDriveStorageOptions>;
  /** Default: `@googleapis/drive`. */
  readonly library?: (token: string) => DriveClient;
}

/** Runs a test on a Drive of its own, with a client of an empty folder in it. */
export function withDrive(body: (stage: Stage) => Promise<void>, options: StageOptions = {}): () => Promise<void> {
  const makeDrive = options.library ?? libraries['@googleapis/drive'];
  if (makeDrive === undefined) throw new TypeError('There is no such library.');
  return async () => {
    const server = await startDriveServer(options.server);
    try {
      const root = server.person.makeFolder('root');
      const usual = { drive: makeDrive('test-token'), folderId: root, rootUrl: server.origin };
      const open: Stage['open'] = (other = {}) =>
        GoogleDriveStorageClient.open({ ...usual, ...options.client, ...other });
      await body({ server, client: await open(), root, open });
    } finally {
      await server.close();
    }
  };
}
