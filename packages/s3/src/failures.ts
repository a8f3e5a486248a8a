import { type ErrorCode, quotedPath, type RetryAdvice, SyncEngineError } from '@syncengine/core';

/** Where a request went, for messages. */
export interface Place {
  readonly bucket: string;
  /** Host and port of the service. */
  readonly host: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly retry?: RetryAdvice;
  /** Ends the sentence "<path> in the bucket <bucket>: …". */
  readonly message: string;
}

const clock: Meaning = {
  code: 'permission-denied',
  message: 'the clock of this machine differs too much from the one of the service; set it right',
};
const expired: Meaning = {
  code: 'permission-denied',
  message: 'the credentials have expired; get new ones, and run again',
};
const refused: Meaning = {
  code: 'permission-denied',
  message:
    'the service does not accept the credentials: access key and secret do not belong together, or are those of another service',
};
const denied: Meaning = {
  code: 'permission-denied',
  message: 'access was denied; these credentials lack the rights for it',
};
const throttled: Meaning = { code: 'throttled', retry: 'yes', message: 'the service asks for fewer requests' };
const passing: Meaning = { code: 'storage-failure', retry: 'yes', message: 'the service failed' };
const full: Meaning = { code: 'no-space', message: 'the quota or the space of the service is used up' };
const damaged: Meaning = {
  code: 'content-mismatch',
  retry: 'yes',
  message: 'the content was damaged on its way; nothing was stored',
};
const interrupted: Meaning = { code: 'connection', retry: 'yes', message: 'the connection broke' };
const silent: Meaning = { code: 'timeout', retry: 'yes', message: 'nothing was heard from the service for too long' };
const untrusted: Meaning = {
  code: 'connection',
  message:
    'its certificate is not to be trusted; nothing was sent. NODE_EXTRA_CA_CERTS names a file with more authorities',
};
const archived: Meaning = {
  code: 'unreadable',
  message: 'the object lies in an archive and has to be restored before it can be read',
};
const unable: Meaning = { code: 'unsupported', message: 'the service cannot do this' };

const withoutRegion: Meaning = {
  code: 'invalid-options',
  message: 'no region is set; give one, as region or in AWS_REGION, or the endpoint of a service that needs none',
};

/** By what the services call them, and by what Node calls broken connections. */
const meanings: Readonly<Record<string, Meaning>> = {
  RequestTimeTooSkewed: clock,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  InvalidToken: expired,
  InvalidAccessKeyId: refused,
  SignatureDoesNotMatch: refused,
  InvalidSecurity: refused,
  AccessDenied: denied,
  AllAccessDisabled: denied,
  AccountProblem: denied,
  CredentialsProviderError: {
    code: 'permission-denied',
    message:
      'no credentials were found; give an access key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile',
  },
  SlowDown: throttled,
  Throttling: throttled,
  ThrottlingException: throttled,
  TooManyRequests: throttled,
  RequestLimitExceeded: throttled,
  BandwidthLimitExceeded: throttled,
  InternalError: passing,
  ServiceUnavailable: passing,
  OperationAborted: passing,
  ConditionalRequestConflict: passing,
  RequestTimeout: silent,
  TimeoutError: silent,
  ETIMEDOUT: silent,
  QuotaExceeded: full,
  InsufficientStorage: full,
  XMinioStorageFull: full,
  BadDigest: damaged,
  InvalidDigest: damaged,
  XAmzContentSHA256Mismatch: damaged,
  IncompleteBody: interrupted,
  ECONNRESET: interrupted,
  ECONNREFUSED: { ...interrupted, message: 'nobody answers at this address' },
  ECONNABORTED: interrupted,
  EPIPE: interrupted,
  ENETDOWN: interrupted,
  ENETUNREACH: interrupted,
  EHOSTUNREACH: interrupted,
  ENOTFOUND: { ...interrupted, message: 'the host is not known; is the endpoint right, and the network there' },
  EAI_AGAIN: { ...interrupted, message: 'the name of the host cannot be looked up' },
  ERR_STREAM_PREMATURE_CLOSE: interrupted,
  CERT_HAS_EXPIRED: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: untrusted,
  InvalidObjectState: archived,
  NotImplemented: unable,
  MissingContentLength: unable,
  MethodNotAllowed: unable,
  EntityTooLarge: { code: 'unsupported', message: 'the object is larger than the service takes' },
  KeyTooLongError: { code: 'unsupported-name', message: 'the path is longer than the service can hold' },
  InvalidBucketName: { code: 'invalid-options', message: 'that is no name of a bucket' },
  NoSuchKey: { code: 'not-found', message: 'there is no such object' },
  NotFound: { code: 'not-found', message: 'there is no such object' },
  NoSuchUpload: { code: 'not-found', message: 'there is no such upload' },
  PreconditionFailed: {
    code: 'precondition-failed',
    message: 'it is no longer what it was when the run looked; the next run looks again',
  },
};

/** Where the names say nothing: HEAD has no body, and a proxy answers in words of its own. */
const byStatus: Readonly<Record<number, Meaning>> = {
  401: refused,
  403: denied,
  405: unable,
  408: silent,
  409: passing,
  411: unable,
  413: { code: 'unsupported', message: 'the object is larger than the service takes' },
  429: throttled,
  501: unable,
  503: throttled,
  507: full,
};

/** The bucket is in another region. Requests are never sent on: the answer may come from anybody, and the signature is for one host. */
const elsewhere = new Set([
  'PermanentRedirect',
  'Redirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);

/** What the SDK or the network threw, in the engine's words. */
export function failureOf(error: unknown, path: string, place: Place): SyncEngineError {
  if (error instanceof SyncEngineError) return error;
  const status = statusOf(error);
  const names = namesOf(error);
  if (names.includes('NoSuchBucket')) return noSuchBucket(place, error);
  if (names.some((name) => elsewhere.has(name)) || isRedirect(error, status)) return inAnotherRegion(error, place);
  const meaning =
    names.map((name) => meaningOf(name)).find((known) => known !== undefined) ??
    byStatus[status] ??
    byRest(error, status);
  const where = path === '' ? `The bucket ${place.bucket}` : `${quotedPath(path)} in the bucket ${place.bucket}`;
  const words = [names[0] ?? '', status > 0 ? String(status) : ''].filter((word) => word !== '');
  const said = isTold(meaning) || words.length === 0 ? '' : ` (${words.join(' ')})`;
  const retry = meaning.code === 'throttled' ? (waitOf(error) ?? 'yes') : (meaning.retry ?? 'no');
  const message = `${where} at ${place.host}: ${meaning.message}${said}.`;
  return new SyncEngineError(meaning.code, message, { cause: error, path, retry });
}

/** HTTP status of the answer; 0 when there was none. */
export function statusOf(error: unknown): number {
  const status = field(field(error instanceof SyncEngineError ? error.cause : error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : 0;
}

function noSuchBucket({ bucket, host }: Place, cause: unknown): SyncEngineError {
  const message = `There is no bucket ${bucket} at ${host}. Check its name and the endpoint, or make the bucket.`;
  return new SyncEngineError('root-missing', message, { cause, path: '' });
}

/** The answer to a HEAD has no body: all that it says of the region is a header. */
function isRedirect(error: unknown, status: number): boolean {
  if (status === 400) return regionIn(error) !== undefined;
  return status >= 300 && status < 400 && status !== 304;
}

function regionIn(error: unknown): string | undefined {
  const region = field(field(field(error, '$response'), 'headers'), 'x-amz-bucket-region') ?? field(error, 'Region');
  return typeof region === 'string' && /^[a-z0-9-]{1,40}$/.test(region) ? region : undefined;
}

function inAnotherRegion(error: unknown, { bucket, host }: Place): SyncEngineError {
  const region = regionIn(error);
  const hint = region !== undefined ? `it is in ${region}; set the region to that` : 'set its region or its endpoint';
  const message = `The bucket ${bucket} is not served by ${host} with this region: ${hint}. Nothing was sent anywhere else.`;
  return new SyncEngineError('invalid-options', message, { cause: error, path: '' });
}

function meaningOf(name: string): Meaning | undefined {
  return Object.hasOwn(meanings, name) ? meanings[name] : undefined;
}

/** An answer that nobody has a word for. One that makes no sense may be a proxy's, and the next one may be right. */
function byRest(error: unknown, status: number): Meaning {
  if (status >= 500) return passing;
  if (status >= 400) return { code: 'storage-failure', message: 'the service refused the request' };
  const text = error instanceof Error ? error.message : String(error);
  if (text.startsWith('Region is missing')) return withoutRegion;
  return {
    code: 'storage-failure',
    retry: 'yes',
    message: `the answer is none that a service of this kind gives: ${firstLine(text)}`,
  };
}

/** True where the message says all that the service's own word does. */
function isTold(meaning: Meaning): boolean {
  return meaning.code === 'not-found' || meaning.code === 'precondition-failed' || meaning === clock;
}

function namesOf(error: unknown): readonly string[] {
  // The SDK calls every broken connection a TimeoutError: Node's own word comes first.
  const names = [
    field(error, 'Code'),
    field(error, 'code'),
    field(field(error, 'cause'), 'code'),
    field(error, 'name'),
  ];
  return names.filter((name): name is string => typeof name === 'string' && name !== 'Error' && /^\w+$/.test(name));
}

function waitOf(error: unknown): RetryAdvice | undefined {
  const seconds = Number(field(field(field(error, '$response'), 'headers'), 'retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? { afterMs: Math.min(seconds, 300) * 1_000 } : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
