import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { isSyncEngineError } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { versionOfTag } from './entries.ts';
import type { Attributes } from './new-object.ts';

/** Names an upload in parts, in what is remembered from one run to the next. */
export interface UploadToken {
  readonly uploadId: string;
  /** Bytes. */
  readonly partSize: number;
  /** What the object's metadata will say; milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** What the object's metadata will say, in hexadecimal. */
  readonly md5: string | undefined;
}

export interface StoredPart {
  readonly size: number;
  /** Hexadecimal MD5 of its content, unless the service encrypts with keys of its own. */
  readonly tag: string;
}

/** Where an upload goes. */
export interface UploadPlace {
  readonly bucket: Bucket;
  readonly path: string;
  readonly key: string;
}

export function tokenText({ uploadId, partSize, modifiedAt, md5 }: UploadToken): string {
  return JSON.stringify({ uploadId, partSize, modifiedAt, md5 });
}

/** `undefined` for what is no token of ours. */
export function parseToken(text: string | undefined): UploadToken | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { uploadId, partSize, modifiedAt, md5 }: Readonly<Record<string, unknown>> = { ...value };
  if (typeof uploadId !== 'string' || typeof partSize !== 'number' || typeof modifiedAt !== 'number') return undefined;
  return { uploadId, partSize, modifiedAt, md5: typeof md5 === 'string' ? md5 : undefined };
}

/** The requests of one upload in parts. */
export class Upload {
  readonly token: UploadToken;
  readonly #place: UploadPlace;

  constructor(place: UploadPlace, token: UploadToken) {
    this.#place = place;
    this.token = token;
  }

  static async create(
    place: UploadPlace,
    about: Omit<UploadToken, 'uploadId'>,
    attributes: Attributes & { readonly Metadata: Record<string, string> },
    signal: AbortSignal | undefined,
  ): Promise<Upload> {
    const { bucket, path, key } = place;
    const command = new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: key, ...attributes });
    const { UploadId } = await bucket.request(path, signal, (client, sending) => client.send(command, sending));
    return new Upload(place, { ...about, uploadId: UploadId ?? '' });
  }

  /** The parts that the service has, by number; `undefined` when the upload is gone. */
  async parts(signal: AbortSignal | undefined): Promise<ReadonlyMap<number, StoredPart> | undefined> {
    const parts = new Map<number, StoredPart>();
    for (let marker: string | undefined; ; ) {
      const page = await this.#listParts(marker, signal);
      if (page === undefined) return undefined;
      for (const { PartNumber = 0, ETag, Size = 0 } of page.Parts ?? []) {
        parts.set(PartNumber, { size: Size, tag: versionOfTag(ETag) });
      }
      if (page.IsTruncated !== true || page.NextPartNumberMarker === marker) return parts;
      marker = page.NextPartNumberMarker;
    }
  }

  /** @returns the part's ETag */
  async send(number: number, body: Buffer, md5: Buffer, signal: AbortSignal): Promise<string> {
    const { bucket, path } = this.#place;
    const command = new UploadPartCommand({
      ...this.#address,
      PartNumber: number,
      Body: body,
      ContentLength: body.byteLength,
      ContentMD5: md5.toString('base64'),
    });
    const { ETag } = await bucket.request(path, signal, (client, sending) => client.send(command, sending));
    return versionOfTag(ETag);
  }

  async complete(
    tags: readonly string[],
    condition: { readonly IfNoneMatch?: string; readonly IfMatch?: string },
    signal: AbortSignal | undefined,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    const { bucket, path } = this.#place;
    const Parts = tags.map((tag, index) => ({ PartNumber: index + 1, ETag: `"${tag}"` }));
    const command = new CompleteMultipartUploadCommand({ ...this.#address, MultipartUpload: { Parts }, ...condition });
    return await bucket.request(path, signal, (client, sending) => client.send(command, sending));
  }

  /** Gone already is fine. */
  async abort(signal?: AbortSignal): Promise<void> {
    const { bucket, path } = this.#place;
    const command = new AbortMultipartUploadCommand(this.#address);
    try {
      await bucket.request(path, signal, (client, sending) => client.send(command, sending));
    } catch (error) {
      if (!isSyncEngineError(error, 'not-found')) throw error;
    }
  }

  async #listParts(
    marker: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ListPartsCommandOutput | undefined> {
    const { bucket, path } = this.#place;
    const command = new ListPartsCommand({
      ...this.#address,
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    });
    try {
      return await bucket.request(path, signal, (client, sending) => client.send(command, sending));
    } catch (error) {
      // Services call it NoSuchUpload or NoSuchKey.
      if (isSyncEngineError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  get #address(): { readonly Bucket: string; readonly Key: string; readonly UploadId: string } {
    const { bucket, key } = this.#place;
    return { Bucket: bucket.name, Key: key, UploadId: this.token.uploadId };
  }
}
