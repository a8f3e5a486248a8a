import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import mime from 'mime';
import { hashMetadata, timeMetadata } from './metadata.ts';
import type { S3StorageOptions } from './options.ts';

/** What every new object of a client is given, besides its content. */
export type Attributes = Pick<
  PutObjectCommandInput,
  'ContentType' | 'StorageClass' | 'ACL' | 'ServerSideEncryption' | 'SSEKMSKeyId' | 'Tagging'
>;

export function attributesOf(path: string, options: S3StorageOptions): Attributes {
  const { storageClass, acl, encryption, tags } = options;
  const contentType = options.contentType === undefined ? mime.getType(path) : options.contentType(path);
  return {
    ContentType: contentType ?? 'application/octet-stream',
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
    ...(acl === undefined ? {} : { ACL: acl }),
    ...(encryption === undefined ? {} : { ServerSideEncryption: encryption.algorithm }),
    ...(encryption?.keyId === undefined ? {} : { SSEKMSKeyId: encryption.keyId }),
    ...(tags === undefined ? {} : { Tagging: encoded(tags) }),
  };
}

/** Not as forms are encoded: some services take a plus sign for one. */
function encoded(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&');
}

/** @param md5 in hexadecimal, where the ETag will not tell it */
export function metadataOf(modifiedAt: number, md5: string | undefined): Record<string, string> {
  return { ...timeMetadata(modifiedAt), ...(md5 === undefined ? {} : hashMetadata(md5)) };
}
