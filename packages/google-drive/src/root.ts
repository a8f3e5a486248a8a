import { SyncEngineError } from '@syncengine/core';
import { type DriveFile, isFolder } from './drive-file.ts';
import { isRefusal, statusOf } from './failures.ts';
import type { FileCalls } from './file-calls.ts';
import { quotedText } from './query-text.ts';

/** Which folder a client works in: one with an id, or one that names lead to from there. */
export interface RootAddress {
  /** A folder's id; that of My Drive's root, for paths. */
  readonly base: string;
  /** True when the base is the root of My Drive. */
  readonly isMyDrive: boolean;
  /** Names of folders, from the base down. */
  readonly names: readonly string[];
}

/** A folder, as far as one has to know it to look into it. */
type Folder = Pick<DriveFile, 'id' | 'driveId'>;

/** What stands where the root should be. */
export type RootState =
  | { readonly kind: 'folder'; readonly folder: DriveFile }
  /** How many of the names are there, and the folder in which the next one is missing. */
  | { readonly kind: 'missing'; readonly found: number; readonly folder: Folder | undefined }
  | { readonly kind: 'other'; readonly file: DriveFile };

/**
 * Looks for the root.
 *
 * @throws SyncEngineError `name-collision` when several folders have the name of one on the way
 */
export async function findRoot(calls: FileCalls, { base, isMyDrive, names }: RootAddress): Promise<RootState> {
  // My Drive itself is always there.
  if (isMyDrive && names.length > 0) return follow(calls, { id: base, driveId: undefined }, names);
  const folder = await standing(calls, base);
  if (folder === undefined) return { kind: 'missing', found: 0, folder };
  if (!isFolder(folder)) return { kind: 'other', file: folder };
  return names.length === 0 ? { kind: 'folder', folder } : follow(calls, folder, names);
}

async function follow(calls: FileCalls, base: Folder, names: readonly string[]): Promise<RootState> {
  let folder = base;
  for (const [index, name] of names.entries()) {
    const next = await childNamed(calls, folder, name);
    if (next === undefined) return { kind: 'missing', found: index, folder };
    if (!isFolder(next)) return { kind: 'other', file: next };
    if (index === names.length - 1) return { kind: 'folder', folder: next };
    folder = next;
  }
  throw new TypeError('There is a name to follow.');
}

async function standing(calls: FileCalls, id: string): Promise<DriveFile | undefined> {
  try {
    const file = await calls.get(id, { path: '' });
    return file.trashed ? undefined : file;
  } catch (error) {
    if (statusOf(error) === 404 && isRefusal(error, 'notFound')) return undefined;
    throw error;
  }
}

async function childNamed(calls: FileCalls, folder: Folder, name: string): Promise<DriveFile | undefined> {
  const q = `${quotedText(folder.id)} in parents and name = ${quotedText(name)} and trashed = false`;
  const found: DriveFile[] = [];
  let pageToken: string | undefined;
  do {
    const page = await calls.list({ q, driveId: folder.driveId, pageToken }, { path: '' });
    // Drive does not tell case apart here.
    found.push(...page.files.filter((file) => file.name === name));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  const folders = found.filter(isFolder);
  if (folders.length <= 1) return folders[0] ?? found[0];
  const message = `The root cannot be told: ${folders.length} folders named ${JSON.stringify(name)} lie side by side. Rename all but one, or give the folder's id.`;
  throw new SyncEngineError('name-collision', message, { path: '' });
}
