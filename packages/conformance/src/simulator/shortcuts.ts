import { createHash } from 'node:crypto';
import { collectBytes, contentOf, isAbortError, type StorageClient, storageFailure } from '@syncengine/core';

type Shortcuts = Required<Pick<StorageClient, 'copyFrom' | 'copyAllFrom'>>;

/**
 * Shortcuts from any other client, as a disk or a service has them: each file is read there and written here, which the faults of
 * both sides disturb.
 */
export function shortcutsInto(write: StorageClient['write']): Shortcuts {
  const copyFrom: Shortcuts['copyFrom'] = async (other, from, to, { version, size, onProgress, ...options }) => {
    const { signal } = options;
    const bytes = await collectBytes(other.read(from, { expected: version, signal }));
    if (size !== undefined && bytes.byteLength !== size) throw storageFailure('source-changed', from);
    const modifiedAt = options.modifiedAt ?? (await hiddenTimeOf(other, from));
    const entry = await write(to, contentOf(bytes), { ...options, modifiedAt });
    onProgress?.(bytes.byteLength);
    return { ...entry, hashes: { ...entry.hashes, sha256: createHash('sha256').update(bytes).digest('hex') } };
  };
  return {
    copyFrom,
    copyAllFrom: async (other, copies, { signal } = {}) => {
      const outcomes = [];
      for (const { from, to, ...copy } of copies) {
        const options = { ...copy, expected: 'absent', signal } as const;
        const outcome = await copyFrom(other, from, to, options).catch((error: unknown) => {
          if (isAbortError(error)) throw error;
          // Whoever asks for it alone is told why.
          return undefined;
        });
        outcomes.push(outcome);
      }
      return outcomes;
    },
  };
}

async function hiddenTimeOf(other: StorageClient, path: string): Promise<number | undefined> {
  if (other.capabilities.modifiedAt.listed !== false) return undefined;
  const standing = await other.stat(path, { followSymlinks: true });
  return standing?.kind === 'file' ? standing.modifiedAt : undefined;
}
