import type { Clock } from '../control/index.ts';
import { SyncEngineError } from '../errors.ts';
import { type Entry, type FileEntry, grainOf, type StorageClient, type Version } from '../storage/index.ts';

export interface CopyingWithin {
  readonly expected: Version | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Copies a file or link to a free path of the same side, by the side itself where it can. What was copied may be removed or
 * replaced afterwards, as long as it still has its version: whatever is written from here on has another one.
 */
export async function copyWithin(
  client: StorageClient,
  from: string,
  to: string,
  { expected, clock, signal }: CopyingWithin,
): Promise<Entry> {
  const entry = await client.stat(from, { signal });
  if (entry?.kind === 'symlink' && client.makeSymlink !== undefined) {
    return await client.makeSymlink(to, entry.target, { expected: 'absent', signal });
  }
  if (entry?.kind !== 'file') {
    throw new SyncEngineError('not-found', `There is no file ${JSON.stringify(from)} to copy.`, { path: from });
  }
  await outlast(entry, client, clock, signal);
  if (client.copy !== undefined) return await client.copy(from, to, { expected, signal });
  const content = {
    size: entry.size,
    open: (options: { readonly signal?: AbortSignal | undefined } = {}) =>
      client.read(from, { expected: expected ?? entry.version, signal: options.signal }),
  };
  const { modifiedAt, permissions } = entry;
  return await client.write(to, content, { expected: 'absent', modifiedAt, permissions, signal });
}

/** An edit in the same tick of the clock as the last one could go unseen. */
async function outlast(
  { modifiedAt }: FileEntry,
  { capabilities }: StorageClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const grain = grainOf(capabilities);
  const age = clock.now() - (modifiedAt ?? Number.NEGATIVE_INFINITY);
  // A time further ahead than that comes from another clock, and says nothing about now.
  if (Math.abs(age) < grain) await clock.sleep(grain - age, signal);
}
