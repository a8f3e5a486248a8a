import { rmSync } from 'node:fs';
import { conformance } from '@syncengine/conformance';
import { type OpenSshOptions, startOpenSsh } from '@syncengine/test-servers';
import { afterAll, describe, test } from 'vitest';
import type { SftpStorageOptions } from '../src/index.ts';
import { connectTo, newFolder, withOpenSsh, withoutOpenSsh } from './support/server.ts';

interface Kind {
  readonly name: string;
  readonly server: OpenSshOptions;
  readonly client: Partial<SftpStorageOptions>;
}

const extensions = ['posix-rename', 'hardlink', 'fsync', 'statvfs', 'copy-data'];

const kinds: readonly Kind[] = [
  { name: 'SFTP on OpenSSH', server: {}, client: {} },
  {
    // All that a server may leave out: no commands, nothing beyond the plain protocol, none of the habits of OpenSSH.
    name: 'SFTP on a server that can do the least',
    server: { configuration: [`ForceCommand internal-sftp -P ${extensions.join(',')}`] },
    client: { server: 'other' },
  },
];

for (const kind of kinds) {
  // The suite looks at a client while the tests are defined, so without a server there is nothing to define.
  if (withoutOpenSsh !== undefined) withOpenSsh(kind.name, () => test('is a storage client', () => undefined));
  else {
    const server = await startOpenSsh(kind.server);
    afterAll(() => server.stop());
    await conformance({
      runner: { describe, test },
      name: kind.name,
      factory: async () => {
        const folder = newFolder(server);
        return {
          client: await connectTo(server, folder, kind.client),
          reopen: () => connectTo(server, folder, kind.client),
          dispose: async () => rmSync(folder, { recursive: true, force: true }),
          ...(server.password === undefined ? {} : { secrets: [server.password] }),
        };
      },
      chunkSize: 32 * 1024,
      absenceEnforced: kind.client.server === undefined,
    });
  }
}
