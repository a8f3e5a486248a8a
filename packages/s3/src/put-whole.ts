import { createHash } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { exactly, type FileEntry, PromisedHashes } from '@syncengine/core';
import { conditionOf } from './conditions.ts';
import { versionOfTag } from './entries.ts';
import { metadataOf } from './new-object.ts';
import { commit, requireStanding, stored, type WriteRequest } from './writing.ts';

/** Stores a small object in one request. The service checks by the MD5 that it got what was sent. */
export async function putWhole(request: WriteRequest): Promise<FileEntry> {
  const { bucket, settings, path, key, options, modifiedAt, attributes } = request;
  const body = await collect(request);
  const md5 = createHash('md5').update(body).digest();
  const condition = conditionOf(options.expected, request.conditions);
  if (Object.keys(condition).length === 0) await requireStanding(request);
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: key,
    Body: body,
    ContentLength: body.byteLength,
    ContentMD5: md5.toString('base64'),
    Metadata: metadataOf(modifiedAt, settings.etags === 'opaque' ? md5.toString('hex') : undefined),
    ...attributes,
    ...condition,
  });
  const answer = await commit(request, () =>
    bucket.request(path, options.signal, (client, sending) => client.send(command, sending)),
  );
  const version = versionOfTag(answer.ETag);
  if (version === '') return await stored(request);
  return { kind: 'file', path, version, size: body.byteLength, modifiedAt, hashes: { md5: md5.toString('hex') } };
}

/** The whole content, refused when it is not what was promised. */
async function collect({ path, content, options }: WriteRequest): Promise<Buffer> {
  const body = Buffer.allocUnsafe(content.size);
  const promised = new PromisedHashes(options.hashes);
  let filled = 0;
  for await (const chunk of exactly(content, path, options.signal)) {
    body.set(chunk, filled);
    filled += chunk.byteLength;
    promised.update(chunk);
  }
  promised.require(path);
  return body;
}
