export { LocalStorageClient, type LocalStorageOptions } from './local-storage-client.ts';
