import { rmSync } from 'node:fs';
import { conformance } from '@syncengine/conformance';
import { startOpenSsh } from '@syncengine/test-servers';
import { afterAll, describe, test } from 'vitest';
import { connectTo, newFolder, withOpenSsh, withoutOpenSsh } from './support/server.ts';

/** The server runs commands, or only hands out files. */
const kinds = { shell: 'SFTP on OpenSSH', 'sftp-only': 'SFTP on OpenSSH without commands' } as const;

for (const access of ['shell', 'sftp-only'] as const) {
  // The suite looks at a client while the tests are defined, so without a server there is nothing to define.
  if (withoutOpenSsh !== undefined) withOpenSsh(kinds[access], () => test('is a storage client', () => undefined));
  else {
    const server = await startOpenSsh({ access });
    afterAll(() => server.stop());
    await conformance({
      runner: { describe, test },
      name: kinds[access],
      factory: async () => {
        const folder = newFolder(server);
        return {
          client: await connectTo(server, folder),
          reopen: () => connectTo(server, folder),
          dispose: async () => rmSync(folder, { recursive: true, force: true }),
          ...(server.password === undefined ? {} : { secrets: [server.password] }),
        };
      },
      chunkSize: 32 * 1024,
      absenceEnforced: true,
    });
  }
}
