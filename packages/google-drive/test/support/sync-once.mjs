// A run of its own, for tests that kill it: node sync-once.mjs <source folder> <state folder> <address of the destination>
import process from 'node:process';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { createStorageClient } from '@syncengine/google-drive';

const [source, state, destination] = process.argv.slice(2);
const engine = new SyncEngine({
  source: new LocalStorageClient(source),
  destination: await createStorageClient(new URL(destination), process),
  state: new SyncStateManager({ store: new FileStateStore(state) }),
});
const { status, problems, operations } = await engine.sync();
process.stdout.write(JSON.stringify({ status, problems, operations: operations.length }));
