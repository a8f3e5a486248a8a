import { hashStream, ownAlgorithm } from '../hashing/index.ts';
import type { FileEntry, StorageClient, SyncedEntry } from '../storage/index.ts';
import type { ContentPlace } from './content.ts';

/** The bytes of what lies somewhere. */
export function openPlace(
  client: StorageClient,
  place: ContentPlace,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (place.kind === 'entry') {
    const { path, version: expected } = place.entry;
    return client.read(path, { expected, signal });
  }
  const { path, id } = place.version;
  if (client.readVersion === undefined) throw new TypeError(`${client.id} tells versions that it cannot read.`);
  return client.readVersion(path, id, { signal });
}

/** True only when it is certain: links by what they say, files by their content. */
export async function isSameContent(
  client: StorageClient,
  place: ContentPlace,
  target: StorageClient,
  standing: SyncedEntry,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (place.kind === 'entry' && place.entry.kind === 'symlink') {
    return standing.kind === 'symlink' && standing.target === place.entry.target;
  }
  const size = place.kind === 'stored' ? place.version.size : place.entry.kind === 'file' ? place.entry.size : -1;
  if (standing.kind !== 'file' || standing.size !== size) return false;
  const wanted =
    place.kind === 'entry' && place.entry.kind === 'file'
      ? await digestOf(client, place.entry, signal)
      : await hashStream(ownAlgorithm, openPlace(client, place, signal));
  return wanted === (await digestOf(target, standing, signal));
}

async function digestOf(client: StorageClient, entry: FileEntry, signal: AbortSignal | undefined): Promise<string> {
  const { path, version: expected } = entry;
  const known = entry.hashes?.[ownAlgorithm];
  if (known !== undefined) return known;
  if (client.hash !== undefined && client.capabilities.hashes.onRequest.includes(ownAlgorithm)) {
    return await client.hash(path, ownAlgorithm, { expected, signal });
  }
  return await hashStream(ownAlgorithm, client.read(path, { expected, signal }));
}
