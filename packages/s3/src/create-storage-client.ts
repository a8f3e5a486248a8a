import { SyncEngineError } from '@syncengine/core';
import type { S3StorageOptions } from './options.ts';
import { S3StorageClient } from './s3-storage-client.ts';

/** What the command hands to an adapter, as far as this one looks at it. */
export interface S3Environment {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const settings = [
  'endpoint',
  'region',
  'path-style',
  'profile',
  'storage-class',
  'part-size',
  'directory-markers',
  'etags',
];

/**
 * The client for `s3://bucket/prefix`. After a `?` may stand `endpoint`, `region`, `path-style` (`true`, `false`), `profile`,
 * `storage-class`, `part-size` (MiB), `directory-markers` (`true`, `false`) and `etags` (`md5`, `opaque`).
 *
 * Credentials, and what the address leaves open, come from where every AWS tool looks for them: `AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE` and the shared files, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`, and so on.
 *
 * @throws SyncEngineError `invalid-options`, and as `S3StorageClient.open`
 */
export async function createStorageClient(url: URL, environment: S3Environment): Promise<S3StorageClient> {
  // The SDK warns about its own plans for old versions of Node: nobody who runs the command can do anything about it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return await S3StorageClient.open(optionsOf(url, environment));
}

/** @throws SyncEngineError `invalid-options` */
export function optionsOf(url: URL, { env }: S3Environment): S3StorageOptions {
  if (url.username !== '' || url.password !== '') {
    throw invalid(
      'it must not hold keys, because others can see it; put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  }
  if (url.hash !== '') throw invalid('write # in a key as %23');
  const unknown = [...url.searchParams.keys()].find((name) => !settings.includes(name));
  if (unknown !== undefined) throw invalid(`${unknown} is no setting; there are ${settings.join(', ')}`);
  const said = (name: string): string | undefined => url.searchParams.get(name) ?? undefined;
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const profile = said('profile');
  const hasKeys = profile === undefined && accessKeyId !== undefined && secretAccessKey !== undefined;
  return {
    bucket: decoded(url.host),
    prefix: decoded(url.pathname).replace(/^\/+|\/+$/g, ''),
    endpoint: said('endpoint') ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'],
    region: said('region') ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'],
    pathStyle: oneOf(said('path-style'), 'path-style', { true: true, false: false }),
    profile,
    credentials: hasKeys ? { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } : undefined,
    storageClass: storageClassOf(said('storage-class')),
    partSize: mebibytes(said('part-size')),
    directoryMarkers: oneOf(said('directory-markers'), 'directory-markers', { true: true, false: false }),
    etags: oneOf(said('etags'), 'etags', { md5: 'md5', opaque: 'opaque' } as const),
  };
}

function oneOf<Value>(
  text: string | undefined,
  name: string,
  values: Readonly<Record<string, Value>>,
): Value | undefined {
  if (text === undefined) return undefined;
  const value = Object.entries(values).find(([word]) => word === text);
  if (value === undefined) throw invalid(`${name} is ${Object.keys(values).join(' or ')}, not ${JSON.stringify(text)}`);
  return value[1];
}

function storageClassOf(text: string | undefined): S3StorageOptions['storageClass'] {
  if (text === undefined) return undefined;
  if (!/^[A-Z][A-Z0-9_]*$/.test(text))
    throw invalid(`storage-class is a word such as STANDARD_IA, not ${JSON.stringify(text)}`);
  // Services have classes of their own, which the SDK's list does not know; it passes on any.
  return text as NonNullable<S3StorageOptions['storageClass']>;
}

function mebibytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,4}$/.test(text)) throw invalid(`part-size is a number of MiB, not ${JSON.stringify(text)}`);
  return Number(text) * 1024 * 1024;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) throw invalid('it has a % that begins no escape; write %25', error);
    throw error;
  }
}

function invalid(message: string, cause?: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `The s3:// address cannot be used: ${message}.`, { cause });
}
