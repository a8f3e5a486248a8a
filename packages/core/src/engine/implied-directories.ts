import type { StorageClient } from '../storage/index.ts';

/** True for a side that has no directories of its own: they follow from the files inside. */
export function impliesDirectories({ capabilities }: StorageClient): boolean {
  return capabilities.directories === 'implied';
}
