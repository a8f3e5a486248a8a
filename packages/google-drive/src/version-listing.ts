import {
  type CallOptions,
  childOf,
  isReserved,
  isSyncEngineError,
  isWithin,
  nameProblem,
  type StoredVersion,
} from '@syncengine/core';
import type { DriveCaller } from './caller.ts';
import type { ContentCalls } from './content-calls.ts';
import { type DriveFile, isFolder, isNative } from './drive-file.ts';
import { statusOf } from './failures.ts';
import type { DriveRevision, RevisionCalls } from './revision-calls.ts';
import { type TrashedFile, trashedFiles } from './trashed.ts';
import type { DriveTree } from './tree.ts';
import type { Writer } from './writing.ts';

export interface Historian {
  readonly caller: DriveCaller;
  readonly revisions: RevisionCalls;
  readonly contents: ContentCalls;
  readonly writer: Writer;
  readonly acknowledgeAbuse: boolean;
  /** The paths of files that were told of, by their ids. */
  readonly told: Map<string, string>;
  /** What an attempt to list them all came to know before it failed, by the ids of files. */
  readonly listed: Map<string, { readonly file: DriveFile; readonly revisions: readonly DriveRevision[] }>;
}

/** Files whose revisions are asked for at once. */
const filesAtOnce = 8;

/** A file that stands below the root or did so, under the path that it has now or had when it was removed. */
interface Found {
  readonly path: string;
  readonly file: DriveFile;
  /** Milliseconds since the epoch; `undefined` for what stands there. */
  readonly removedAt: number | undefined;
}

/**
 * The revisions of all files at a path and below it, and of those that lie in the trash: one request for each file. A renamed
 * file brings its earlier contents along.
 */
export async function* driveVersions(
  historian: Historian,
  path: string,
  { signal }: CallOptions,
): AsyncGenerator<readonly StoredVersion[]> {
  const { mirror } = historian.writer;
  signal?.throwIfAborted();
  await mirror.refresh(signal);
  const tree = mirror.treeForListing(path);
  await mirror.completeAll(tree, signal);
  const trashed = await trashedFiles(historian.caller, mirror.driveId, { path, signal });
  const found = foundIn(tree, trashed).filter((each) => isWithin(each.path, path) && !isReserved(each.path));
  for (const { file, path: of } of found) historian.told.set(file.id, of);
  const refusals: unknown[] = [];
  const versions: StoredVersion[] = [];
  for (let start = 0; start < found.length; start += filesAtOnce) {
    const together = found.slice(start, start + filesAtOnce);
    const some = await Promise.all(
      together.map((each) =>
        versionsOf(historian, each, signal).catch((error: unknown) => {
          if (!isSyncEngineError(error, 'permission-denied')) throw error;
          refusals.push(error);
          return [];
        }),
      ),
    );
    versions.push(...some.flat());
  }
  // All or nothing: whoever tries again after a failure does not ask anew for what came.
  historian.listed.clear();
  if (versions.length > 0) yield versions;
  // Whoever may only read a file is not told what it was. What is told of the others is of use all the same.
  if (refusals.length > 0) throw refusals[0];
}

/** What stands in the tree, and what is in the trash and lay in it. */
function foundIn(tree: DriveTree, trashed: readonly TrashedFile[]): Found[] {
  const inTrash = new Map(trashed.map((file) => [file.id, file]));
  const paths = new Map<string, string | undefined>([[tree.rootId, '']]);
  const pathOf = (file: DriveFile): string | undefined => {
    if (paths.has(file.id)) return paths.get(file.id);
    // A circle is none of ours.
    paths.set(file.id, undefined);
    const [parent, another] = file.parents;
    if (parent === undefined || another !== undefined || nameProblem(file.name) !== undefined) return undefined;
    const folder = tree.get(parent) ?? inTrash.get(parent);
    const above = parent === tree.rootId ? '' : folder === undefined ? undefined : pathOf(folder);
    const path = above === undefined ? undefined : childOf(above, file.name);
    paths.set(file.id, path);
    return path;
  };
  const found: Found[] = [];
  const take = (file: DriveFile, removedAt: number | undefined): void => {
    const path = isFolder(file) || isNative(file) ? undefined : pathOf(file);
    if (path !== undefined) found.push({ path, file, removedAt });
  };
  for (const file of tree.files) take(file, undefined);
  for (const file of trashed) take(file, removalOf(file, inTrash));
  return found;
}

/** Of what came into the trash with a folder: when that did. What nobody knows is told as now: until then it may have stood. */
function removalOf(file: TrashedFile, inTrash: ReadonlyMap<string, TrashedFile>): number {
  const seen = new Set<string>();
  for (let each: TrashedFile | undefined = file; each !== undefined && !seen.has(each.id); ) {
    if (each.trashedAt !== undefined) return each.trashedAt;
    seen.add(each.id);
    each = inTrash.get(each.parents[0] ?? '');
  }
  return Date.now();
}

/** Each version ends where the next begins, whatever a clock said meanwhile. */
async function versionsOf(
  { revisions, listed: known }: Historian,
  { path, file, removedAt }: Found,
  signal: AbortSignal | undefined,
): Promise<StoredVersion[]> {
  const before = known.get(file.id);
  const isKnown = before !== undefined && before.file.version === file.version;
  const listed = isKnown ? before.revisions : await revisionsOf(revisions, file.id, path, signal);
  known.set(file.id, { file, revisions: listed });
  let latest = 0;
  const begins = listed.map(({ modifiedAt }) => {
    latest = Math.max(latest, modifiedAt);
    return latest;
  });
  return listed.map((revision, index) => {
    const since = begins[index] ?? 0;
    const isHead = index === listed.length - 1;
    const until = isHead ? (removedAt === undefined ? undefined : Math.max(removedAt, since)) : begins[index + 1];
    const modifiedAt = isHead ? (file.modifiedAt ?? revision.modifiedAt) : revision.modifiedAt;
    return { path, id: `${file.id}/${revision.id}`, since, until, size: revision.size, modifiedAt };
  });
}

/** What is gone since it was listed has no versions. */
async function revisionsOf(
  revisions: RevisionCalls,
  fileId: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<readonly DriveRevision[]> {
  try {
    return await revisions.list(fileId, { path, signal });
  } catch (error) {
    if (statusOf(error) === 404) return [];
    throw error;
  }
}
