import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SyncEngineError } from '@syncengine/core';
import type { S3StorageOptions, Settings } from './options.ts';

/** Milliseconds to make a connection. */
const connectionTimeout = 15_000;

/** The longest wait that a timer can have, in milliseconds: for ever, as far as anybody cares. */
const longestTimer = 2 ** 31 - 1;

/** The SDK's client as this adapter needs it. */
export function connect(options: S3StorageOptions, settings: Settings): S3Client {
  const { endpoint, credentials, profile } = options;
  const region = options.region ?? (endpoint === undefined ? undefined : 'us-east-1');
  const sockets = { keepAlive: true, maxSockets: 2 * (settings.transfersAtOnce + settings.requestsAtOnce) };
  const configuration: S3ClientConfig = {
    // Retrying is the engine's: it knows what else is under way, and slows all of it down.
    maxAttempts: 1,
    // Many services refuse what the SDK otherwise does by default: checksums behind the content, in chunks.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A redirect may come from anybody: nothing signed is sent on.
    followRegionRedirects: false,
    forcePathStyle: options.pathStyle ?? endpoint !== undefined,
    requestHandler: new NodeHttpHandler({
      connectionTimeout,
      socketTimeout: settings.idleTimeoutMs,
      // All sockets may be in use: then requests wait, which is what the limits of the engine are for.
      socketAcquisitionWarningTimeout: longestTimer,
      httpAgent: sockets,
      httpsAgent: sockets,
    }),
    ...(endpoint === undefined ? {} : { endpoint: requireAddress(endpoint) }),
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
  };
  return new S3Client(configuration);
}

/** Host and port that the client speaks to, for the id of the storage and for messages. */
export async function hostOf(client: S3Client): Promise<string> {
  const endpoint = await client.config.endpoint?.();
  if (endpoint === undefined) return 'amazonaws.com';
  return endpoint.port === undefined ? endpoint.hostname : `${endpoint.hostname}:${endpoint.port}`;
}

/** @throws SyncEngineError `invalid-options`; the address is not shown, because it may hold a password */
function requireAddress(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isAddress = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (isAddress && url.username === '' && url.password === '') return endpoint;
  const message = 'The endpoint must be an address that begins with http:// or https://, without user or password.';
  throw new SyncEngineError('invalid-options', message);
}
