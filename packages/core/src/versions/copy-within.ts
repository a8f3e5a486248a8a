import { SyncEngineError } from '../errors.ts';
import type { Entry, StorageClient, Version } from '../storage/index.ts';

/** Copies a file or link to a free path of the same side, by the side itself where it can. */
export async function copyWithin(
  client: StorageClient,
  from: string,
  to: string,
  expected: Version | undefined,
  signal: AbortSignal,
): Promise<Entry> {
  const entry = await client.stat(from, { signal });
  if (entry?.kind === 'symlink' && client.makeSymlink !== undefined) {
    return await client.makeSymlink(to, entry.target, { expected: 'absent', signal });
  }
  if (entry?.kind !== 'file') {
    throw new SyncEngineError('not-found', `There is no file ${JSON.stringify(from)} to copy.`, { path: from });
  }
  if (client.copy !== undefined) return await client.copy(from, to, { expected, signal });
  const content = {
    size: entry.size,
    open: (options: { readonly signal?: AbortSignal | undefined } = {}) =>
      client.read(from, { expected: expected ?? entry.version, signal: options.signal }),
  };
  const { modifiedAt, permissions } = entry;
  return await client.write(to, content, { expected: 'absent', modifiedAt, permissions, signal });
}
