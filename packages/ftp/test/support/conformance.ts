import { rmSync } from 'node:fs';
import { conformance } from '@syncengine/conformance';
import { type FtpServer, type FtpServerName, missingFtpServer } from '@syncengine/test-servers';
import { afterAll, describe, test } from 'vitest';
import { newFolder, open, servers, withServer } from './servers.ts';

/** The whole suite on a server, without TLS and with it. A file of its own for each server: files run side by side. */
export async function conformanceOn(name: FtpServerName): Promise<void> {
  const reason = missingFtpServer(name);
  // The suite looks at a client while the tests are defined, so without a server there is nothing to define.
  if (reason !== undefined) {
    withServer(name, `FTP on ${name}`, () => test('is a storage client', () => undefined));
    return;
  }
  const start = servers.find((each) => each.name === name)?.start;
  if (start === undefined) throw new TypeError(`FTP_SERVERS leaves out ${name}.`);
  const server: FtpServer = await start();
  afterAll(() => server.stop());
  for (const security of ['none', 'explicit'] as const) {
    await conformance({
      runner: { describe, test },
      // A listing is one answer, however long; that of 20,000 is tried elsewhere.
      manyEntries: 60,
      name: `FTP on ${name}${security === 'none' ? '' : ' with TLS'}`,
      factory: async () => {
        const folder = newFolder(server);
        return {
          client: await open(server, folder, { security }),
          reopen: () => open(server, folder, { security }),
          dispose: async () => rmSync(`${server.files}/${folder}`, { recursive: true, force: true }),
          secrets: [server.password],
        };
      },
    });
  }
}
