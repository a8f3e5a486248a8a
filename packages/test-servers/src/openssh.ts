import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import process from 'node:process';
import { freePort } from './free-port.ts';
import { programPath } from './missing.ts';
import type { RunningServer } from './running-server.ts';
import { run, ServerFolder, untilReady } from './server-folder.ts';

export interface OpenSshOptions {
  /** `sftp-only`: no commands can be run, files only. Default: `shell`. */
  readonly access?: 'shell' | 'sftp-only' | undefined;
  /** More lines of `sshd_config`. Default: none. */
  readonly configuration?: readonly string[] | undefined;
  /** The kinds of host keys that the server has. Default: ed25519 and RSA. */
  readonly hostKeyTypes?: readonly HostKeyType[] | undefined;
}

export type HostKeyType = 'ed25519' | 'rsa' | 'ecdsa';

/** OpenSSH's own server with one user, who may log in by a key, and by a password where that can be arranged. */
export interface OpenSsh extends RunningServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  readonly user: string;
  /**
   * Only where the tests run as root: then the user is made for this server alone, and taken away with it. Otherwise it
   * is whoever runs the tests.
   */
  readonly password: string | undefined;
  /** A private key that the server takes, without a passphrase. */
  readonly privateKeyFile: string;
  /** The same kind of key, with the passphrase `open sesame`. */
  readonly lockedKeyFile: string;
  /** A `known_hosts` file with all keys of this server. */
  readonly knownHostsFile: string;
  /** The SHA-256 fingerprints of its keys, as `ssh-keygen -l` tells them. */
  readonly fingerprints: Readonly<Partial<Record<HostKeyType, string>>>;
  /** An empty folder that belongs to the user, for roots. */
  readonly files: string;
  /** A folder of this server where tests may put files of their own. */
  readonly folder: string;
}

/** The passphrase of `lockedKeyFile`. */
export const openSshPassphrase = 'open sesame';

/**
 * Starts it on a free port. `missing('openssh')` tells whether the machine has what it needs.
 *
 * @throws Error when it does not come up, with the end of its log
 */
export async function startOpenSsh(options: OpenSshOptions = {}): Promise<OpenSsh> {
  const folder = new ServerFolder('openssh');
  try {
    return await start(folder, options);
  } catch (error) {
    await folder.stop();
    throw error;
  }
}

async function start(folder: ServerFolder, options: OpenSshOptions): Promise<OpenSsh> {
  // Keys and files lie below it, and the user has to get there.
  chmodSync(folder.path, 0o755);
  const { hostKeyTypes = ['ed25519', 'rsa'] } = options;
  const port = await freePort();
  const [privateKeyFile, lockedKeyFile] = [folder.file('user-key'), folder.file('locked-key')];
  await makeKey('ed25519', privateKeyFile, '');
  await makeKey('ed25519', lockedKeyFile, openSshPassphrase);
  for (const type of hostKeyTypes) await makeKey(type, folder.file(`host-${type}`), '');
  const publicKeys = [`${privateKeyFile}.pub`, `${lockedKeyFile}.pub`].map((file) => readFileSync(file, 'utf8'));
  writeFileSync(folder.file('authorized_keys'), publicKeys.join(''));
  const files = folder.file('files');
  mkdirSync(files);
  const user = await makeUser(folder);
  if (user.ids !== undefined) chownSync(files, ...user.ids);
  writeFileSync(folder.file('sshd_config'), configuration(folder, port, user.name, hostKeyTypes, options));
  // The program insists on being called by its whole path.
  const program = programPath('sshd') ?? 'sshd';
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const ended = folder.start('sshd', program, ['-D', '-e', '-f', folder.file('sshd_config')]);
  await untilReady('OpenSSH', () => greets(port), ended);
  const fingerprints: Partial<Record<HostKeyType, string>> = {};
  const knownHostsFile = folder.file('known_hosts');
  for (const type of hostKeyTypes) {
    const publicKey = `${folder.file(`host-${type}`)}.pub`;
    fingerprints[type] = (await run('ssh-keygen', ['-l', '-f', publicKey])).split(' ')[1] ?? '';
    const [algorithm, key] = readFileSync(publicKey, 'utf8').split(' ');
    appendFileSync(knownHostsFile, `[127.0.0.1]:${port} ${algorithm} ${key}\n`);
  }
  return {
    host: '127.0.0.1',
    port,
    user: user.name,
    password: user.password,
    privateKeyFile,
    lockedKeyFile,
    knownHostsFile,
    fingerprints,
    files,
    folder: folder.path,
    stop: async () => {
      await folder.stop();
      await user.remove();
    },
  };
}

async function makeKey(type: HostKeyType, file: string, passphrase: string): Promise<void> {
  await run('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-C', '', '-f', file]);
}

export interface TestUser {
  readonly name: string;
  readonly password: string | undefined;
  readonly ids: readonly [number, number] | undefined;
  remove(): Promise<void>;
}

/** Root makes a user for the server, so that permissions mean something; others are the user themselves. */
export async function makeUser(folder: ServerFolder): Promise<TestUser> {
  if (process.getuid?.() !== 0) {
    return { name: userInfo().username, password: undefined, ids: undefined, remove: async () => undefined };
  }
  await removeAbandonedUsers();
  const name = `${userPrefix}${process.pid}-${randomBytes(3).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  // `useradd` gives up at once when another one is at work.
  const steps = `for try in $(seq 50); do useradd -M -d "$1" -s /bin/sh "$2" && break; sleep 0.1; done
    printf '%s:%s' "$2" "$3" | chpasswd && id -u "$2" && id -g "$2"`;
  const home = folder.file('home');
  const told = await run('sh', ['-c', steps, 'sh', home, name, password]);
  const [uid = Number.NaN, gid = Number.NaN] = told.trim().split('\n').map(Number);
  mkdirSync(home);
  chownSync(home, uid, gid);
  return { name, password, ids: [uid, gid], remove: () => removeUser(name) };
}

const userPrefix = 'syncengine-';

/** What killed test runs left. */
async function removeAbandonedUsers(): Promise<void> {
  const names = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const line of names) {
    const [, name, owner] = /^(syncengine-(\d+)-[0-9a-f]{6}):/.exec(line) ?? [];
    if (name !== undefined && !isRunning(Number(owner))) await removeUser(name);
  }
}

async function removeUser(name: string): Promise<void> {
  const steps = 'for try in $(seq 50); do userdel -f "$1" && break; sleep 0.1; done 2>/dev/null';
  await run('sh', ['-c', `${steps}; true`, 'sh', name]);
}

function isRunning(number: number): boolean {
  try {
    process.kill(number, 0);
    return true;
  } catch {
    // Root may ask of any process: there is none.
    return false;
  }
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1').startsWith('SSH-2.0-'));
    });
    socket.once('error', () => resolve(false));
    socket.once('end', () => resolve(false));
  });
}

function configuration(
  folder: ServerFolder,
  port: number,
  user: string,
  hostKeyTypes: readonly HostKeyType[],
  { access = 'shell', configuration: more = [] }: OpenSshOptions,
): string {
  const isRoot = process.getuid?.() === 0;
  return `${[
    ...more,
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    ...hostKeyTypes.map((type) => `HostKey ${folder.file(`host-${type}`)}`),
    `PidFile ${folder.file('sshd.pid')}`,
    `AuthorizedKeysFile ${folder.file('authorized_keys')}`,
    `AllowUsers ${user}`,
    'PubkeyAuthentication yes',
    `PasswordAuthentication ${isRoot ? 'yes' : 'no'}`,
    `KbdInteractiveAuthentication ${isRoot ? 'yes' : 'no'}`,
    // Only through it are there questions (keyboard-interactive).
    `UsePAM ${isRoot ? 'yes' : 'no'}`,
    'StrictModes no',
    'MaxStartups 200:30:400',
    'PerSourceMaxStartups none',
    'UseDNS no',
    'PrintMotd no',
    'Subsystem sftp internal-sftp',
    ...(access === 'sftp-only' ? ['ForceCommand internal-sftp'] : []),
  ].join('\n')}\n`;
}
