import type { CallContext, DriveCaller } from './caller.ts';
import { listOf, objectOf, textOf, timeOf } from './drive-file.ts';

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
    const revisions: DriveRevision[] = [];
    let pageToken: string | undefined;
    do {
      const parameters = {
        fileId,
        pageSize: 1000,
        fields: `nextPageToken,revisions(${fields})`,
        ...(pageToken === undefined ? {} : { pageToken }),
      };
      const answer = await this.#caller.call(context, (drive, options) => drive.revisions.list(parameters, options));
      const page = objectOf(answer.data);
      revisions.push(...listOf(page['revisions']).map(parseRevision));
      const next = page['nextPageToken'];
      pageToken = typeof next === 'string' ? next : undefined;
    } while (pageToken !== undefined);
    return revisions;
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
