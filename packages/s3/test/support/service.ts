import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { missing } from '@syncengine/test-servers';
import { describe, inject } from 'vitest';
import { S3StorageClient, type S3StorageOptions } from '../../src/index.ts';

const ceph = inject('ceph');
const reason = ceph === undefined ? missing('ceph') : undefined;

/** A group of tests with Ceph; where it is not installed, they are skipped with a reason that says what helps. */
export function describeWithCeph(name: string, body: () => void | Promise<void>): void {
  describe.skipIf(reason !== undefined)(reason === undefined ? name : `${name} (skipped: ${reason})`, body);
}

export const isThere: boolean = ceph !== undefined;

/** Where the tests' Ceph is. */
export function service(): NonNullable<typeof ceph> {
  if (ceph === undefined) throw new Error(reason);
  return ceph;
}

export function credentials(): { readonly accessKeyId: string; readonly secretAccessKey: string } {
  const { accessKeyId, secretAccessKey } = service();
  return { accessKeyId, secretAccessKey };
}

/** The SDK's own client, with which a test plays the others who use a bucket. */
export function sdk(endpoint: string = service().endpoint): S3Client {
  return new S3Client({
    endpoint,
    region: service().region,
    forcePathStyle: true,
    credentials: credentials(),
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
}

/** A bucket of its own. */
export async function newBucket(): Promise<string> {
  const bucket = `test-${randomUUID()}`;
  await sdk().send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}

/** What is replaced or removed in the bucket is kept by the service from now on. */
export async function keepVersions(bucket: string): Promise<void> {
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await sdk().send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
}

export async function open(options: Partial<S3StorageOptions> & { readonly bucket: string }): Promise<S3StorageClient> {
  return await S3StorageClient.open({ endpoint: service().endpoint, credentials: credentials(), ...options });
}

/** Keys of uploads in parts that were neither completed nor aborted. */
export async function unfinished(bucket: string, prefix = ''): Promise<readonly string[]> {
  const { Uploads = [] } = await sdk().send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }));
  return Uploads.map(({ Key = '' }) => Key);
}
