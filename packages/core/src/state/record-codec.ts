import type { BaseRecord, BaseSide } from '../compare/index.ts';
import { SyncEngineError } from '../errors.ts';
import { requireValidPath } from '../paths/index.ts';
import type { HashAlgorithm, Hashes } from '../storage/index.ts';
import { MalformedState } from './state-errors.ts';

/**
 * A record as a flat list: `head, shared, rest, …, source mask, …, destination mask, …`. The masks say which values
 * follow; what is absent, or can be told from what came before, takes no room. `shared` counts the characters that the
 * key has in common with the key before it.
 */
export type EncodedRecord = Array<string | number>;

const kinds = ['file', 'directory', 'symlink'] as const;
const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

const headKind = 3;
const headSize = 4;
const headTarget = 8;
const headHashes = 16;
/** One bit for each algorithm, from this one on. */
const headFirstHash = 32;
const headLimit = headFirstHash << algorithms.length;

const sideVersion = 1;
const sideModifiedAt = 2;
const sidePermissions = 4;
const sideIdentity = 8;
const sideCreatedAt = 16;
const sideRacy = 32;
const sideNotRacy = 64;
/** The spelling differs from the key. */
const sidePath = 128;
const sideSameModifiedAt = 256;
const sideSamePermissions = 512;
const sideLimit = 1024;

/** @throws TypeError for a record that could not be read back: a key or path that is none, a number that is not finite */
export function encodeRecord(record: BaseRecord, previousKey: string): EncodedRecord {
  requireKey(record.key);
  const shared = sharedLength(record.key, previousKey);
  const encoded: EncodedRecord = [0, shared, record.key.slice(shared)];
  let head: number = kinds.indexOf(record.kind);
  if (record.size !== 0) {
    head |= headSize;
    encoded.push(finite(record.size));
  }
  if (record.target !== undefined) {
    head |= headTarget;
    encoded.push(record.target);
  }
  encoded[0] = head | encodeHashes(record.hashes, encoded);
  encodeSide(record.source, record.key, undefined, encoded);
  encodeSide(record.destination, record.key, record.source, encoded);
  return encoded;
}

/** @throws MalformedState */
export function decodeRecord(value: unknown, previousKey: string): BaseRecord {
  const fields = new Fields(value);
  const head = fields.mask(headLimit);
  const shared = fields.mask(previousKey.length + 1);
  const key = previousKey.slice(0, shared) + fields.string();
  if (!isKey(key)) throw new MalformedState('a record has no valid path');
  const kind = kinds[head & headKind];
  if (kind === undefined) throw new MalformedState('a record has an unknown kind');
  const size = head & headSize ? fields.number() : 0;
  const target = head & headTarget ? fields.string() : undefined;
  const hashes = decodeHashes(head, fields);
  const source = decodeSide(fields, key, undefined);
  const destination = decodeSide(fields, key, source);
  fields.end();
  return { key, kind, size, hashes, target, source, destination };
}

/** @throws TypeError for a key under which nothing can be recorded */
export function requireKey(key: string): void {
  if (!isKey(key)) throw new TypeError(`${JSON.stringify(key)} is no key of a base record.`);
}

/** The root itself has no record. */
export function isKey(key: string): boolean {
  if (key === '') return false;
  try {
    requireValidPath(key);
    return true;
  } catch (error) {
    if (error instanceof SyncEngineError && error.code === 'invalid-name') return false;
    throw error;
  }
}

function encodeSide(side: BaseSide, key: string, source: BaseSide | undefined, encoded: EncodedRecord): void {
  const maskAt = encoded.push(0) - 1;
  let mask = 0;
  const put = (bit: number, value: string | number | undefined): void => {
    if (value === undefined) return;
    mask |= bit;
    encoded.push(typeof value === 'number' ? finite(value) : value);
  };
  put(sideVersion, side.version);
  if (side.modifiedAt !== undefined && side.modifiedAt === source?.modifiedAt) mask |= sideSameModifiedAt;
  else put(sideModifiedAt, side.modifiedAt);
  if (side.permissions !== undefined && side.permissions === source?.permissions) mask |= sideSamePermissions;
  else put(sidePermissions, side.permissions);
  put(sideIdentity, side.identity);
  put(sideCreatedAt, side.createdAt);
  if (side.racy !== undefined) mask |= side.racy ? sideRacy : sideNotRacy;
  if (side.path !== key) {
    requireKey(side.path);
    put(sidePath, side.path);
  }
  encoded[maskAt] = mask;
}

function decodeSide(fields: Fields, key: string, source: BaseSide | undefined): BaseSide {
  const mask = fields.mask(sideLimit);
  const version = mask & sideVersion ? fields.string() : undefined;
  const modifiedAt = mask & sideModifiedAt ? fields.number() : undefined;
  const permissions = mask & sidePermissions ? fields.number() : undefined;
  const identity = mask & sideIdentity ? fields.string() : undefined;
  const createdAt = mask & sideCreatedAt ? fields.number() : undefined;
  const racy = mask & sideRacy ? true : mask & sideNotRacy ? false : undefined;
  const path = mask & sidePath ? fields.string() : key;
  if (path !== key && !isKey(path)) throw new MalformedState('a record has no valid path');
  return {
    path,
    version,
    modifiedAt: mask & sideSameModifiedAt ? source?.modifiedAt : modifiedAt,
    permissions: mask & sideSamePermissions ? source?.permissions : permissions,
    identity,
    createdAt,
    racy,
  };
}

function encodeHashes(hashes: Hashes | undefined, encoded: EncodedRecord): number {
  if (hashes === undefined) return 0;
  let head = headHashes;
  for (const [index, algorithm] of algorithms.entries()) {
    const digest = hashes[algorithm];
    if (digest === undefined) continue;
    head |= headFirstHash << index;
    encoded.push(packDigest(digest));
  }
  return head;
}

function decodeHashes(head: number, fields: Fields): Hashes | undefined {
  if (!(head & headHashes)) return undefined;
  const hashes: { [algorithm in HashAlgorithm]?: string } = {};
  for (const [index, algorithm] of algorithms.entries()) {
    if (head & (headFirstHash << index)) hashes[algorithm] = unpackDigest(fields.string());
  }
  return hashes;
}

const hexadecimal = /^(?:[0-9a-f]{2})+$/;

function packDigest(digest: string): string {
  return hexadecimal.test(digest) ? Buffer.from(digest, 'hex').toString('base64url') : `=${digest}`;
}

function unpackDigest(packed: string): string {
  return packed.startsWith('=') ? packed.slice(1) : Buffer.from(packed, 'base64url').toString('hex');
}

function sharedLength(key: string, previousKey: string): number {
  const limit = Math.min(key.length, previousKey.length);
  let length = 0;
  while (length < limit && key.charCodeAt(length) === previousKey.charCodeAt(length)) length += 1;
  return length;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`${value} is no number that a base record can hold.`);
  return value;
}

/** Takes the values of a stored list one after the other, each checked. */
class Fields {
  readonly #values: readonly unknown[];
  #next = 0;

  constructor(value: unknown) {
    if (!Array.isArray(value)) throw new MalformedState('a record is no list');
    this.#values = value;
  }

  number(): number {
    const value = this.#values[this.#next++];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw new MalformedState('a record lacks a number');
    return value;
  }

  mask(limit: number): number {
    const value = this.number();
    if (!Number.isInteger(value) || value < 0 || value >= limit)
      throw new MalformedState('a record has unknown fields');
    return value;
  }

  string(): string {
    const value = this.#values[this.#next++];
    if (typeof value !== 'string') throw new MalformedState('a record lacks a text');
    return value;
  }

  end(): void {
    if (this.#next !== this.#values.length) throw new MalformedState('a record has too many fields');
  }
}
