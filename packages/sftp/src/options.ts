import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { SyncEngineError } from '@syncengine/core';
import {
  type AnswerQuestions,
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

/** Where a server is, who we are there, and which folder is meant. */
export interface SftpStorageOptions {
  /** Name or address of the server, or an alias from the SSH configuration. */
  readonly host: string;
  /** 1 to 65,535. Default: what the SSH configuration says, else 22. */
  readonly port?: number | undefined;
  /** Default: what the SSH configuration says, else the name of the user who runs this. */
  readonly user?: string | undefined;
  /** The root: a folder of the server, absolute or below the home folder there. Default: the home folder. */
  readonly path?: string | undefined;

  /** Also answers the question for a password that some servers ask instead. Default: none. */
  readonly password?: string | undefined;
  /** A private key in any of the usual formats. Default: none. */
  readonly privateKey?: string | Uint8Array | undefined;
  /** A file with a private key; `~/` is the home folder. Default: none. */
  readonly privateKeyFile?: string | undefined;
  /** Opens the private key. Default: none. */
  readonly passphrase?: string | undefined;
  /**
   * The socket of an SSH agent, or `true` for the one that the environment names. Default: when neither a password nor a key
   * is given, the agent of the environment and after it the keys that the SSH configuration names or that OpenSSH would try.
   */
  readonly agent?: string | boolean | undefined;
  /** Answers what the server asks, for example for a code. Then only one connection is used. Default: nobody answers. */
  readonly answerQuestions?: AnswerQuestions | undefined;

  /**
   * `known`: only servers whose key stands in a `known_hosts` file. `accept-new`: others too, and their key is remembered in
   * the first of these files; a changed key is refused all the same. Default: `known`.
   */
  readonly hostKeys?: 'known' | 'accept-new' | undefined;
  /** The SHA-256 fingerprint of the server's key (`SHA256:…`, as `ssh-keygen -l` tells it). When given, only it counts. */
  readonly fingerprint?: string | undefined;
  /** Default: what the SSH configuration says, else the user's and the system's `known_hosts`. */
  readonly knownHostsFiles?: readonly string[] | undefined;
  /** The SSH configuration to look up the host in; `false` for none. Default: `~/.ssh/config`. */
  readonly configFile?: string | false | undefined;

  /** Connections at once, at least 1. More than one is only used while there is much to do. Default: 2. */
  readonly connections?: number | undefined;
  /** How long the server may be silent before the connection counts as lost, in milliseconds, at least 100. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /**
   * What may be counted on. `openssh`: plain renames never replace, requests are answered in order, paths are told without
   * links. `other`: nothing of that, which takes more requests. Default: as the server calls itself.
   */
  readonly server?: 'openssh' | 'other' | undefined;
  /** `false` for a server that takes `A` and `a` for the same name. Default: true. */
  readonly caseSensitive?: boolean | undefined;
}

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
