// Two computers that share a bucket: each keeps its folder in sync with it, both ways. The bucket is one of a real service
// (Ceph) that is started for the example. Run it with `pnpm --dir examples/two-way-s3 start`.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { FileStateStore, LocalStorageClient, SyncEngine, SyncStateManager } from '@syncengine/core';
import { S3StorageClient } from '@syncengine/s3';
import { missing, startCeph } from '@syncengine/test-servers';

const lacking = missing('ceph');
if (lacking !== undefined) throw new Error(lacking);

const root = await mkdtemp(join(tmpdir(), 'syncengine-example-'));
const service = await startCeph();
const { endpoint, region, accessKeyId, secretAccessKey } = service;
const credentials = { accessKeyId, secretAccessKey };

try {
  const sdk = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await sdk.send(new CreateBucketCommand({ Bucket: 'family' }));

  const [ann, ben] = [await computer('ann'), await computer('ben')];
  await writeFile(join(ann.folder, 'shopping.txt'), 'bread\n');
  await mkdir(join(ann.folder, 'photos'));
  await writeFile(join(ann.folder, 'photos/lake.jpg'), Buffer.alloc(2_000_000, 7));
  await ann.sync();
  await ben.sync();

  // A rename in a bucket is a copy within the bucket: the photo is not sent again. Meanwhile both change the list.
  await rename(join(ann.folder, 'photos/lake.jpg'), join(ann.folder, 'photos/the lake at dawn.jpg'));
  await writeFile(join(ann.folder, 'shopping.txt'), 'bread, milk\n');
  await writeFile(join(ben.folder, 'shopping.txt'), 'bread, apples\n');
  const { bytes } = await ann.sync();
  assert.ok(bytes.transferred < 1000, 'only the list was sent');
  const { conflicts } = await ben.sync();

  const [{ copy }] = conflicts;
  console.log(`both changed the list; both lists are kept: shopping.txt and ${copy}`);
  const lists = [
    await readFile(join(ben.folder, 'shopping.txt'), 'utf8'),
    await readFile(join(ben.folder, copy), 'utf8'),
  ];
  assert.deepEqual(lists.sort(), ['bread, apples\n', 'bread, milk\n']);
  await ann.sync();
  assert.ok(await readFile(join(ann.folder, copy)));
  assert.equal((await readFile(join(ben.folder, 'photos/the lake at dawn.jpg'))).byteLength, 2_000_000);
} finally {
  await service.stop();
  await rm(root, { recursive: true });
}

/** A folder that is kept in sync with the bucket, and what it remembers of it. */
async function computer(name) {
  const folder = join(root, name);
  await mkdir(folder);
  const engine = new SyncEngine({
    source: new LocalStorageClient(folder),
    destination: await S3StorageClient.open({ bucket: 'family', prefix: 'shared', endpoint, credentials }),
    state: new SyncStateManager({ store: new FileStateStore(join(root, `state of ${name}`)) }),
  });
  const sync = async () => {
    const result = await engine.sync();
    const { created, updated, moved } = result.counts;
    console.log(`${name}: ${result.status}, ${created} created, ${updated} updated, ${moved} moved`);
    assert.equal(result.status, 'clean');
    return result;
  };
  return { folder, sync };
}
