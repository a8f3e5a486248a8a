import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { SyncEngineError } from '@syncengine/core';
import { parse } from 'ssh-config';

/** What the user's configuration of OpenSSH says of a host. */
export interface HostConfiguration {
  readonly hostName: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly identityFiles: readonly string[];
  readonly knownHostsFiles: readonly string[];
  /** The name under which `known_hosts` has the server. */
  readonly hostKeyAlias: string | undefined;
  /** Only the identities named here are offered, not all that an agent holds. */
  readonly identitiesOnly: boolean;
}

/** The file where people keep their aliases. */
export function defaultConfigFile(): string {
  return join(homedir(), '.ssh', 'config');
}

/**
 * What a configuration file says of a host or alias; nothing when there is no such file.
 *
 * @throws SyncEngineError `invalid-options` when the host is only reached in a way that is not supported
 */
export function hostConfiguration(host: string, file: string): HostConfiguration {
  const told = lookUp(host, textOf(file));
  for (const way of ['proxyjump', 'proxycommand']) {
    const value = first(told.get(way));
    if (value === undefined || value.toLowerCase() === 'none') continue;
    throw new SyncEngineError(
      'invalid-options',
      `${file} says that ${host} is reached through ${value} (${way}), which is not supported; forward a port with ssh -L and use that.`,
    );
  }
  const hostName = first(told.get('hostname'))?.replaceAll('%h', host);
  const user = first(told.get('user'));
  const expand = (path: string): string => expandPath(path, hostName ?? host, user ?? userInfo().username);
  const port = Number(first(told.get('port')) ?? Number.NaN);
  return {
    hostName,
    port: Number.isInteger(port) ? port : undefined,
    user,
    identityFiles: (told.get('identityfile') ?? []).filter((path) => path.toLowerCase() !== 'none').map(expand),
    knownHostsFiles: (told.get('userknownhostsfile') ?? []).filter((path) => path.toLowerCase() !== 'none').map(expand),
    hostKeyAlias: first(told.get('hostkeyalias')),
    identitiesOnly: first(told.get('identitiesonly'))?.toLowerCase() === 'yes',
  };
}

/** Keys in lower case, for OpenSSH does not care about it. */
function lookUp(host: string, text: string): Map<string, string[]> {
  const told = new Map<string, string[]>();
  // `Match exec` would run commands, which nobody expects of a look at a file.
  const computed = parse(text).compute(host, { ignoreCase: true, matchExec: false });
  for (const [key, value] of Object.entries(computed)) told.set(key.toLowerCase(), [value].flat());
  return told;
}

/** A path as OpenSSH expands it: `~`, `%d` (home), `%h` (host), `%r` and `%u` (remote and local user), `%%`. */
export function expandPath(path: string, host = '', remoteUser = ''): string {
  const values: Readonly<Record<string, string>> = {
    '%d': homedir(),
    '%h': host,
    '%r': remoteUser,
    '%u': userInfo().username,
    '%%': '%',
  };
  const expanded = path.replace(/%[dhru%]/g, (token) => values[token] ?? token);
  return expanded === '~' || expanded.startsWith('~/') ? join(homedir(), expanded.slice(1)) : expanded;
}

function first(values: readonly string[] | undefined): string | undefined {
  return values?.[0];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return '';
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): SyncEngineError {
  return new SyncEngineError('invalid-options', `The SSH configuration ${file} cannot be read.`, { cause });
}
