// How fast the clients of the core are here: `pnpm --filter @syncengine/conformance bench [files]`.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchmarkTable, storageBenchmark } from '@syncengine/conformance';
import { LocalStorageClient, MemoryStorageClient } from '@syncengine/core';

const files = Number(process.argv[2] ?? 1000);

const folder = await mkdtemp(join(tmpdir(), 'syncengine-bench-'));
try {
  const clients = { 'in memory': new MemoryStorageClient(), 'a local folder': new LocalStorageClient(folder) };
  for (const [name, client] of Object.entries(clients)) {
    process.stdout.write(`${name}\n${benchmarkTable(await storageBenchmark({ client, files }))}\n`);
    await client.close?.();
  }
} finally {
  await rm(folder, { recursive: true });
}
