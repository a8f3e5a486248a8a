import {
  CopyObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type FileEntry, storageFailure, type Version } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { versionOfTag } from './entries.ts';
import { copySource } from './keys.ts';
import { timeIn, timeMetadata } from './metadata.ts';
import { type Attributes, metadataOf } from './new-object.ts';
import { takePlace } from './place.ts';
import { Upload } from './upload.ts';
import { commit, requireStanding, stored, type WriteRequest } from './writing.ts';

interface CopyOrigin {
  readonly bucket: Bucket;
  readonly path: string;
  readonly key: string;
  /** What it has to be. */
  readonly entry: FileEntry;
}

export type CopyRequest = Omit<WriteRequest, 'content'> & { readonly origin: CopyOrigin };

const mebi = 1024 * 1024;

/** Copies of parts cost the service little, so they are large. Bytes. */
const copiedPart = 256 * mebi;

/** The service takes no more parts of one object. */
const mostParts = 10_000;

/**
 * Copies an object inside the service. Whatever the service checks of it: the origin is looked at before and, where the
 * copy's ETag does not prove it, after.
 */
export async function copyObject(request: CopyRequest): Promise<FileEntry> {
  const { origin, settings } = request;
  const head = await headOf(request);
  await requireStanding(request);
  const version =
    origin.entry.size < settings.copyInPartsFrom ? await copyAtOnce(request, head) : await copyInParts(request, head);
  // A copy in one piece keeps the ETag of an original in one piece.
  if (version !== origin.entry.version && versionOfTag((await headOf(request)).ETag) !== origin.entry.version) {
    throw storageFailure('source-changed', origin.path);
  }
  return await stored(request);
}

/** @throws SyncEngineError `precondition-failed` when another version stands there */
async function headOf({ origin, options }: CopyRequest): Promise<HeadObjectCommandOutput> {
  const { bucket, path, key, entry } = origin;
  const command = new HeadObjectCommand({ Bucket: bucket.name, Key: key });
  const head = await bucket.request(path, options.signal, (client, sending) => client.send(command, sending));
  if (versionOfTag(head.ETag) === entry.version) return head;
  throw storageFailure('precondition-failed', path);
}

async function copyAtOnce(request: CopyRequest, head: HeadObjectCommandOutput): Promise<Version> {
  const { bucket, path, key, origin, options, modifiedAt } = request;
  // An object without a time of its own has the one at which it was stored, which a copy would not keep.
  const keepsTime = timeIn(head.Metadata) === modifiedAt;
  const command = new CopyObjectCommand({
    ...withoutType(request.attributes),
    Bucket: bucket.name,
    Key: key,
    CopySource: copySource(origin.bucket.name, origin.key),
    CopySourceIfMatch: `"${origin.entry.version}"`,
    MetadataDirective: keepsTime ? 'COPY' : 'REPLACE',
    ...(keepsTime ? {} : { ...headersOf(head), Metadata: { ...ascii(head.Metadata), ...timeMetadata(modifiedAt) } }),
  });
  const answer = await commit({ path, options: { ...options, expected: undefined } }, () =>
    bucket.request(path, options.signal, (client, sending) => client.send(command, sending)),
  );
  return versionOfTag(answer.CopyObjectResult?.ETag);
}

async function copyInParts(request: CopyRequest, head: HeadObjectCommandOutput): Promise<Version> {
  const { origin, options, modifiedAt, attributes, settings, parts } = request;
  const { size, hashes } = origin.entry;
  const partSize = Math.max(Math.min(copiedPart, settings.copyInPartsFrom), Math.ceil(size / mostParts / mebi) * mebi);
  const Metadata = { ...ascii(head.Metadata), ...metadataOf(modifiedAt, hashes?.md5) };
  const about = { partSize, modifiedAt, md5: hashes?.md5 };
  const upload = await Upload.create(request, about, { ...attributes, ...headersOf(head), Metadata }, options.signal);
  try {
    const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize);
    const copies = starts.map(async (start, index) => {
      const leave = await takePlace(parts, options.signal);
      try {
        return await copyPart(request, upload, index + 1, { start, end: Math.min(size, start + partSize) });
      } finally {
        leave();
      }
    });
    const settled = await Promise.allSettled(copies);
    const failed = settled.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const tags = await Promise.all(copies);
    await requireStanding(request);
    const answer = await upload.complete(tags, {}, options.signal);
    return versionOfTag(answer.ETag);
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

async function copyPart(
  { bucket, path, key, origin, options }: CopyRequest,
  upload: Upload,
  number: number,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<string> {
  const command = new UploadPartCopyCommand({
    Bucket: bucket.name,
    Key: key,
    UploadId: upload.token.uploadId,
    PartNumber: number,
    CopySource: copySource(origin.bucket.name, origin.key),
    CopySourceIfMatch: `"${origin.entry.version}"`,
    CopySourceRange: `bytes=${start}-${end - 1}`,
  });
  const answer = await bucket.request(path, options.signal, (client, sending) => client.send(command, sending));
  return versionOfTag(answer.CopyPartResult?.ETag);
}

/** Services mangle what is not ASCII in different ways: it is escaped. Headers come as bytes, one to a character. */
function ascii(metadata: Readonly<Record<string, string>> = {}): Record<string, string> {
  const escaped = (text: string): string =>
    Buffer.from(text, 'latin1')
      .toString('utf8')
      .replace(/[^\x20-\x7e]+/g, encodeURIComponent);
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, escaped(value)]));
}

/** What describes the content, as the original has it. */
function headersOf(head: HeadObjectCommandOutput): Attributes {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType } = head;
  return Object.fromEntries(
    Object.entries({ CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function withoutType({ ContentType: _, ...attributes }: Attributes): Attributes {
  return attributes;
}
