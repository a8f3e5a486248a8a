import { createHmac, timingSafeEqual } from 'node:crypto';

/** A key that stands in a `known_hosts` file for a server. */
export interface KnownKey {
  /** `ssh-ed25519`, `ssh-rsa`, … */
  readonly type: string;
  /** The key as it is sent on the wire. */
  readonly key: Buffer;
  /** The file says that this key must never be trusted again. */
  readonly isRevoked: boolean;
}

/** The port that is left out of names in `known_hosts`. */
const defaultPort = 22;

/**
 * The keys that `known_hosts` text names for a server. Lines that cannot be read are passed over, as OpenSSH does; so are
 * certificate authorities, because host certificates are not checked here.
 */
export function knownKeys(text: string, host: string, port: number): KnownKey[] {
  const keys: KnownKey[] = [];
  for (const line of text.split('\n')) {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith('@') === true ? words.shift() : undefined;
    const [patterns = '', type, encoded] = words;
    if (patterns === '' || patterns.startsWith('#') || type === undefined || encoded === undefined) continue;
    if (marker !== undefined && marker !== '@revoked') continue;
    if (!names(patterns, nameIn(host, port))) continue;
    keys.push({ type, key: Buffer.from(encoded, 'base64'), isRevoked: marker !== undefined });
  }
  return keys;
}

/** The line that makes a key known. */
export function knownHostsLine(host: string, port: number, key: Buffer): string {
  return `${nameIn(host, port)} ${keyTypeOf(key)} ${key.toString('base64')}\n`;
}

/** The type that a key on the wire begins with; empty for bytes that are no key. */
export function keyTypeOf(key: Buffer): string {
  if (key.byteLength < 4) return '';
  const length = key.readUInt32BE(0);
  return key.subarray(4, 4 + length).toString('latin1');
}

/** A server as `known_hosts` writes it. */
function nameIn(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === defaultPort ? name : `[${name}]:${port}`;
}

/** A name is meant when a pattern matches it and no pattern with `!` does. */
function names(patterns: string, name: string): boolean {
  if (patterns.startsWith('|')) return isHashOf(patterns, name);
  let isMeant = false;
  for (const pattern of patterns.toLowerCase().split(',')) {
    if (pattern.startsWith('!')) {
      if (matches(pattern.slice(1), name)) return false;
    } else isMeant ||= matches(pattern, name);
  }
  return isMeant;
}

/** `|1|salt|hash`: the name itself is not written down. */
function isHashOf(pattern: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = pattern.split('|');
  if (version !== '1') return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.byteLength === actual.byteLength && timingSafeEqual(expected, actual);
}

/** `*` is any text, `?` any character. Goes back to the last star only, so no pattern takes long. */
function matches(pattern: string, name: string): boolean {
  let [at, place, star, starPlace] = [0, 0, -1, 0];
  while (place < name.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      starPlace = place;
      at += 1;
    } else if (wanted === '?' || wanted === name[place]) {
      at += 1;
      place += 1;
    } else if (star >= 0) {
      starPlace += 1;
      at = star + 1;
      place = starPlace;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}
