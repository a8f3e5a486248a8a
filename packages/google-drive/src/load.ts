import { type DriveFile, isFolder } from './drive-file.ts';
import { statusOf } from './failures.ts';
import type { FileCalls } from './file-calls.ts';
import { quotedText } from './query-text.ts';
import type { DriveTree } from './tree.ts';

/** How many folders are asked for by one request: longer queries are refused. */
const foldersAtOnce = 40;

/** Requests for listings that are under way at once. */
const requestsAtOnce = 4;

/** Lists one folder. */
export async function loadFolder(calls: FileCalls, tree: DriveTree, folderId: string, driveId?: string): Promise<void> {
  await loadBatch(calls, tree, [folderId], driveId);
}

/** Lists every folder of which not all is known, many of them by one request. */
export async function loadByFolders(calls: FileCalls, tree: DriveTree, driveId?: string): Promise<void> {
  for (;;) {
    const folders = tree.incompleteFolders();
    if (folders.length === 0) return;
    const batches: string[][] = [];
    for (let start = 0; start < folders.length; start += foldersAtOnce) {
      batches.push(folders.slice(start, start + foldersAtOnce));
    }
    for (let start = 0; start < batches.length; start += requestsAtOnce) {
      const together = batches.slice(start, start + requestsAtOnce);
      await Promise.all(together.map((batch) => loadBatch(calls, tree, batch, driveId)));
    }
  }
}

/**
 * Lists all that the drive holds in one go: for the root of a drive nothing takes fewer requests. False when Drive did not
 * look everywhere; nothing was taken in then.
 */
export async function loadFlat(calls: FileCalls, tree: DriveTree, driveId?: string): Promise<boolean> {
  const children = new Map<string, DriveFile[]>();
  let pageToken: string | undefined;
  do {
    const page = await calls.list({ q: 'trashed = false', driveId, pageToken }, { path: '' });
    if (page.incomplete) return false;
    for (const file of page.files) for (const parent of file.parents) childrenOf(children, parent).push(file);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  const folders = [tree.rootId];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const files = children.get(folder) ?? [];
    // A folder that was moved while its pages came would otherwise be gone through for ever.
    children.delete(folder);
    tree.complete(folder, files);
    folders.push(...files.filter(isFolder).map((file) => file.id));
  }
  return true;
}

async function loadBatch(
  calls: FileCalls,
  tree: DriveTree,
  folders: readonly string[],
  driveId: string | undefined,
): Promise<void> {
  const wanted = folders.map((id) => `${quotedText(id)} in parents`).join(' or ');
  const children = new Map<string, DriveFile[]>(folders.map((id) => [id, []]));
  let pageToken: string | undefined;
  try {
    do {
      const page = await calls.list({ q: `(${wanted}) and trashed = false`, driveId, pageToken }, { path: '' });
      for (const file of page.files) for (const parent of file.parents) children.get(parent)?.push(file);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  } catch (error) {
    if (statusOf(error) !== 404) throw error;
    await withoutVanished(calls, tree, folders, driveId, error);
    return;
  }
  for (const [folder, files] of children) tree.complete(folder, files);
}

/** One of the folders is gone since it was seen; the others are asked for alone. */
async function withoutVanished(
  calls: FileCalls,
  tree: DriveTree,
  folders: readonly string[],
  driveId: string | undefined,
  error: unknown,
): Promise<void> {
  const [only] = folders;
  if (folders.length > 1) {
    for (const folder of folders) await loadBatch(calls, tree, [folder], driveId);
  } else if (only === undefined || only === tree.rootId) throw error;
  else tree.drop(only);
}

function childrenOf(children: Map<string, DriveFile[]>, parent: string): DriveFile[] {
  const known = children.get(parent);
  if (known !== undefined) return known;
  const made: DriveFile[] = [];
  children.set(parent, made);
  return made;
}
