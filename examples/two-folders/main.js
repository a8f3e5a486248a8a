// Two folders, two people, one conflict: run it with `pnpm --dir examples/two-folders start`.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [laptop, stick] = [join(root, 'laptop'), join(root, 'stick')];

// The memory of the pair goes beside the folders here; by default it lies in the user's folder for state.
const engine = new SyncEngine({
  source: new LocalStorageClient(laptop),
  destination: new LocalStorageClient(stick),
  state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
});

try {
  // A missing source is an error, not an order to empty the destination.
  await assert.rejects(engine.sync(), { code: 'root-missing' });

  const client = new LocalStorageClient(laptop);
  await client.makeDirectory('');
  await writeFile(join(laptop, 'letter.txt'), 'Dear reader,');
  await writeFile(join(laptop, 'old.txt'), 'no longer needed');
  report('first run', await engine.sync());

  // Meanwhile, on both sides:
  await writeFile(join(laptop, 'letter.txt'), 'Dear reader, from the laptop');
  await writeFile(join(stick, 'letter.txt'), 'Dear reader, from the stick');
  await writeFile(join(stick, 'photo.jpg'), 'new on the stick');
  await rm(join(laptop, 'old.txt'));

  const plan = await engine.plan();
  console.log('\nthe plan:');
  for (const { kind, side, path, reason } of plan.operations)
    console.log(`  ${kind} ${path} on the ${side}: ${reason}`);
  report('second run', await engine.apply(plan));
  report('third run', await engine.sync());

  const visible = async (folder) => (await readdir(folder)).filter((name) => name !== '.syncengine').sort();
  assert.deepEqual(await visible(laptop), await visible(stick));
  assert.equal(await readFile(join(stick, 'letter.txt'), 'utf8'), 'Dear reader, from the laptop');
  console.log('\nboth folders hold:', (await visible(laptop)).join(', '));
} finally {
  await rm(root, { recursive: true });
}

function report(title, { status, counts, conflicts }) {
  const { created, updated, deleted, unchanged } = counts;
  console.log(
    `\n${title}: ${status}, ${created} created, ${updated} updated, ${deleted} deleted, ${unchanged} unchanged`,
  );
  for (const { path, copy } of conflicts) console.log(`  conflict at ${path}, both kept: ${copy}`);
}
