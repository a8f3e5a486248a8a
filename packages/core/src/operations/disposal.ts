import { isSyncEngineError } from '../errors.ts';
import { reservedName } from '../paths/index.ts';
import type { StorageClient, Version } from '../storage/index.ts';
import { copyWithin } from './copy-within.ts';

/** Where content goes that gives way on one side. */
export type Disposal =
  /** It is gone. */
  | { readonly kind: 'none' }
  /** The store keeps it by itself. */
  | { readonly kind: 'native' }
  /** Below this folder of the side, under its own path. */
  | { readonly kind: 'folder'; readonly folder: string };

export const trashFolder: string = `${reservedName}/trash`;
const versionsFolder = `${reservedName}/versions`;

/** @param run names the run in the trash: sortable, unique enough among the runs of a side */
export function disposalFor(
  client: StorageClient,
  replaced: 'trash' | 'version',
  trash: 'on' | 'off',
  run: string,
): Disposal {
  const { trash: ability } = client.capabilities;
  if (ability === 'native' && (replaced === 'version' || trash === 'on')) return { kind: 'native' };
  // A backup promises to keep what it overwrites, even where that costs a copy.
  if (replaced === 'version') return { kind: 'folder', folder: `${versionsFolder}/${run}` };
  if (trash === 'off' || ability === 'none') return { kind: 'none' };
  return { kind: 'folder', folder: `${trashFolder}/${run}` };
}

/** Takes a file or link away from its path, into the trash where there is one. */
export async function dispose(
  client: StorageClient,
  path: string,
  expected: Version | undefined,
  disposal: Disposal,
  signal: AbortSignal,
): Promise<void> {
  if (disposal.kind !== 'folder') return await client.remove(path, { expected, signal });
  await intoFolder(disposal.folder, path, async (kept) => {
    if (client.move !== undefined) return await client.move(path, kept, { expected, signal });
    await copyWithin(client, path, kept, expected, signal);
    await client.remove(path, { expected, signal });
  });
}

/**
 * Calls `keep` with a free path below the folder. A path can give way twice in a run, something can give way below what
 * gave way as a file, and a run's folder can be shared by a second pair that has the same side.
 */
export async function intoFolder<Result>(
  folder: string,
  path: string,
  keep: (kept: string) => Promise<Result>,
): Promise<Result> {
  let kept = `${folder}/${path}`;
  for (let attempt = 2; ; attempt += 1) {
    try {
      return await keep(kept);
    } catch (error) {
      if (attempt > 100) throw error;
      if (isSyncEngineError(error, 'already-exists')) kept = `${folder}/${path}~${attempt}`;
      else if (isSyncEngineError(error, 'not-a-directory')) kept = `${folder}/~${attempt}/${path}`;
      else throw error;
    }
  }
}
