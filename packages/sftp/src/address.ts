import { SyncEngineError } from '@syncengine/core';
import type { SftpStorageOptions } from './options.ts';
import { SftpStorageClient } from './sftp-storage-client.ts';

/** What the command hands to an adapter, as far as this one looks at it. */
export interface SftpEnvironment {
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const parameters = ['identity', 'host-keys', 'fingerprint', 'connections'];

/**
 * The client for `sftp://user@host:port/folder`. The folder is absolute; `/~/folder` is one below the home folder. After a
 * `?` may stand `identity` (a private key file), `host-keys=accept-new`, `fingerprint` and `connections`.
 *
 * Secrets come from the environment: `SYNCENGINE_SFTP_PASSWORD`, `SYNCENGINE_SFTP_PASSPHRASE`.
 *
 * @throws SyncEngineError `invalid-options`, and as `SftpStorageClient.connect`
 */
export function createStorageClient(url: URL, environment: SftpEnvironment): Promise<SftpStorageClient> {
  return SftpStorageClient.connect(optionsOf(url, environment));
}

/** @throws SyncEngineError `invalid-options` */
export function optionsOf(url: URL, { env }: SftpEnvironment): SftpStorageOptions {
  if (url.password !== '') {
    throw invalid(
      'An address must not hold a password, because others can see it; set SYNCENGINE_SFTP_PASSWORD, or use a key.',
    );
  }
  if (url.hostname === '') throw invalid('An sftp:// address needs a host, as in sftp://user@host/folder.');
  for (const name of url.searchParams.keys()) {
    if (!parameters.includes(name)) {
      throw invalid(`${name} is no parameter of an sftp:// address; there are ${parameters.join(', ')}.`);
    }
  }
  const hostKeys = url.searchParams.get('host-keys') ?? 'known';
  if (hostKeys !== 'known' && hostKeys !== 'accept-new') {
    throw invalid(`host-keys is known or accept-new, not ${JSON.stringify(hostKeys)}.`);
  }
  const connections = url.searchParams.get('connections') ?? undefined;
  if (connections !== undefined && !/^[1-9]\d?$/.test(connections)) {
    throw invalid(`connections is a number of at least 1, not ${JSON.stringify(connections)}.`);
  }
  return {
    host: decoded(url.hostname).replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? undefined : Number(url.port),
    user: url.username === '' ? undefined : decoded(url.username),
    path: decoded(url.pathname).replace(/^\/~(?:\/|$)/, ''),
    password: env['SYNCENGINE_SFTP_PASSWORD'],
    passphrase: env['SYNCENGINE_SFTP_PASSPHRASE'],
    privateKeyFile: url.searchParams.get('identity') ?? undefined,
    fingerprint: url.searchParams.get('fingerprint')?.replaceAll(' ', '+'),
    hostKeys,
    connections: connections === undefined ? undefined : Number(connections),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw malformed(text, error);
  }
}

function malformed(text: string, cause: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `${JSON.stringify(text)} has a % that begins no character.`, { cause });
}

function invalid(message: string): SyncEngineError {
  return new SyncEngineError('invalid-options', message);
}
