export type { Conditions } from './conditions.ts';
export { createStorageClient, type S3Environment } from './create-storage-client.ts';
export type { S3StorageOptions } from './options.ts';
export { S3StorageClient } from './s3-storage-client.ts';
