import { randomUUID } from 'node:crypto';
import { type ConformanceOptions, conformance, type Fixture } from '@syncengine/conformance';
import { startFaultProxy } from '@syncengine/test-servers';
import { describe, test } from 'vitest';
import type { S3StorageOptions } from '../src/index.ts';
import {
  credentials,
  describeWithCeph,
  isThere,
  keepVersions,
  newBucket,
  open,
  service,
  unfinished,
} from './support/service.ts';

const mebi = 1024 * 1024;

const flavours: Readonly<Record<string, Partial<S3StorageOptions>>> = {
  'a bucket of Ceph': { partSize: 5 * mebi, multipartFrom: 6 * mebi },
  'a bucket of Ceph, everything in parts and pages': {
    partSize: 5 * mebi,
    multipartFrom: 1,
    pageSize: 7,
    listingsAtOnce: 3,
    etags: 'opaque',
  },
};

if (isThere) {
  const bucket = await newBucket();
  for (const [name, options] of Object.entries(flavours)) await conformance(suiteOf(name, bucket, options));
  const versioned = await newBucket();
  await keepVersions(versioned);
  const name = 'a bucket of Ceph that keeps versions';
  // All else is as in the other buckets.
  const groups = [`${name} as a storage client`, 'versions', 'what is declared', 'remove'];
  const chosen = (group: string, body: () => void): unknown =>
    groups.includes(group) ? describe(group, body) : undefined;
  await conformance({ ...suiteOf(name, versioned, { pageSize: 3 }), runner: { describe: chosen, test } });
} else {
  describeWithCeph('The conformance suite', () => {
    test('runs', () => undefined);
  });
}

function suiteOf(name: string, bucket: string, options: Partial<S3StorageOptions>): ConformanceOptions {
  return {
    runner: { describe, test },
    name,
    partSize: 5 * mebi,
    // One more than two pages, and than many small ones.
    manyEntries: options.pageSize === undefined ? 2_001 : 200,
    namesakes: 'possible',
    absenceEnforced: options.multipartFrom !== 1,
    factory: () => fixture(bucket, options),
  };
}

async function fixture(bucket: string, options: Partial<S3StorageOptions>): Promise<Fixture> {
  const prefix = randomUUID();
  const proxy = await startFaultProxy({ target: service().port });
  const reopen = (): ReturnType<typeof open> =>
    open({ ...options, bucket, prefix, endpoint: `http://127.0.0.1:${proxy.port}` });
  const client = await reopen();
  await client.probe();
  return {
    client,
    reopen,
    dispose: () => proxy.stop(),
    secrets: [credentials().secretAccessKey],
    leftovers: () => unfinished(bucket, prefix),
    receivedBytes: () => proxy.passed.toServer,
  };
}
