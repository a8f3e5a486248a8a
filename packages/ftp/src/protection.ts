import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, TLSSocket } from 'node:tls';
import { SyncEngineError } from '@syncengine/core';
import type { FtpSettings } from './options.ts';

/** How TLS connections to the server are made and whom they trust. */
export function protectionOf({ host, certificateAuthority, fingerprint }: FtpSettings): ConnectionOptions {
  return {
    host,
    // An address is no server name.
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
    // A pinned certificate is compared by `requireTrusted`, whoever signed it.
    rejectUnauthorized: fingerprint === undefined,
  };
}

/**
 * Looks at the certificate once more, before anything secret is sent.
 *
 * @throws SyncEngineError `permission-denied`
 */
export function requireTrusted(socket: Socket, { host, fingerprint }: FtpSettings): void {
  if (!(socket instanceof TLSSocket)) throw untrusted(host, 'TLS was asked for but is not there');
  // A resumed session continues one whose certificate was looked at.
  if (socket.isSessionReused()) return;
  if (fingerprint === undefined) {
    if (!socket.authorized) throw untrusted(host, String(socket.authorizationError));
    return;
  }
  const found = socket.getPeerCertificate().fingerprint256?.replaceAll(':', '').toLowerCase();
  if (found !== fingerprint) {
    throw untrusted(host, `its certificate has the fingerprint ${found ?? '(none)'}, not the one that was given`);
  }
}

/** What TLS said when it did not trust the server, in our words; everything else passes through. */
export function trustFailure(error: unknown, host: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const isAboutTrust = /CERT|SIGNATURE|UNABLE_TO|ERR_TLS/.test(code);
  return isAboutTrust && error instanceof Error ? untrusted(host, error.message, error) : error;
}

function untrusted(host: string, reason: string, cause?: unknown): SyncEngineError {
  const advice = 'Give the authority that signed its certificate, or the fingerprint of the certificate itself.';
  return new SyncEngineError('permission-denied', `The server ${host} is not trusted: ${reason}. ${advice}`, { cause });
}
