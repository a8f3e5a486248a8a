import { type DriveServer, type DriveServerOptions, startDriveServer } from '../../src/index.ts';

/** Runs a test on a server of its own. */
export function withServer(
  body: (server: DriveServer) => Promise<void>,
  options: DriveServerOptions = {},
): () => Promise<void> {
  return async () => {
    const server = await startDriveServer(options);
    try {
      await body(server);
    } finally {
      await server.close();
    }
  };
}
