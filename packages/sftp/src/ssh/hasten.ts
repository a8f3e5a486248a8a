import ssh2, { type ParsedKey, type SFTPWrapper } from 'ssh2';

/** What is known of the server and of the way to log in. */
export interface Haste {
  /** What is done in advance counts on an OpenSSH, which takes one thing after the other. */
  readonly isOpenSsh: boolean;
  /** Whether the first way to log in depends on nothing that the server has yet to tell. */
  readonly mayLogInAtOnce: boolean;
  /** Questions for a channel for files that go out before the server has told what it offers. */
  readonly whenOpened?: ((sftp: SFTPWrapper) => void) | undefined;
}

/**
 * Takes waits out of the log in: each is a round trip. ssh2 asks whether a key would do before it signs with it, whether it may
 * log in before it does, and what a server limits before anybody may use the channel. It has no settings for that, so some of its
 * steps are wrapped; a version that takes other steps is left as it is.
 *
 * @param connection whose protocol has begun, so that it has one
 */
export function hasten(connection: ssh2.Client, haste: Haste): void {
  const protocol: unknown = Reflect.get(connection, '_protocol');
  if (!isObject(protocol)) return;
  signAtOnce(protocol);
  if (!haste.isOpenSsh) return;
  if (haste.mayLogInAtOnce) logInAtOnce(protocol);
  useAtOnce(connection, protocol, haste.whenOpened);
}

type Authenticate = (user: string, key: unknown, algorithm: string | undefined, sign?: unknown) => unknown;
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;

/** A key that is at hand costs less to sign with than to ask for. Keys of an agent are not: it may ask its user. */
function signAtOnce(protocol: object): void {
  const original: unknown = Reflect.get(protocol, 'authPK');
  if (typeof original !== 'function') return;
  // Its signature was stable since version 1.0; a test shows that it still is.
  const authenticate = original.bind(protocol) as Authenticate;
  const wrapped: Authenticate = (user, key, algorithm, sign) => {
    if (sign !== undefined || !isPrivateKey(key)) return authenticate(user, key, algorithm, sign);
    const signNow: Sign = (data, done) => {
      const signature = key.sign(data, hashOf(algorithm));
      if (Buffer.isBuffer(signature)) done(signature);
      // The server is asked after all, and what is wrong is told in answer to that.
      else authenticate(user, key, algorithm);
    };
    return authenticate(user, key, algorithm, signNow);
  };
  Reflect.set(protocol, 'authPK', wrapped);
}

/** By the names of RFC 8332; `undefined` for what goes with the type of the key. */
function hashOf(algorithm: string | undefined): string | undefined {
  if (algorithm === 'ssh-rsa') return 'sha1';
  return /^rsa-sha2-(256|512)$/.test(algorithm ?? '') ? algorithm?.replace('rsa-sha2-', 'sha') : undefined;
}

function isPrivateKey(key: unknown): key is ParsedKey {
  return (
    isObject(key) && !(ssh2.utils.parseKey(key as ParsedKey) instanceof Error) && (key as ParsedKey).isPrivateKey()
  );
}

/** The request to log in travels with the question whether one may, to which every server says yes. */
function logInAtOnce(protocol: object): void {
  const handlers: unknown = Reflect.get(protocol, '_handlers');
  const ask: unknown = Reflect.get(protocol, 'service');
  if (typeof ask !== 'function' || !isObject(handlers)) return;
  const go: unknown = Reflect.get(handlers, 'SERVICE_ACCEPT');
  if (typeof go !== 'function') return;
  Reflect.set(protocol, 'service', (name: string) => {
    ask.call(protocol, name);
    if (name !== 'ssh-userauth') return;
    Reflect.set(handlers, 'SERVICE_ACCEPT', () => undefined);
    go.call(handlers, protocol, name);
  });
}

/** The channel for files is used as soon as the server has told what it offers; what it limits is heard later. */
function useAtOnce(connection: ssh2.Client, protocol: object, whenOpened: Haste['whenOpened']): void {
  const request: unknown = Reflect.get(protocol, 'subsystem');
  if (typeof request !== 'function') return;
  Reflect.set(protocol, 'subsystem', (channel: number, ...others: readonly unknown[]) => {
    request.call(protocol, channel, ...others);
    const sftp = channelOf(connection, channel);
    const begin: unknown = sftp === undefined ? undefined : Reflect.get(sftp, '_init');
    if (sftp === undefined || typeof begin !== 'function') return;
    Reflect.set(sftp, '_init', () => {
      begin.call(sftp);
      whenOpened?.(sftp);
    });
    tellWhenOffered(sftp);
  });
}

function tellWhenOffered(sftp: SFTPWrapper): void {
  const push: unknown = Reflect.get(sftp, 'push');
  if (typeof push !== 'function' || Reflect.get(sftp, '_version') !== -1) return;
  Reflect.set(sftp, 'push', (data: unknown) => {
    push.call(sftp, data);
    if (Reflect.get(sftp, '_version') === -1) return;
    // From here on as ssh2 has it.
    Reflect.deleteProperty(sftp, 'push');
    sftp.emit('ready');
  });
}

/** @param channel by the number that the server gave it */
function channelOf(connection: ssh2.Client, channel: number): SFTPWrapper | undefined {
  const manager: unknown = Reflect.get(connection, '_chanMgr');
  const channels: unknown = isObject(manager) ? Reflect.get(manager, '_channels') : undefined;
  if (!isObject(channels)) return undefined;
  const all: readonly unknown[] = Object.values(channels);
  const found = all.find((each) => {
    const outgoing: unknown = isObject(each) ? Reflect.get(each, 'outgoing') : undefined;
    return isObject(outgoing) && Reflect.get(outgoing, 'id') === channel;
  });
  // ssh2 has its own class for the channel of this subsystem, which it opened for nothing else.
  return isObject(found) && typeof Reflect.get(found, '_init') === 'function' ? (found as SFTPWrapper) : undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
