export { LocalStorageClient, type LocalStorageOptions } from './local-storage-client.ts';
export { isProcessRunning, startOfProcess } from './processes.ts';
