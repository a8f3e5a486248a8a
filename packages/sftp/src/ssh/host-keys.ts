import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { SyncEngineError } from '@syncengine/core';
import { type KnownKey, keyTypeOf, knownHostsLine, knownKeys } from './known-hosts.ts';

/** How the identity of a server is proven. */
export interface HostKeyPolicy {
  /** The name and port by which `known_hosts` knows the server. */
  readonly host: string;
  readonly port: number;
  /** Read in this order; those that are missing are passed over. New keys go into the first one. */
  readonly knownHostsFiles: readonly string[];
  /** `SHA256:…`; when given, nothing else counts. */
  readonly fingerprint: string | undefined;
  /** A server that no file knows is trusted, and remembered. */
  readonly acceptNew: boolean;
}

/** The algorithms that can be asked for, best first, with the type of key that each needs. */
const algorithms = {
  'ssh-ed25519': 'ssh-ed25519',
  'ecdsa-sha2-nistp256': 'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384': 'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521': 'ecdsa-sha2-nistp521',
  'rsa-sha2-512': 'ssh-rsa',
  'rsa-sha2-256': 'ssh-rsa',
} as const;

export type HostKeyAlgorithm = keyof typeof algorithms;

// The object above has these keys and no others.
const preferred = Object.keys(algorithms) as HostKeyAlgorithm[];

/** Decides about the key that a server shows, and remembers why it was refused. */
export class HostKeyCheck {
  readonly #policy: HostKeyPolicy;
  readonly #known: readonly KnownKey[];
  /** Why the server was refused. */
  refusal: SyncEngineError | undefined;
  /** The type of the key that was shown. */
  shownType = '';

  /** @throws Error of the system when a `known_hosts` file is there but cannot be read */
  constructor(policy: HostKeyPolicy) {
    this.#policy = policy;
    const { host, port, knownHostsFiles } = policy;
    const texts = policy.fingerprint === undefined ? knownHostsFiles.map(textOf) : [];
    this.#known = texts.flatMap((text) => knownKeys(text, host, port));
  }

  /**
   * What to ask the server for: a server has keys of several types and shows one, so those that are known come first.
   *
   * @param without types that were shown already and are not the right one
   */
  algorithms(without: ReadonlySet<string> = new Set()): HostKeyAlgorithm[] {
    const types = new Set(this.#known.filter((known) => !known.isRevoked).map((known) => known.type));
    const possible = preferred.filter((name) => !without.has(algorithms[name]));
    return [
      ...possible.filter((name) => types.has(algorithms[name])),
      ...possible.filter((name) => !types.has(algorithms[name])),
    ];
  }

  /** True when the server is who it should be. */
  accepts(key: Buffer): boolean {
    this.shownType = keyTypeOf(key);
    const shown = fingerprintOf(key);
    const { host, port, fingerprint, acceptNew } = this.#policy;
    if (fingerprint !== undefined) {
      if (withoutPadding(fingerprint) === shown) return true;
      return this.#refuse(`shows the key ${shown}, not ${fingerprint} as it should`, shown);
    }
    const same = this.#known.filter((known) => known.key.equals(key));
    if (same.some((known) => known.isRevoked)) return this.#refuse(`shows the revoked key ${shown}`, shown);
    if (same.length > 0) return true;
    if (this.#known.some((known) => !known.isRevoked)) {
      const advice = `Somebody may be listening in. If the server really has a new key, remove the old one: ssh-keygen -R ${port === 22 ? host : `'[${host}]:${port}'`}`;
      return this.#refuse(`shows the key ${shown}, but another one is known of it. ${advice}`, shown);
    }
    if (!acceptNew) {
      return this.#refuse(
        `is not known: it shows the key ${shown}. Compare that with what its administrator tells, then log in once with ssh, give the fingerprint, or accept new servers`,
        shown,
      );
    }
    this.#remember(key);
    return true;
  }

  #refuse(what: string, shown: string): false {
    const { host, port } = this.#policy;
    this.refusal = new SyncEngineError('connection', `The server ${host}:${port} ${what}.`, {
      details: { host, port, fingerprint: shown },
    });
    return false;
  }

  #remember(key: Buffer): void {
    const { host, port, knownHostsFiles } = this.#policy;
    const file = knownHostsFiles[0];
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const text = textOf(file);
    const gap = text === '' || text.endsWith('\n') ? '' : '\n';
    appendFileSync(file, `${gap}${knownHostsLine(host, port, key)}`, { mode: 0o600 });
  }
}

/** `SHA256:…`, as `ssh-keygen -l` writes it. */
function fingerprintOf(key: Buffer): string {
  return `SHA256:${withoutPadding(createHash('sha256').update(key).digest('base64'))}`;
}

function withoutPadding(text: string): string {
  return text.replace(/=+$/, '');
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return '';
    throw error;
  }
}
