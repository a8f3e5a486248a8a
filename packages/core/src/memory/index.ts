export { MemoryStorageClient } from './memory-storage-client.ts';
export type { MemoryStorageOptions } from './options.ts';
