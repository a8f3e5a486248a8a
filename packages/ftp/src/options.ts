import { readFileSync } from 'node:fs';
import { type Clock, SyncEngineError, systemClock } from '@syncengine/core';

/** How the connections are protected. */
export type FtpSecurity =
  /** TLS that is asked for after connecting (`AUTH TLS`). */
  | 'explicit'
  /** TLS from the first byte, on a port of its own. */
  | 'implicit'
  /** Everything passes in the clear, the password too. */
  | 'none';

export interface FtpStorageOptions {
  /** Name or address of the server. */
  readonly host: string;
  /** Minimum: 1. Default: 990 with implicit TLS, else 21. */
  readonly port?: number | undefined;
  /** Default: `anonymous`. */
  readonly user?: string | undefined;
  /** Default: `anonymous@`. */
  readonly password?: string | undefined;
  /**
   * The folder on the server: `/folder` as the server names it, `/~/folder` below the folder in which the user arrives.
   * Default: `/~`, that folder itself.
   */
  readonly path?: string | undefined;
  /** Default: `explicit`. */
  readonly security?: FtpSecurity | undefined;
  /** Certificates, in PEM form, that are trusted besides nobody else. Default: the authorities that Node.js trusts. */
  readonly certificateAuthority?: string | undefined;
  /**
   * The SHA-256 fingerprint of the server's own certificate: 64 hexadecimal digits, with or without colons. Then this
   * certificate is accepted, whoever signed it, and no other. Default: the certificate is verified by its authority and name.
   */
  readonly fingerprint?: string | undefined;
  /**
   * How many connections may be open at once; each does one thing at a time. Where the server allows fewer, fewer are used.
   * Minimum: 1. Default: 8.
   */
  readonly connections?: number | undefined;
  /**
   * Milliseconds after which a server that says nothing and takes nothing is given up. Minimum: 1. Default: 30,000.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Sends commands that do not depend on each other together, without waiting for each answer. Switch it off for servers or
   * firewalls that cannot take that. Default: true.
   */
  readonly pipelining?: boolean | undefined;
  /** The server distinguishes `A` from `a`. Default: true, unless the server says that it is a Windows. */
  readonly caseSensitive?: boolean | undefined;
  /** Tells the age of what was left behind. Default: the system clock. */
  readonly clock?: Clock | undefined;
}

/** Options with every default filled in. */
export interface FtpSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly path: string;
  readonly security: FtpSecurity;
  readonly certificateAuthority: string | undefined;
  readonly fingerprint: string | undefined;
  readonly connections: number;
  readonly timeoutMs: number;
  readonly pipelining: boolean;
  readonly caseSensitive: boolean | undefined;
  readonly clock: Clock;
}

/** @throws TypeError for an option that has no meaning */
export function settingsOf(options: FtpStorageOptions): FtpSettings {
  const security = options.security ?? 'explicit';
  if (!['explicit', 'implicit', 'none'].includes(security)) throw new TypeError(`security cannot be ${security}.`);
  if (options.host === '') throw new TypeError('An FTP client needs the name of a host.');
  return {
    host: options.host,
    port: atLeastOne('port', options.port ?? (security === 'implicit' ? 990 : 21)),
    user: oneLine('user', options.user ?? 'anonymous'),
    password: oneLine('password', options.password ?? 'anonymous@'),
    path: pathOf(options.path ?? '/~'),
    security,
    certificateAuthority: options.certificateAuthority,
    fingerprint: options.fingerprint === undefined ? undefined : fingerprintOf(options.fingerprint),
    connections: atLeastOne('connections', options.connections ?? 8),
    timeoutMs: atLeastOne('timeoutMs', options.timeoutMs ?? 30_000),
    pipelining: options.pipelining ?? true,
    caseSensitive: options.caseSensitive,
    clock: options.clock ?? systemClock,
  };
}

/** @throws SyncEngineError `invalid-options` */
export function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadableFile(file, error);
  }
}

function unreadableFile(file: string, cause: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `The certificates in ${file} cannot be read.`, { cause });
}

function atLeastOne(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) throw new TypeError(`${name} must be a whole number of 1 or more.`);
  return value;
}

/** What would end a command early. The value is not repeated: it may be a password. */
function oneLine(name: string, value: string): string {
  if (/[\r\n\0]/.test(value)) throw new TypeError(`${name} must not contain line breaks or NUL characters.`);
  return value;
}

function pathOf(path: string): string {
  const names = oneLine('path', path)
    .split('/')
    .filter((name) => name !== '');
  if (!path.startsWith('/') || names.includes('.') || names.includes('..')) {
    throw new TypeError('path must be an absolute path without . and .. in it.');
  }
  return `/${names.join('/')}`;
}

function fingerprintOf(text: string): string {
  const digits = text.replaceAll(':', '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digits)) throw new TypeError('fingerprint must be 64 hexadecimal digits.');
  return digits;
}
