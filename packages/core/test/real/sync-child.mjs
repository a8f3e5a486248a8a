// A real process that the kill tests can kill: one run of the built engine.
// usage: node sync-child.mjs SOURCE DESTINATION STATE MODE [EVENTS]: with EVENTS, it kills itself at that progress event.
import process from 'node:process';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';

const [source, destination, state, mode, events] = process.argv.slice(2);
let left = events === undefined ? Number.POSITIVE_INFINITY : Number(events);
const engine = new SyncEngine({
  source: new LocalStorageClient(source),
  destination: new LocalStorageClient(destination),
  mode,
  state: new SyncStateManager({ store: new FileStateStore(state) }),
});
process.stdout.write('started\n');
const result = await engine.sync({
  onProgress: () => {
    left -= 1;
    if (left <= 0) process.kill(process.pid, 'SIGKILL');
  },
});
process.stdout.write(`${result.status}\n`);
