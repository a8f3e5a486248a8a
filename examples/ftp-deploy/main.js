// A website goes to its server by FTP over TLS: only what changed is sent, and what is gone here goes there. The server is
// a real one (ProFTPD) that is started for the example. Run it with `pnpm --dir examples/ftp-deploy start`.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { FtpStorageClient } from '@syncengine/ftp';
import { missingFtpServer, startProFtpd } from '@syncengine/test-servers';

const lacking = missingFtpServer('proftpd');
if (lacking !== undefined) throw new Error(lacking);

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const build = join(root, 'build');
const hosting = await startProFtpd();

try {
  await mkdir(join(build, 'assets'), { recursive: true });
  for (let page = 0; page < 30; page += 1) await writeFile(join(build, `page-${page}.html`), `<h1>Page ${page}</h1>`);
  await writeFile(join(build, 'assets/site.css'), 'body { margin: 0 }');
  await writeFile(join(build, 'assets/site.css.map'), '{}');

  assert.equal((await deploy()).counts.created, 32);

  // The next build.
  await writeFile(join(build, 'page-7.html'), '<h1>Page seven</h1>');
  await rm(join(build, 'page-8.html'));
  const { counts } = await deploy();
  assert.deepEqual([counts.created, counts.updated, counts.deleted], [0, 1, 1]);

  assert.equal(await readFile(join(hosting.files, 'page-7.html'), 'utf8'), '<h1>Page seven</h1>');
  assert.deepEqual(await readdir(join(hosting.files, 'assets')), ['site.css']);
} finally {
  await hosting.stop();
  await rm(root, { recursive: true });
}

/** What a build server runs after each build. */
async function deploy() {
  const server = await FtpStorageClient.open({
    host: hosting.host,
    port: hosting.port,
    user: hosting.user,
    password: hosting.password,
    path: hosting.root,
    // Its certificate signed itself; that of a real server is found by itself.
    certificateAuthority: hosting.certificate,
  });
  try {
    const engine = new SyncEngine({
      source: new LocalStorageClient(build),
      destination: server,
      mode: 'source-to-destination',
      ignore: { patterns: ['*.map'] },
      // A build that went wrong does not take the site down.
      maximumDeletions: { files: 5 },
      trash: false,
      state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
    });
    const result = await engine.sync();
    const { created, updated, deleted, unchanged } = result.counts;
    console.log(
      `deployed: ${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged, ` +
        `${result.bytes.transferred} bytes sent`,
    );
    assert.equal(result.status, 'clean');
    return result;
  } finally {
    await server.close();
  }
}
