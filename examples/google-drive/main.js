// A folder and one of Google Drive. Nobody has to log in: the Drive is a server for tests that is started for the example and
// does what Google's reference says. With a real account, leave `rootUrl` out and give `auth` a client of
// `google-auth-library`. Run it with `pnpm --dir examples/google-drive start`.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager, VersionStore } from '@syncengine/core';
import { startDriveServer } from '@syncengine/drive-server';
import { createStorageClient } from '@syncengine/google-drive';

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const papers = join(root, 'papers');
const server = await startDriveServer();
const { person } = server;

try {
  await mkdir(papers);
  await writeFile(join(papers, 'contract.txt'), 'We agree.');
  const drive = await createStorageClient(new URL('gdrive:/Work/papers'), {
    env: { SYNCENGINE_GDRIVE_ACCESS_TOKEN: 'test-token', SYNCENGINE_GDRIVE_ROOT_URL: server.origin },
  });
  const engine = new SyncEngine({
    source: new LocalStorageClient(papers),
    destination: drive,
    state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
  });
  tell(await engine.sync());

  // In the browser, somebody adds a file, and makes a second one of the same name: Drive does not mind.
  const folder = person.at('Work/papers').id;
  person.makeFile('minutes.txt', 'Present: all.', folder);
  person.makeFile('budget.txt', 'one', folder);
  person.makeFile('budget.txt', 'another', folder);
  const result = tell(await engine.sync());
  assert.equal(result.status, 'problems');
  for (const { path, message } of result.problems) console.log(`  ${path}: ${message}`);
  assert.equal(await readFile(join(papers, 'minutes.txt'), 'utf8'), 'Present: all.');

  // What is deleted here goes to Drive's own trash.
  await rm(join(papers, 'contract.txt'));
  tell(await engine.sync());
  assert.equal(person.at('Work/papers/contract.txt'), undefined);

  // It is brought back from there, and with the next run it is in the folder again.
  const { versions } = await new VersionStore(drive).list();
  for (const { path, size } of versions) console.log(`  kept by Drive: ${path}, ${size} bytes`);
  await new VersionStore(drive).restore({ paths: ['contract.txt'] });
  tell(await engine.sync());
  assert.equal(await readFile(join(papers, 'contract.txt'), 'utf8'), 'We agree.');
} finally {
  await server.close();
  await rm(root, { recursive: true });
}

function tell(result) {
  const { created, updated, deleted, unchanged } = result.counts;
  console.log(
    `${result.status}: ${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged, ` +
      `${server.requests.length} requests so far`,
  );
  return result;
}
