import type { CallContext, DriveCaller } from './caller.ts';
import { type DriveFile, fileFields, objectOf, parseFile, timeOf } from './drive-file.ts';
import { allItems } from './pages.ts';

/** A file or folder in the trash, by itself or with a folder above it. */
export interface TrashedFile extends DriveFile {
  /** When it came there, as far as that can be known; milliseconds since the epoch. */
  readonly trashedAt: number | undefined;
}

/** A note on each file that this package puts into the trash. */
const removedAt = 'syncengineRemovedAt';

/** @param now milliseconds since the epoch */
export function removedNow(now: number): Readonly<Record<string, string>> {
  return { [removedAt]: new Date(now).toISOString() };
}

/** Takes the note away again: whoever trashes the file the next time may be somebody else. */
export const notRemoved: Readonly<Record<string, null>> = { [removedAt]: null };

/** All that lies in the trash of My Drive, or of one shared drive: one request for each thousand. */
export async function trashedFiles(
  caller: DriveCaller,
  driveId: string | undefined,
  context: CallContext,
): Promise<readonly TrashedFile[]> {
  const about = {
    q: 'trashed = true',
    pageSize: 1000,
    fields: `nextPageToken,files(${fileFields},trashedTime,appProperties)`,
    spaces: 'drive',
    supportsAllDrives: true,
    ...(driveId === undefined ? {} : { corpora: 'drive', driveId, includeItemsFromAllDrives: true }),
  };
  const files = await allItems('files', (paging) =>
    caller.call(context, (drive, options) => drive.files.list({ ...about, ...paging }, options)),
  );
  return files.map(trashedFile);
}

function trashedFile(value: unknown): TrashedFile {
  const resource = objectOf(value);
  const notes = resource['appProperties'];
  const told = resource['trashedTime'] ?? (notes === undefined ? undefined : objectOf(notes)[removedAt]);
  return { ...parseFile(value), trashedAt: typeof told === 'string' ? timeOf(told) : undefined };
}
