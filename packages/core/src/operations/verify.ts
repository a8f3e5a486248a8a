import type { FileEntry, Hashes, StorageClient } from '../storage/index.ts';
import { mismatch, requireSame } from './mismatch.ts';

/**
 * Looks whether a store says what it was to take.
 *
 * @throws SyncEngineError `content-mismatch`, and then it is taken away again
 */
export async function verify(
  client: StorageClient,
  written: FileEntry,
  size: number,
  hashes: Hashes,
  signal: AbortSignal,
): Promise<void> {
  try {
    if (written.size !== size)
      throw mismatch(written.path, `${written.size} bytes instead of ${size}`, 'content-mismatch');
    requireSame(written.path, hashes, written.hashes ?? {}, 'content-mismatch');
  } catch (error) {
    // The store took it and holds something else: that must not stay under the path.
    await client.remove(written.path, { expected: written.version, signal });
    throw error;
  }
}
