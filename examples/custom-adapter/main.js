// An adapter of one's own: a real folder goes to a file server and back, and the adapter is tested by the conformance
// suite. Run it with `pnpm --dir examples/custom-adapter start`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { HttpStorageClient } from './client.js';
import { startServer } from './server.js';

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [here, there] = [join(root, 'here'), join(root, 'there')];
const token = randomUUID();
const server = await startServer({ token });

/** A pair of a folder and the server, which remembers what was in sync. */
function pair(folder) {
  return new SyncEngine({
    source: new LocalStorageClient(folder),
    destination: new HttpStorageClient(server.url, token),
    state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
  });
}

try {
  await mkdir(join(here, 'photos/2026'), { recursive: true });
  await mkdir(there);
  await writeFile(join(here, 'letter.txt'), 'Dear reader,');
  await writeFile(join(here, 'photos/2026/beach.jpg'), randomBytes(3_000_000));

  report('here → server', await pair(here).sync());
  report('server → there', await pair(there).sync());

  // Somebody works there; what they do comes back here.
  await writeFile(join(there, 'letter.txt'), 'Dear reader, from there');
  await rename(join(there, 'photos/2026'), join(there, 'photos/holidays'));
  report('there → server', await pair(there).sync());
  report('server → here', await pair(here).sync());
  report('here, once more', await pair(here).sync());

  assert.deepEqual(await filesOf(here), await filesOf(there));
  console.log('both folders hold:', [...(await filesOf(here)).keys()].join(', '));
} finally {
  await server.stop();
  await rm(root, { recursive: true });
}

console.log('\nthe conformance suite:');
const suite = spawn(process.execPath, ['--test', '--test-reporter=dot', 'client.test.js'], {
  cwd: import.meta.dirname,
  stdio: 'inherit',
});
const [code] = await once(suite, 'close');
process.exitCode = code ?? 1;

function report(title, { status, counts }) {
  const { created, updated, deleted, moved, unchanged } = counts;
  console.log(
    `${title}: ${status}, ${created} created, ${updated} updated, ${moved} moved, ${deleted} deleted, ${unchanged} unchanged`,
  );
  assert.equal(status, 'clean');
}

async function filesOf(folder) {
  const files = new Map();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length + 1);
    if (entry.isFile() && !name.startsWith('.syncengine')) files.set(name, await readFile(path));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}
