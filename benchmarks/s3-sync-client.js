// A run of s3-sync-client: `node s3-sync-client.js FROM TO`, one of them `s3://bucket`.
import process from 'node:process';
import { S3Client } from '@aws-sdk/client-s3';
import { S3SyncClient } from 's3-sync-client';

const [from, to] = process.argv.slice(2);
const client = new S3Client({
  endpoint: process.env.S3_ENDPOINT,
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
});
await new S3SyncClient({ client }).sync(from, to, { maxConcurrentTransfers: 32 });
client.destroy();
