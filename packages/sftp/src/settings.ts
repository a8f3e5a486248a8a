import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { SyncEngineError } from '@syncengine/core';
import type { SftpStorageOptions } from './options.ts';
import {
  checkedPrivateKey,
  defaultConfigFile,
  defaultPrivateKeys,
  expandPath,
  type HostConfiguration,
  hostConfiguration,
  type Login,
  type PrivateKey,
  readPrivateKey,
  type Target,
} from './ssh/index.ts';

/** Options with everything filled in. */
export interface Settings {
  readonly target: Target;
  /** As the server takes it. */
  readonly path: string;
  readonly id: string;
  readonly connections: number;
  readonly caseSensitive: boolean;
}

/** @throws SyncEngineError `invalid-options`; TypeError for what has no meaning at all */
export function settingsOf(options: SftpStorageOptions): Settings {
  const { connections = 2, timeoutMs = 30_000, path = '' } = options;
  if (options.host === '') throw new TypeError('An SFTP client needs a host.');
  if (path.includes('\0')) throw new TypeError('A path has no NUL in it.');
  requireNumber('port', options.port ?? 22, 1, 65_535);
  requireNumber('connections', connections, 1, 64);
  requireNumber('timeoutMs', timeoutMs, 100, 24 * 60 * 60 * 1_000);
  const configured =
    options.configFile === false ? nothing : hostConfiguration(options.host, options.configFile ?? defaultConfigFile());
  const host = (configured.hostName ?? options.host).toLowerCase();
  const port = options.port ?? configured.port ?? 22;
  const user = options.user ?? configured.user ?? userInfo().username;
  const place = tidied(path);
  return {
    target: {
      host,
      port,
      login: loginOf(options, configured, user),
      hostKeys: hostKeysOf(options, configured, host, port),
      timeoutMs,
      server: options.server,
    },
    path: place,
    id: idOf(user, host, port, place),
    // Nobody wants to be asked for a second code.
    connections: options.answerQuestions === undefined ? connections : 1,
    caseSensitive: options.caseSensitive ?? true,
  };
}

const nothing: HostConfiguration = {
  hostName: undefined,
  port: undefined,
  user: undefined,
  identityFiles: [],
  knownHostsFiles: [],
  hostKeyAlias: undefined,
  identitiesOnly: false,
};

function loginOf(options: SftpStorageOptions, configured: HostConfiguration, user: string): Login {
  const { password, passphrase, answerQuestions } = options;
  const given: PrivateKey[] = [];
  if (options.privateKey !== undefined) {
    const text = typeof options.privateKey === 'string' ? options.privateKey : Buffer.from(options.privateKey);
    given.push(checkedPrivateKey({ text, passphrase }, 'The private key'));
  }
  if (options.privateKeyFile !== undefined) given.push(readPrivateKey(expandPath(options.privateKeyFile), passphrase));
  // What is given is meant: a server gives up after a few keys that it does not know.
  const isTold = password !== undefined || given.length > 0 || options.agent !== undefined;
  const privateKeys = isTold ? given : defaultPrivateKeys(configured.identityFiles, passphrase);
  const wanted = options.agent ?? (!isTold && !configured.identitiesOnly);
  const agent = wanted === true ? process.env['SSH_AUTH_SOCK'] || undefined : wanted === false ? undefined : wanted;
  return { user, password, privateKeys, agent, answerQuestions };
}

function hostKeysOf(
  options: SftpStorageOptions,
  configured: HostConfiguration,
  host: string,
  port: number,
): Target['hostKeys'] {
  const { fingerprint, hostKeys = 'known' } = options;
  if (fingerprint !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(fingerprint)) {
    throw new SyncEngineError(
      'invalid-options',
      `${JSON.stringify(fingerprint)} is no SHA-256 fingerprint of a key; it looks like SHA256:2Qh9sq…, as ssh-keygen -l tells it.`,
    );
  }
  const own = [join(homedir(), '.ssh', 'known_hosts'), join(homedir(), '.ssh', 'known_hosts2')];
  const configuredFiles = configured.knownHostsFiles.length > 0 ? configured.knownHostsFiles : own;
  const files = options.knownHostsFiles?.map((file) => expandPath(file));
  return {
    host: configured.hostKeyAlias ?? host,
    // OpenSSH writes an alias without the port.
    port: configured.hostKeyAlias === undefined ? port : 22,
    knownHostsFiles: files ?? [...configuredFiles, '/etc/ssh/ssh_known_hosts'],
    fingerprint,
    acceptNew: hostKeys === 'accept-new',
  };
}

/** Home folders are `~`, as nobody knows where they are without asking. */
function idOf(user: string, host: string, port: number, path: string): string {
  const name = host.includes(':') ? `[${host}]` : host;
  const below = path.startsWith('/') ? path : `/~${path === '' ? '' : `/${path}`}`;
  return `sftp://${encodeURIComponent(user)}@${name}:${port}${below === '/' ? '' : below}`;
}

/** Without `.`, doubled slashes and a slash at the end. */
function tidied(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new SyncEngineError('invalid-options', 'The path of a root has no .. in it.');
  return `${path.startsWith('/') ? '/' : ''}${names.join('/')}`;
}

function requireNumber(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}, not ${value}.`);
}
