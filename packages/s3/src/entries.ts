import type { _Object, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Entry, FileEntry, Hashes } from '@syncengine/core';
import { asStored, hashIn, timeIn } from './metadata.ts';

/** An ETag without what surrounds it: services differ in whether they quote, and some want none in conditions. */
export function versionOfTag(tag: string | undefined): string {
  return (tag ?? '').replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
}

/** Only objects that were stored in one part have an ETag that is the MD5 of their content. */
function md5Of(version: string): Hashes | undefined {
  return /^[0-9a-f]{32}$/.test(version) ? { md5: version } : undefined;
}

/**
 * What a listing tells of an object. It tells no modification time: the one that counts is in the object's metadata. What
 * it tells instead is when the object was stored.
 */
export function listedEntry(path: string, object: _Object, etags: 'md5' | 'opaque'): Entry {
  // An empty object whose key ends with a slash is how many tools show a folder.
  if (path.endsWith('/') && (object.Size ?? 0) === 0) return { kind: 'directory', path: path.slice(0, -1) };
  const version = versionOfTag(object.ETag);
  const hashes = etags === 'md5' ? md5Of(version) : undefined;
  return { kind: 'file', path, version, size: object.Size ?? 0, ...(hashes === undefined ? {} : { hashes }) };
}

/** The time that an object was given; without one, when it was stored. Milliseconds since the epoch. */
export function timeOf(answer: Pick<HeadObjectCommandOutput, 'Metadata' | 'LastModified'>): number {
  return timeIn(answer.Metadata) ?? asStored(answer.LastModified?.getTime() ?? 0);
}

/** What a HEAD tells of an object. */
export function headEntry(path: string, head: HeadObjectCommandOutput, etags: 'md5' | 'opaque'): FileEntry {
  const version = versionOfTag(head.ETag);
  const modifiedAt = timeOf(head);
  const hashes = headHashes(version, head, etags);
  return {
    kind: 'file',
    path,
    version,
    size: head.ContentLength ?? 0,
    modifiedAt,
    ...(Object.keys(hashes).length === 0 ? {} : { hashes }),
  };
}

function headHashes(version: string, head: HeadObjectCommandOutput, etags: 'md5' | 'opaque'): Hashes {
  const isEncrypted =
    head.ServerSideEncryption?.startsWith('aws:kms') === true || head.SSECustomerAlgorithm !== undefined;
  const md5 = (etags === 'md5' && !isEncrypted ? md5Of(version)?.md5 : undefined) ?? hashIn(head.Metadata);
  const sha256 = checksum(head, head.ChecksumSHA256);
  const sha1 = checksum(head, head.ChecksumSHA1);
  const crc32 = checksum(head, head.ChecksumCRC32);
  return {
    ...(md5 === undefined ? {} : { md5 }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(sha1 === undefined ? {} : { sha1 }),
    ...(crc32 === undefined ? {} : { crc32 }),
  };
}

/** The checksum of a whole object in hexadecimal; those of several parts are checksums of checksums. */
function checksum(head: HeadObjectCommandOutput, base64: string | undefined): string | undefined {
  if (base64 === undefined || base64.includes('-') || head.ChecksumType === 'COMPOSITE') return undefined;
  return Buffer.from(base64, 'base64').toString('hex');
}
