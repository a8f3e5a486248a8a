// A folder is kept in sync again and again by one process: never two runs at once, a pause that counts from the end of a run,
// longer pauses while something is wrong, and an end in order. Run it with `pnpm --dir examples/scheduled-run start`; where a
// timer of the system can start the command instead, docs/getting-started.md shows how.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  FileStateStore,
  isAbortError,
  isSyncEngineError,
  LocalStorageClient,
  SyncEngine,
  SyncStateManager,
} from '@syncengine/core';

/** Runs until the signal aborts; `onRun` is told how each run ended, and waited for. */
async function keepInSync(engine, { everyMs, longestMs, signal, onRun }) {
  let pause = everyMs;
  for (;;) {
    try {
      const result = await engine.sync({ signal });
      pause = everyMs;
      await onRun(result);
    } catch (error) {
      if (isAbortError(error)) return;
      // A rail, a disk that is not there, a server that does not answer: all of it may be right again later.
      if (!isSyncEngineError(error)) throw error;
      pause = Math.min(pause * 2, longestMs);
      await onRun({ status: `stopped (${error.code})` });
    }
    if (signal.aborted || (await sleep(pause, 'go on', { signal }).catch(() => 'ended')) === 'ended') return;
  }
}

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const [notes, stick] = [join(root, 'notes'), join(root, 'stick')];
const ending = new AbortController();
process.once('SIGINT', () => ending.abort());
process.once('SIGTERM', () => ending.abort());

const engine = new SyncEngine({
  source: new LocalStorageClient(notes),
  destination: new LocalStorageClient(stick),
  state: new SyncStateManager({ store: new FileStateStore(join(root, 'state')) }),
});

// What happens to the folders, one thing after each run.
const events = [
  () => writeFile(join(notes, 'two.txt'), 'two'),
  () => rename(stick, join(root, 'stick in a pocket')),
  () => rename(join(root, 'stick in a pocket'), stick),
  () => ending.abort(),
];
const statuses = [];

try {
  for (const folder of [notes, stick]) await mkdir(folder);
  await writeFile(join(notes, 'one.txt'), 'one');
  await keepInSync(engine, {
    everyMs: 200,
    longestMs: 1000,
    signal: ending.signal,
    onRun: async ({ status, counts }) => {
      console.log(
        counts === undefined ? status : `${status}: ${counts.created} created, ${counts.unchanged} unchanged`,
      );
      statuses.push(status);
      await events[statuses.length - 1]();
    },
  });
  assert.deepEqual(statuses, ['clean', 'clean', 'stopped (rail-root-missing)', 'clean']);
  assert.equal(await readFile(join(stick, 'two.txt'), 'utf8'), 'two');
} finally {
  await rm(root, { recursive: true });
}
