// A run of its own, for tests that kill it: node sync-once.mjs <source folder> <state folder> <bucket> <endpoint>
import process from 'node:process';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { S3StorageClient } from '@syncengine/s3';

const [source, state, bucket, endpoint] = process.argv.slice(2);
const engine = new SyncEngine({
  source: new LocalStorageClient(source),
  destination: await S3StorageClient.open({ bucket, endpoint }),
  state: new SyncStateManager({ store: new FileStateStore(state) }),
});
const { status, problems } = await engine.sync();
process.stdout.write(JSON.stringify({ status, problems }));
