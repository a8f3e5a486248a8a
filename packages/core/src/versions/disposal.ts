import type { Clock } from '../control/index.ts';
import { type ErrorCode, isSyncEngineError } from '../errors.ts';
import { reservedName } from '../paths/index.ts';
import type { StorageClient, Version } from '../storage/index.ts';
import { copyWithin } from './copy-within.ts';
import { partOfRun } from './run-name.ts';

/** Where content goes that gives way on one side. */
export type Disposal =
  /** It is gone. */
  | { readonly kind: 'none' }
  /** The store keeps it by itself. */
  | { readonly kind: 'native' }
  /** Below this folder of the side, under its own path. */
  | { readonly kind: 'folder'; readonly folder: string };

export const trashFolder: string = `${reservedName}/trash`;
export const versionsFolder: string = `${reservedName}/versions`;

/** @param run names the run in the trash: sortable, unique enough among the runs of a side */
export function disposalFor(
  client: StorageClient,
  replaced: 'trash' | 'version',
  trash: 'on' | 'off',
  run: string,
): Disposal {
  const { trash: ability } = client.capabilities;
  if (ability === 'native' && (replaced === 'version' || trash === 'on')) return { kind: 'native' };
  // Versions are promised, even where that costs a copy.
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
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (disposal.kind !== 'folder') return await client.remove(path, { expected, signal });
  await intoFolder(disposal.folder, path, async (kept) => {
    if (client.move !== undefined) return await client.move(path, kept, { expected, signal });
    await copyWithin(client, path, kept, { expected, clock, signal });
    await client.remove(path, { expected, signal });
  });
}

/**
 * Calls `keep` with a free path in the folder of a run. A path can give way twice in a run, something can give way below what
 * gave way as a file, and a run's folder can be shared by a second pair that has the same side. What comes second goes into
 * another folder of the run, so that every path is told as it was.
 */
export async function intoFolder<Result>(
  folder: string,
  path: string,
  keep: (kept: string) => Promise<Result>,
): Promise<Result> {
  for (let part = 1; ; part += 1) {
    try {
      return await keep(`${partOfRun(folder, part)}/${path}`);
    } catch (error) {
      if (!isTaken(error) || part > 100) throw error;
    }
  }
}

/** By content, by a file where a folder is needed, or by a link that was kept there and leads out of the root. */
const taken: readonly ErrorCode[] = ['already-exists', 'not-a-directory', 'outside-root'];

function isTaken(error: unknown): boolean {
  return isSyncEngineError(error) && taken.includes(error.code);
}
