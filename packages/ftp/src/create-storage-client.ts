import { SyncEngineError } from '@syncengine/core';
import { FtpStorageClient } from './ftp-storage-client.ts';
import { type FtpSecurity, type FtpStorageOptions, readCertificates } from './options.ts';

/** What is read of the world around the command. */
export interface FtpEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
}

const parameters = ['tls', 'connections', 'timeout', 'pipelining'];

/**
 * The client for an address: `ftp://user@host:port/path`, or `ftps://…` for TLS, which is explicit unless the port is 990.
 * The path is the server's own; `/~/path` lies below the folder in which the user arrives. After a question mark there may
 * be `tls` (`explicit`, `implicit`, `none`), `connections` (a number), `timeout` (seconds) and `pipelining` (`on`, `off`).
 *
 * From the environment come `SYNCENGINE_FTP_PASSWORD`, `SYNCENGINE_FTP_CA` (a file with the certificates to trust) and
 * `SYNCENGINE_FTP_FINGERPRINT` (of the server's certificate).
 *
 * @throws SyncEngineError `invalid-options`; whatever connecting throws
 */
export async function createStorageClient(url: URL, environment: FtpEnvironment): Promise<FtpStorageClient> {
  return FtpStorageClient.open(optionsOf(url, environment));
}

/** The options that an address and the environment stand for. */
export function optionsOf(url: URL, { env }: FtpEnvironment): FtpStorageOptions {
  if (url.password !== '') throw invalid('a password does not belong into it; put it into SYNCENGINE_FTP_PASSWORD');
  if (url.hostname === '') throw invalid('it names no host');
  if (url.hash !== '') throw invalid('write # in a path as %23');
  const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name));
  if (unknown !== undefined) throw invalid(`${unknown} is no setting; there are ${parameters.join(', ')}`);
  const port = url.port === '' ? undefined : Number(url.port);
  const authority = env['SYNCENGINE_FTP_CA'];
  try {
    return {
      // An IPv6 address stands in brackets.
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      user: url.username === '' ? undefined : decodeURIComponent(url.username),
      password: env['SYNCENGINE_FTP_PASSWORD'],
      path: url.pathname === '' ? undefined : decodeURIComponent(url.pathname),
      security: securityOf(url, port),
      certificateAuthority: authority === undefined ? undefined : readCertificates(authority),
      fingerprint: env['SYNCENGINE_FTP_FINGERPRINT'],
      connections: numberOf(url, 'connections', 1),
      timeoutMs: numberOf(url, 'timeout', 1_000),
      pipelining: { on: true, off: false }[oneOf(url, 'pipelining', ['on', 'off']) ?? 'on'],
    };
  } catch (error) {
    if (error instanceof URIError) throw invalid('it has a % that begins no escape; write %25', error);
    throw error;
  }
}

function securityOf(url: URL, port: number | undefined): FtpSecurity {
  const asked = oneOf(url, 'tls', ['explicit', 'implicit', 'none']);
  if (asked !== undefined) {
    if (asked === 'none' && url.protocol === 'ftps:') throw invalid('ftps:// means TLS; without TLS write ftp://');
    return asked;
  }
  if (url.protocol !== 'ftps:') return 'none';
  return port === 990 ? 'implicit' : 'explicit';
}

function oneOf<Word extends string>(url: URL, name: string, words: readonly Word[]): Word | undefined {
  const value = url.searchParams.get(name);
  if (value === null) return undefined;
  const word = words.find((each) => each === value);
  if (word === undefined) throw invalid(`${name} is ${words.join(' or ')}`);
  return word;
}

function numberOf(url: URL, name: string, factor: number): number | undefined {
  const value = url.searchParams.get(name);
  if (value === null) return undefined;
  if (!/^[1-9][0-9]{0,5}$/.test(value)) throw invalid(`${name} is a whole number of 1 or more`);
  return Number(value) * factor;
}

/** The address itself is not repeated: it may hold a password. */
function invalid(reason: string, cause?: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `The address of the FTP server cannot be used: ${reason}.`, { cause });
}
