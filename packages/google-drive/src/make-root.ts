import { type DirectoryEntry, storageFailure } from '@syncengine/core';
import { directoryEntryOf } from './changing.ts';
import { folderType } from './drive-file.ts';
import type { FileCalls } from './file-calls.ts';
import type { Mirror } from './mirror.ts';
import type { RootAddress } from './root.ts';

/**
 * Makes the folders that are missing on the way to the root; one that is there is fine.
 *
 * @throws SyncEngineError `not-found` when the folder that the path begins at is gone; `not-a-directory`
 */
export async function makeRoot(
  files: FileCalls,
  mirror: Mirror,
  { names }: RootAddress,
  signal: AbortSignal | undefined,
): Promise<DirectoryEntry> {
  let root = await mirror.refresh(signal);
  for (;;) {
    if (root.kind === 'folder') return directoryEntryOf('', root.folder);
    if (root.kind === 'other') throw storageFailure('not-a-directory', '');
    const name = names[root.found];
    if (root.folder === undefined || name === undefined) throw storageFailure('not-found', '');
    await files.create({ name, mimeType: folderType, parents: [root.folder.id] }, undefined, { path: '', signal });
    root = await mirror.relist(signal);
  }
}
