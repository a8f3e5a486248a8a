// The contract of a storage client, tested on ours: `node --test`.
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { conformance } from '@syncengine/conformance';
import { HttpStorageClient } from './client.js';
import { startServer } from './server.js';

await conformance({
  runner: { describe, test },
  name: 'the file server',
  factory: async () => {
    const token = randomUUID();
    const server = await startServer({ token });
    const open = () => new HttpStorageClient(server.url, token);
    return { client: open(), reopen: async () => open(), dispose: server.stop, secrets: [token] };
  },
});
