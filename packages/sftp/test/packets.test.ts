import { contentOf } from '@syncengine/core';
import { startFaultProxy, startOpenSsh } from '@syncengine/test-servers';
import { expect, test } from 'vitest';
import { connectTo, newFolder, withOpenSsh } from './support/server.ts';

withOpenSsh('what is sent at once', () => {
  test('travels together: packets of their own would cost more than the requests', async () => {
    const server = await startOpenSsh();
    const proxy = await startFaultProxy({ target: server.port });
    try {
      const folder = newFolder(server);
      const options = { port: proxy.port, fingerprint: server.fingerprints.ed25519, connections: 1 };
      const client = await connectTo(server, folder, options);
      await client.write('file', contentOf('text'));
      const before = proxy.passed.toServer;
      await Promise.all(Array.from({ length: 400 }, () => client.stat('file')));
      const request = 4 + 1 + 4 + 4 + `${folder}/file`.length;
      // Encryption, padding and the number of the channel add at least 30 bytes to each packet.
      expect(proxy.passed.toServer - before).toBeLessThan(400 * (request + 15));
      await client.close();
    } finally {
      await proxy.stop();
      await server.stop();
    }
  });
});
