import type { HashAlgorithm } from '@syncengine/core';
import type { Reply } from './reply.ts';

/** How a digest of a file is asked for: `HASH` after choosing, or a command of its own. */
export type HashCommand =
  | { readonly kind: 'hash'; readonly option: string }
  | { readonly kind: 'own'; readonly command: string };

/** What a server can do, as its answer to `FEAT` says. */
export interface Features {
  /** `MLSD` and `MLST`: facts that are meant for programs. */
  readonly facts: boolean;
  /** The facts of an entry include an id that stays with it. */
  readonly identity: boolean;
  readonly modificationTime: boolean;
  /** `MFMT` sets modification times. */
  readonly setModificationTime: boolean;
  /** Transfers begin in the middle of a file. */
  readonly restart: boolean;
  readonly extendedPassive: boolean;
  readonly freeSpace: boolean;
  readonly hashes: ReadonlyMap<HashAlgorithm, HashCommand>;
}

const hashOptions: Readonly<Record<string, HashAlgorithm>> = {
  'SHA-256': 'sha256',
  'SHA-1': 'sha1',
  MD5: 'md5',
  CRC32: 'crc32',
};

const ownCommands: Readonly<Record<string, HashAlgorithm>> = {
  XSHA256: 'sha256',
  XSHA1: 'sha1',
  XMD5: 'md5',
  XCRC: 'crc32',
};

/** A server that does not know `FEAT` has none of them. */
export function parseFeatures(reply: Reply): Features {
  const features = new Map<string, string>();
  for (const line of reply.code === 211 ? reply.text.split(/\r?\n/).slice(1, -1) : []) {
    const [, name = '', rest = ''] = /^\s*(\S+) ?(.*)$/.exec(line) ?? [];
    features.set(name.toUpperCase(), rest.trim());
  }
  const facts = features.get('MLST');
  return {
    facts: facts !== undefined,
    identity: facts !== undefined && /(^|;)unique\*/i.test(facts),
    modificationTime: features.has('MDTM'),
    setModificationTime: features.has('MFMT'),
    restart: features.get('REST')?.toUpperCase() === 'STREAM',
    extendedPassive: features.has('EPSV'),
    freeSpace: features.has('AVBL'),
    hashes: hashesOf(features),
  };
}

function hashesOf(features: ReadonlyMap<string, string>): ReadonlyMap<HashAlgorithm, HashCommand> {
  const hashes = new Map<HashAlgorithm, HashCommand>();
  for (const [command, algorithm] of Object.entries(ownCommands)) {
    if (features.has(command)) hashes.set(algorithm, { kind: 'own', command });
  }
  // HASH comes last and wins: it takes a name as it is, where the others may take a number in it for an offset.
  for (const word of features.get('HASH')?.split(';') ?? []) {
    const option = word.replace('*', '').toUpperCase();
    const algorithm = Object.hasOwn(hashOptions, option) ? hashOptions[option] : undefined;
    if (algorithm !== undefined) hashes.set(algorithm, { kind: 'hash', option });
  }
  return hashes;
}
