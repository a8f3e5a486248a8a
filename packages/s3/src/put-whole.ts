import { hash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type FileEntry, PromisedHashes, wholeOf } from '@syncengine/core';
import { conditionOf } from './conditions.ts';
import { versionOfTag } from './entries.ts';
import { metadataHeaders } from './metadata.ts';
import { type Attributes, metadataOf } from './new-object.ts';
import { commit, requireStanding, stored, type WriteRequest } from './writing.ts';

/** The SDK asks whether larger content is wanted before it sends it; smaller goes the short way. Bytes. */
const shortWay = 1024 * 1024;

/** Stores a small object in one request. The service checks by the MD5 that it got what was sent. */
export async function putWhole(request: WriteRequest): Promise<FileEntry> {
  const { bucket, settings, path, key, options, modifiedAt, attributes } = request;
  const body = await collect(request);
  const md5 = Buffer.from(hash('md5', body, 'hex'), 'hex');
  const condition = conditionOf(options.expected, request.conditions);
  if (Object.keys(condition).length === 0) await requireStanding(request);
  const metadata = metadataOf(modifiedAt, settings.etags === 'opaque' ? md5.toString('hex') : undefined);
  const about = { ContentMD5: md5.toString('base64'), ...attributes, ...condition };
  const tag = await commit(request, () =>
    bucket.request(path, options.signal, async (client, sending) => {
      const { direct } = bucket;
      if (direct !== undefined && body.byteLength <= shortWay) {
        return (await direct.put(key, body, { ...headersOf(about), ...metadataHeaders(metadata) }, sending))['etag'];
      }
      const place = { Bucket: bucket.name, Key: key, Body: body, ContentLength: body.byteLength };
      return (await client.send(new PutObjectCommand({ ...place, ...about, Metadata: metadata }), sending)).ETag;
    }),
  );
  const version = versionOfTag(tag);
  if (version === '') return await stored(request);
  return { kind: 'file', path, version, size: body.byteLength, modifiedAt, hashes: { md5: md5.toString('hex') } };
}

/** The headers that say what the SDK has a name for. */
const headerNames: Readonly<Record<string, string>> = {
  ContentMD5: 'content-md5',
  ContentType: 'content-type',
  StorageClass: 'x-amz-storage-class',
  ACL: 'x-amz-acl',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
  Tagging: 'x-amz-tagging',
  IfMatch: 'if-match',
  IfNoneMatch: 'if-none-match',
} satisfies Record<keyof About, string>;

type About = Required<Attributes> & { ContentMD5: string; IfMatch: string; IfNoneMatch: string };

function headersOf(about: Partial<About>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(about))
    if (value !== undefined) headers[headerNames[name] ?? name] = value;
  return headers;
}

/** The whole content, refused when it is not what was promised. */
async function collect({ path, content, options }: WriteRequest): Promise<Buffer> {
  const bytes = await wholeOf(content, path, options.signal);
  const promised = new PromisedHashes(options.hashes);
  promised.update(bytes);
  promised.require(path);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
