export type { S3StorageOptions } from './options.ts';
export { S3StorageClient } from './s3-storage-client.ts';
