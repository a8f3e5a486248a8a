import type { CallContext, DriveCaller } from './caller.ts';
import { objectOf, textOf, timeOf } from './drive-file.ts';
import { allItems } from './pages.ts';

/** A content that a file has or had, as Drive tells of it. */
export interface DriveRevision {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Bytes. */
  readonly size: number;
  readonly md5: string | undefined;
}

const fields = 'id,modifiedTime,size,md5Checksum';

/** The revisions of files. */
export class RevisionCalls {
  readonly #caller: DriveCaller;

  constructor(caller: DriveCaller) {
    this.#caller = caller;
  }

  /** Oldest first; the last one is what the file has. */
  async list(fileId: string, context: CallContext): Promise<readonly DriveRevision[]> {
    const about = { fileId, pageSize: 1000, fields: `nextPageToken,revisions(${fields})` };
    const revisions = await allItems('revisions', (paging) =>
      this.#caller.call(context, (drive, options) => drive.revisions.list({ ...about, ...paging }, options)),
    );
    return revisions.map(parseRevision);
  }

  async get(fileId: string, revisionId: string, context: CallContext): Promise<DriveRevision> {
    const parameters = { fileId, revisionId, fields };
    const answer = await this.#caller.call(context, (drive, options) => drive.revisions.get(parameters, options));
    return parseRevision(answer.data);
  }
}

function parseRevision(value: unknown): DriveRevision {
  const resource = objectOf(value);
  const { size, md5Checksum } = resource;
  return {
    id: textOf(resource, 'id'),
    modifiedAt: timeOf(textOf(resource, 'modifiedTime')) ?? 0,
    size: typeof size === 'string' ? Number(size) : 0,
    md5: typeof md5Checksum === 'string' ? md5Checksum : undefined,
  };
}
