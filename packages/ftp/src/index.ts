export { createStorageClient, type FtpEnvironment } from './create-storage-client.ts';
export { FtpStorageClient } from './ftp-storage-client.ts';
export type { FtpSecurity, FtpStorageOptions } from './options.ts';
