// A mirror: the destination becomes an exact replica of the source, whatever was done to it in between. Run it with
// `pnpm --dir examples/local-mirror start`.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [site, mirror] = [join(root, 'site'), join(root, 'mirror')];

const engine = new SyncEngine({
  source: new LocalStorageClient(site),
  destination: new LocalStorageClient(mirror),
  mode: 'source-to-destination',
  // A folder that is not the mirror, say because a disk is not mounted, is never touched.
  marker: '.this-is-the-site',
  ignore: { patterns: ['*.tmp', 'drafts/'] },
  // For this folder of the example alone; by default the memory lies in the user's folder for state.
  state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
});

try {
  for (const folder of [join(site, 'news'), join(site, 'drafts'), mirror]) await mkdir(folder, { recursive: true });
  await writeFile(join(site, 'index.html'), '<h1>Welcome</h1>');
  await writeFile(join(site, 'news/today.html'), '<h1>News</h1>');
  await writeFile(join(site, 'drafts/idea.html'), 'not yet');
  await writeFile(join(site, '.this-is-the-site'), '');

  await assert.rejects(engine.sync(), { code: 'rail-marker' });
  console.log('without its marker, the mirror is left alone');
  await writeFile(join(mirror, '.this-is-the-site'), '');
  tell(await engine.sync());

  // Somebody works in the mirror, where nobody should.
  await writeFile(join(mirror, 'index.html'), '<h1>Defaced</h1>');
  await writeFile(join(mirror, 'extra.html'), 'does not belong here');
  await rm(join(mirror, 'news/today.html'));

  const plan = await engine.plan();
  for (const { kind, path, reason } of plan.operations) console.log(`  ${kind} ${path}: ${reason}`);
  tell(await engine.apply(plan));

  assert.equal(await readFile(join(mirror, 'index.html'), 'utf8'), '<h1>Welcome</h1>');
  const names = (await readdir(mirror)).sort();
  assert.deepEqual(names, ['.syncengine', '.this-is-the-site', 'index.html', 'news']);
  console.log('the mirror is what the site is; what was replaced there lies in the trash, in .syncengine/trash');
} finally {
  await rm(root, { recursive: true });
}

function tell({ status, counts }) {
  console.log(`${status}: ${counts.created} created, ${counts.updated} updated, ${counts.deleted} deleted`);
  assert.equal(status, 'clean');
}
