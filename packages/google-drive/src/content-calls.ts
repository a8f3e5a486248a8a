import { SyncEngineError } from '@syncengine/core';
import type { CallContext, DriveCaller } from './caller.ts';
import type { DriveAnswer } from './drive-client.ts';
import { fileFields } from './drive-file.ts';
import { driveFailure, headerOf } from './failures.ts';
import { bodyOf, type FileChange } from './file-calls.ts';

export interface UploadTarget {
  /** The file that gets new content; `undefined` for a new one. */
  readonly fileId: string | undefined;
  readonly change: FileChange;
}

/** The bytes of files: downloads, exports, and uploads that go on where they were cut off. */
export class ContentCalls {
  readonly #caller: DriveCaller;

  constructor(caller: DriveCaller) {
    this.#caller = caller;
  }

  /** The bytes of a file, or a part of them; `end` is behind the last byte. */
  async *download(
    id: string,
    range: { readonly start: number; readonly end: number } | undefined,
    options: CallContext & { readonly acknowledgeAbuse: boolean },
  ): AsyncGenerator<Uint8Array> {
    const headers = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` };
    const acknowledged = options.acknowledgeAbuse ? { acknowledgeAbuse: true } : {};
    const parameters = { fileId: id, alt: 'media', supportsAllDrives: true, ...acknowledged };
    const settings = { responseType: 'stream', headers };
    const answer = await this.#caller.call(options, (drive, each) => drive.files.get(parameters, each), settings);
    yield* this.#stream(answer, options);
  }

  /** The bytes that a file had. */
  async *downloadRevision(
    id: string,
    revisionId: string,
    options: CallContext & { readonly acknowledgeAbuse: boolean },
  ): AsyncGenerator<Uint8Array> {
    const acknowledged = options.acknowledgeAbuse ? { acknowledgeAbuse: true } : {};
    const parameters = { fileId: id, revisionId, alt: 'media', ...acknowledged };
    const settings = { responseType: 'stream' };
    const answer = await this.#caller.call(options, (drive, each) => drive.revisions.get(parameters, each), settings);
    yield* this.#stream(answer, options);
  }

  /** A document of Google's editors in another form. */
  async *export(id: string, mimeType: string, context: CallContext): AsyncGenerator<Uint8Array> {
    const parameters = { fileId: id, mimeType };
    const settings = { responseType: 'stream' };
    const answer = await this.#caller.call(context, (drive, each) => drive.files.export(parameters, each), settings);
    yield* this.#stream(answer, context);
  }

  /** Begins a resumable upload. @returns the address that the content is to be sent to */
  async startUpload(
    { fileId, change }: UploadTarget,
    media: { readonly mimeType: string; readonly size: number },
    context: CallContext,
  ): Promise<string> {
    const parameters = {
      ...(fileId === undefined ? {} : { fileId }),
      uploadType: 'resumable',
      requestBody: bodyOf(change),
      fields: fileFields,
      supportsAllDrives: true,
    };
    const headers = { 'X-Upload-Content-Type': media.mimeType, 'X-Upload-Content-Length': String(media.size) };
    // The libraries know no resumable uploads, but let a call say where it goes.
    const url = `${this.#caller.rootUrl}upload/drive/v3/files${fileId === undefined ? '' : `/${fileId}`}`;
    const settings = { url, headers, responseType: 'text' };
    const answer = await this.#caller.call(
      context,
      (drive, each) =>
        fileId === undefined ? drive.files.create(parameters, each) : drive.files.update(parameters, each),
      settings,
    );
    const location = headerOf(answer.headers, 'location');
    if (location !== undefined) return location;
    const message = 'Google Drive began an upload but did not say where. Is there a proxy in between?';
    throw new SyncEngineError('storage-failure', message, { path: context.path, retry: 'yes' });
  }

  /** Speaks to an upload that was begun. An answer of 308, which tells how far it is, is no error. */
  async sendUpload(
    session: string,
    contentRange: string,
    bytes: Uint8Array | undefined,
    context: CallContext,
  ): Promise<DriveAnswer> {
    const headers = { 'Content-Range': contentRange, 'Content-Type': 'application/octet-stream' };
    const body = { requestBody: Buffer.from(bytes ?? []) };
    const validateStatus = (status: number): boolean => status === 308 || (status >= 200 && status < 300);
    const settings = { url: session, method: 'PUT', headers, validateStatus, responseType: 'json' };
    const parameters = { fileId: 'upload', ...body };
    return this.#caller.call(context, (drive, each) => drive.files.update(parameters, each), settings);
  }

  /** Gives up an upload; one that is gone already is fine. */
  async cancelUpload(session: string, context: CallContext): Promise<void> {
    // A session that is given up answers with a status of its own, 499.
    const validateStatus = (status: number): boolean => status < 500 && status !== 429 && status !== 403;
    const settings = { url: session, validateStatus, responseType: 'text' };
    await this.#caller.call(context, (drive, each) => drive.files.delete({ fileId: 'upload' }, each), settings);
  }

  async *#stream({ data }: DriveAnswer, { path, signal }: CallContext): AsyncGenerator<Uint8Array> {
    if (!isStream(data)) throw driveFailure(new Error('the answer is no stream'), path);
    try {
      for await (const chunk of data) {
        signal?.throwIfAborted();
        if (chunk instanceof Uint8Array) yield chunk;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw driveFailure(error, path);
    }
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
