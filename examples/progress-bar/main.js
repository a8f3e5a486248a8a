// A progress bar from the events of a run, without any package. Run it with `pnpm --dir examples/progress-bar start`; in a
// terminal one line is drawn again and again, elsewhere a line is printed for every tenth.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [camera, archive] = [join(root, 'camera'), join(root, 'archive')];

try {
  for (let day = 1; day <= 20; day += 1) {
    const folder = join(camera, `2026-11-${String(day).padStart(2, '0')}`);
    await mkdir(folder, { recursive: true });
    for (let shot = 0; shot < 10; shot += 1) await writeFile(join(folder, `${shot}.jpg`), Buffer.alloc(300_000, shot));
  }

  const engine = new SyncEngine({
    source: new LocalStorageClient(camera),
    destination: new LocalStorageClient(archive),
    mode: 'source-backup',
    limits: { bytesPerSecond: 40_000_000 },
    state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
  });

  let shown = -1;
  let last;
  const { status } = await engine.sync({
    onProgress: (event, snapshot) => {
      // The snapshot is only made when it is asked for; there may be thousands of events a second.
      if (event.type === 'summary') last = event.snapshot;
      const isStep = event.type === 'operation-progress' || event.type === 'operation-done';
      if (!isStep && event.type !== 'summary') return;
      const now = snapshot();
      const tenth = Math.floor((now.to.destination.bytes.done / now.to.destination.bytes.total) * 10);
      if (process.stdout.isTTY) process.stdout.write(`\r${bar(now)}`);
      else if (tenth > shown) console.log(bar(now));
      shown = Math.max(shown, tenth);
    },
  });
  if (process.stdout.isTTY) console.log();

  assert.equal(status, 'clean');
  assert.equal(shown, 10);
  assert.deepEqual(last.to.destination.files, { done: 200, total: 200 });
  assert.equal(last.to.destination.bytes.done, 60_000_000);
  assert.equal((await readdir(archive, { recursive: true })).filter((name) => name.endsWith('.jpg')).length, 200);
} finally {
  await rm(root, { recursive: true });
}

function bar({ to: { destination }, bytesPerSecond, remainingMs }) {
  const { files, bytes } = destination;
  const filled = Math.floor((bytes.done / bytes.total) * 24);
  const speed = `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
  const left = remainingMs === undefined ? '' : `, ${Math.ceil(remainingMs / 1000)} s left`;
  return `[${'#'.repeat(filled)}${'.'.repeat(24 - filled)}] ${files.done} of ${files.total} files, ${speed}${left}   `;
}
