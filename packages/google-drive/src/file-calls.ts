import { Readable } from 'node:stream';
import type { CallContext, DriveCaller } from './caller.ts';
import type { DriveClient } from './drive-client.ts';
import { type DriveFile, fileFields, listOf, objectOf, parseFile, textOf } from './drive-file.ts';
import { nextPageTokenOf } from './pages.ts';

/** Files that a page of a listing may hold; Drive may give fewer. */
const pageSize = 1000;

/** What Drive is told of a file that is made or changed. */
export interface FileChange {
  readonly name?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly parents?: readonly string[] | undefined;
  readonly id?: string | undefined;
  /** Milliseconds since the epoch; fractions are cut off. */
  readonly modifiedAt?: number | undefined;
  readonly trashed?: boolean | undefined;
  /** Notes of this application; `null` takes one away. */
  readonly appProperties?: Readonly<Record<string, string | null>> | undefined;
}

/** Content that is sent with a request, all of it at once. */
export interface Media {
  readonly bytes: Uint8Array;
  readonly mimeType: string;
}

export interface FilePage {
  readonly files: readonly DriveFile[];
  readonly nextPageToken: string | undefined;
  /** True when Drive did not look everywhere. */
  readonly incomplete: boolean;
}

/** The files themselves: looking, making, changing, taking away. */
export class FileCalls {
  readonly #caller: DriveCaller;

  constructor(caller: DriveCaller) {
    this.#caller = caller;
  }

  async get(id: string, context: CallContext): Promise<DriveFile> {
    const parameters = { fileId: id, fields: fileFields, supportsAllDrives: true };
    return this.#file(context, (drive, options) => drive.files.get(parameters, options));
  }

  /** One page of the files that a query finds. `driveId` keeps the search inside a shared drive. */
  async list(
    query: { readonly q: string; readonly driveId: string | undefined; readonly pageToken?: string | undefined },
    context: CallContext,
  ): Promise<FilePage> {
    const { q, driveId, pageToken } = query;
    const parameters = {
      q,
      pageSize,
      fields: `nextPageToken,incompleteSearch,files(${fileFields})`,
      spaces: 'drive',
      supportsAllDrives: true,
      ...(driveId === undefined ? {} : { corpora: 'drive', driveId, includeItemsFromAllDrives: true }),
      ...(pageToken === undefined ? {} : { pageToken }),
    };
    const answer = await this.#caller.call(context, (drive, options) => drive.files.list(parameters, options));
    const page = objectOf(answer.data);
    return {
      files: listOf(page['files']).map(parseFile),
      nextPageToken: nextPageTokenOf(page),
      incomplete: page['incompleteSearch'] === true,
    };
  }

  /** Makes a folder, or a file with content where media is given. */
  async create(change: FileChange, media: Media | undefined, context: CallContext): Promise<DriveFile> {
    const parameters = { ...commonOf(change), ...mediaOf(media) };
    return this.#file(context, (drive, options) => drive.files.create(parameters, options));
  }

  async update(id: string, change: FileChange, media: Media | undefined, context: CallContext): Promise<DriveFile> {
    const parameters = { fileId: id, ...commonOf(change), ...mediaOf(media) };
    return this.#file(context, (drive, options) => drive.files.update(parameters, options));
  }

  /** A new name, another folder, or both, in one step. */
  async move(
    id: string,
    change: FileChange,
    parents: { readonly from: string; readonly to: string },
    context: CallContext,
  ): Promise<DriveFile> {
    const places = parents.from === parents.to ? {} : { addParents: parents.to, removeParents: parents.from };
    const parameters = { fileId: id, ...commonOf(change), ...places };
    return this.#file(context, (drive, options) => drive.files.update(parameters, options));
  }

  async copy(id: string, change: FileChange, context: CallContext): Promise<DriveFile> {
    const parameters = { fileId: id, ...commonOf(change) };
    return this.#file(context, (drive, options) => drive.files.copy(parameters, options));
  }

  /** For good. */
  async delete(id: string, context: CallContext): Promise<void> {
    const parameters = { fileId: id, supportsAllDrives: true };
    await this.#caller.call(context, (drive, options) => drive.files.delete(parameters, options));
  }

  /** Ids for files that are yet to be made. */
  async generateIds(count: number, context: CallContext): Promise<readonly string[]> {
    const parameters = { count, fields: 'ids' };
    const answer = await this.#caller.call(context, (drive, options) => drive.files.generateIds(parameters, options));
    return listOf(objectOf(answer.data)['ids']).filter((id) => typeof id === 'string');
  }

  /** Bytes that may be stored, and that are; the limit is `undefined` where there is none. */
  async quota(context: CallContext): Promise<{ readonly limit: number | undefined; readonly usage: number }> {
    const parameters = { fields: 'storageQuota(limit,usage)' };
    const answer = await this.#caller.call(context, (drive, options) => drive.about.get(parameters, options));
    const quota = objectOf(objectOf(answer.data)['storageQuota']);
    const limit = quota['limit'] === undefined ? undefined : Number(textOf(quota, 'limit'));
    return { limit, usage: Number(textOf(quota, 'usage')) };
  }

  async #file(
    context: CallContext,
    request: (drive: DriveClient, options: object) => ReturnType<DriveClient['files']['get']>,
  ): Promise<DriveFile> {
    return parseFile((await this.#caller.call(context, request)).data);
  }
}

function commonOf(change: FileChange): object {
  return { requestBody: bodyOf(change), fields: fileFields, supportsAllDrives: true };
}

/** A file as Drive takes it. */
export function bodyOf({ modifiedAt, ...rest }: FileChange): object {
  const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return modifiedAt === undefined ? kept : { ...kept, modifiedTime: new Date(Math.floor(modifiedAt)).toISOString() };
}

/** The library makes a multipart upload of it, and wants a stream for that. */
function mediaOf(media: Media | undefined): object {
  if (media === undefined) return {};
  return { media: { mimeType: media.mimeType, body: Readable.from([Buffer.from(media.bytes)]) } };
}
