export { createStorageClient, type GoogleDriveEnvironment } from './create-storage-client.ts';
export type { DriveAnswer, DriveClient } from './drive-client.ts';
export { GoogleDriveStorageClient } from './google-drive-storage-client.ts';
export type { GoogleDriveStorageOptions } from './options.ts';
