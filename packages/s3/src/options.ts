import type { ObjectCannedACL, S3Client, S3ClientConfig, ServerSideEncryption, StorageClass } from '@aws-sdk/client-s3';
import { SyncEngineError } from '@syncengine/core';

export interface S3StorageOptions {
  /** The bucket. It has to exist: it is never made. */
  readonly bucket: string;
  /** The root inside the bucket, without leading or trailing slash. Default: the whole bucket. */
  readonly prefix?: string | undefined;

  /**
   * Address of the service, `http(s)://host[:port]`, without user or password. Default: Amazon's, for the region, or what the SDK's own
   * environment variables and profiles say.
   */
  readonly endpoint?: string | undefined;
  /** Default: `us-east-1` with an `endpoint`, else what the SDK's own environment variables and profiles say. */
  readonly region?: string | undefined;
  /** Buckets are addressed in the path (`host/bucket/key`), not in the host's name. Default: true with an `endpoint`, else false. */
  readonly pathStyle?: boolean | undefined;
  /** Access key, or a function that gives one. Default: the SDK's own chain (environment, profiles, roles, …). */
  readonly credentials?: S3ClientConfig['credentials'] | undefined;
  /** A profile of the shared AWS configuration files. Default: what `AWS_PROFILE` says. */
  readonly profile?: string | undefined;
  /**
   * A client that is ready for use, instead of all options above but bucket and prefix. It is not closed with the storage.
   * It should not retry by itself (`maxAttempts: 1`), because the engine does, and should compute checksums only when they
   * are required, because many services do not take them otherwise.
   */
  readonly client?: S3Client | undefined;

  /** Bytes of one part of a large upload or download; 5 MiB to 5 GiB. Files of more than 10,000 parts get larger ones. Default: 8 MiB. */
  readonly partSize?: number | undefined;
  /** Bytes from which on a file is uploaded in parts; 0 to 5 GiB. Default: 16 MiB, or the part size where that is more. */
  readonly multipartFrom?: number | undefined;
  /** Bytes from which on a copy inside the service is made in parts; 5 MiB to 5 GiB. Default: 5 GiB, which is the most that one request copies. */
  readonly copyInPartsFrom?: number | undefined;
  /**
   * Parts that are on their way at once in each direction, over all files, at least 1. So many parts of `partSize` are held in memory. Default: 8.
   */
  readonly partsAtOnce?: number | undefined;
  /** Files that are transferred at once, at least 1. Default: 16. */
  readonly transfersAtOnce?: number | undefined;
  /** Other requests at once, at least 1. Default: 32. */
  readonly requestsAtOnce?: number | undefined;
  /** Keys that one listing asks for; 1 to 1,000. Default: 1,000. */
  readonly pageSize?: number | undefined;
  /** Listings that go on at once when the whole tree is listed, at least 1. Default: 8. */
  readonly listingsAtOnce?: number | undefined;
  /** Milliseconds without a single byte after which a connection counts as dead, at least 1. Default: 60,000. */
  readonly idleTimeoutMs?: number | undefined;

  /** Of new objects. Default: the bucket's own. */
  readonly storageClass?: StorageClass | undefined;
  /** Of new objects. Default: the bucket's own. */
  readonly acl?: ObjectCannedACL | undefined;
  /** Of a new object, told by its path. Default: by the extension of its name, `application/octet-stream` where that says nothing. */
  readonly contentType?: ((path: string) => string | undefined) | undefined;
  /** Of new objects, on the server's side. Default: the bucket's own. */
  readonly encryption?: { readonly algorithm: ServerSideEncryption; readonly keyId?: string | undefined } | undefined;
  /** Of new objects. Default: none. */
  readonly tags?: Readonly<Record<string, string>> | undefined;

  /**
   * What ETags of objects that were stored in one part are. `md5`: the MD5 of their content. `opaque`: something else, as
   * where the service encrypts with keys from a key management service. Default: `opaque` when `encryption` names such a key, else `md5`.
   */
  readonly etags?: 'md5' | 'opaque' | undefined;
  /**
   * `makeDirectory` stores an empty object whose key ends with a slash, as many tools do to show empty folders. Such
   * objects of others are understood in any case. Default: false.
   */
  readonly directoryMarkers?: boolean | undefined;
  /**
   * Whether the bucket keeps old versions, so that what is replaced or removed can be brought back. Default: the service is
   * asked; where that is not permitted, false.
   */
  readonly versioned?: boolean | undefined;
}

/** The options with every default filled in. */
export interface Settings {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly keyPrefix: string;
  readonly partSize: number;
  readonly multipartFrom: number;
  readonly copyInPartsFrom: number;
  readonly partsAtOnce: number;
  readonly transfersAtOnce: number;
  readonly requestsAtOnce: number;
  readonly pageSize: number;
  readonly listingsAtOnce: number;
  readonly idleTimeoutMs: number;
  readonly etags: 'md5' | 'opaque';
  readonly directoryMarkers: boolean;
}

const mebi = 1024 * 1024;
const smallestPart = 5 * mebi;
const largestRequest = 5 * 1024 * mebi;
const atLeastOne = { least: 1, most: Number.MAX_SAFE_INTEGER };

/** @throws SyncEngineError `invalid-options` */
export function settingsOf(options: S3StorageOptions): Settings {
  const partSize = within('partSize', options.partSize ?? 8 * mebi, { least: smallestPart, most: largestRequest });
  const parts = { least: smallestPart, most: largestRequest };
  return {
    bucket: bucketOf(options.bucket),
    keyPrefix: keyPrefixOf(options.prefix ?? ''),
    partSize,
    multipartFrom: within('multipartFrom', options.multipartFrom ?? Math.max(16 * mebi, partSize), {
      least: 0,
      most: largestRequest,
    }),
    copyInPartsFrom: within('copyInPartsFrom', options.copyInPartsFrom ?? largestRequest, parts),
    partsAtOnce: within('partsAtOnce', options.partsAtOnce ?? 8, atLeastOne),
    transfersAtOnce: within('transfersAtOnce', options.transfersAtOnce ?? 16, atLeastOne),
    requestsAtOnce: within('requestsAtOnce', options.requestsAtOnce ?? 32, atLeastOne),
    pageSize: within('pageSize', options.pageSize ?? 1_000, { least: 1, most: 1_000 }),
    listingsAtOnce: within('listingsAtOnce', options.listingsAtOnce ?? 8, atLeastOne),
    idleTimeoutMs: within('idleTimeoutMs', options.idleTimeoutMs ?? 60_000, atLeastOne),
    etags: options.etags ?? (options.encryption?.algorithm.startsWith('aws:kms') === true ? 'opaque' : 'md5'),
    directoryMarkers: options.directoryMarkers ?? false,
  };
}

function within(name: string, value: number, range: { readonly least: number; readonly most: number }): number {
  if (Number.isInteger(value) && value >= range.least && value <= range.most) return value;
  const bounds = range === atLeastOne ? 'at least 1' : `from ${range.least} to ${range.most}`;
  throw new SyncEngineError('invalid-options', `${name} must be a whole number ${bounds}, not ${value}.`);
}

function bucketOf(bucket: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(bucket) && (!bucket.includes('/') || bucket.startsWith('arn:')))
    return bucket;
  throw new SyncEngineError('invalid-options', `${JSON.stringify(bucket)} is no name of a bucket.`);
}

function keyPrefixOf(prefix: string): string {
  if (prefix === '') return '';
  if (prefix.split('/').some((name) => name === '' || name === '.' || name === '..')) {
    const message = `The prefix ${JSON.stringify(prefix)} must be names joined by single slashes, none of them "." or "..".`;
    throw new SyncEngineError('invalid-options', message);
  }
  return `${prefix}/`;
}
