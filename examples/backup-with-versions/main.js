// A backup that keeps what is replaced and deleted, thinned out as it gets older, and the way back to any moment. Run it with
// `pnpm --dir examples/backup-with-versions start`.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FileStateStore,
  LocalStorageClient,
  SyncEngine,
  SyncStateManager,
  systemClock,
  VersionStore,
} from '@syncengine/core';

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [documents, backup] = [join(root, 'documents'), join(root, 'backup')];

// The example lives through a week in a moment: a clock is an option like any other.
let now = Date.parse('2026-11-16T09:00:00Z');
const clock = { ...systemClock, now: () => now };
const day = 24 * 60 * 60 * 1000;

const engine = new SyncEngine({
  source: new LocalStorageClient(documents),
  destination: new LocalStorageClient(backup),
  mode: 'source-to-destination',
  // Everything of the last two days, and the newest of each week for a year: a version stays as long as either wants it.
  versions: { destination: { days: 2, weekly: 52 } },
  clock,
  // For this folder of the example alone; by default the memory lies in the user's folder for state.
  state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
});

try {
  await mkdir(join(documents, 'plans'), { recursive: true });
  await writeFile(join(documents, 'notes.txt'), 'notes');
  for (const [index, name] of ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'].entries()) {
    await writeFile(join(documents, 'plans/week.txt'), `the plan of ${name}`);
    if (index === 2) await rename(join(documents, 'notes.txt'), join(documents, 'ideas.txt'));
    if (index === 3) await rm(join(documents, 'ideas.txt'));
    const { status, notices } = await engine.sync();
    assert.deepEqual([status, notices], ['clean', []]);
    now += day;
  }

  const store = new VersionStore(new LocalStorageClient(backup), { clock });
  const { versions } = await store.list();
  for (const { path, gaveWayAt } of versions) console.log(`  ${new Date(gaveWayAt).toISOString()} ${path}`);
  // What gave way on Tuesday is more than two days old, and a newer one stands for its week.
  const days = versions.map(({ path, gaveWayAt }) => `${path} of ${new Date(gaveWayAt).toISOString().slice(0, 10)}`);
  assert.deepEqual(days.sort(), [
    'ideas.txt of 2026-11-19',
    'plans/week.txt of 2026-11-18',
    'plans/week.txt of 2026-11-19',
    'plans/week.txt of 2026-11-20',
  ]);

  // Somebody deletes everything, and the backup follows.
  await rm(join(documents, 'plans'), { recursive: true });
  await writeFile(join(documents, 'ransom-note.txt'), 'pay!');
  assert.equal((await engine.sync({ allow: ['rail-deletions', 'rail-root-emptied'] })).status, 'clean');

  // The folder as it was on Thursday evening, to look at it …
  const at = Date.parse('2026-11-19T18:00:00Z');
  const plan = await store.plan({ at, exact: true });
  for (const { kind, path } of plan.steps) console.log(`  ${kind} ${path}`);

  // … and brought back to where it belongs.
  const to = new LocalStorageClient(documents);
  const result = await store.restore({ at, to });
  assert.deepEqual([result.status, result.problems], ['clean', []]);
  assert.equal(await readFile(join(documents, 'plans/week.txt'), 'utf8'), 'the plan of Thursday');
  console.log('the plan of Thursday is back');

  // A single file that was deleted, and had another name before.
  await store.restore({ paths: ['ideas.txt'], to });
  assert.equal(await readFile(join(documents, 'ideas.txt'), 'utf8'), 'notes');
  const names = (await readdir(documents)).filter((name) => name !== '.syncengine');
  assert.deepEqual(names.sort(), ['ideas.txt', 'plans', 'ransom-note.txt']);
  console.log('and so is what was deleted');
} finally {
  await rm(root, { recursive: true });
}
