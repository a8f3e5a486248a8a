import type { BaseRecord } from '../compare/index.ts';
import type { HashAlgorithm, Hashes } from '../storage/index.ts';
import { type EncodedFields, Fields, isKey, putAlike, putNumber, requireKey } from './fields.ts';
import { decodeSide, encodeSide } from './side-codec.ts';
import { MalformedState } from './state-errors.ts';

const kinds = ['file', 'directory', 'symlink'] as const;
const algorithms: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5', 'crc32'];

const kindBits = 3;
const hasSize = 4;
const hasTarget = 8;
const hasHashes = 16;
/** One bit for each algorithm, from this one on. */
const firstHash = 32;
const headLimit = firstHash << algorithms.length;

/**
 * A record as a flat list: `head, shared, rest, …, source mask, …, destination mask, …`. Head and masks say which values
 * follow; what is absent, or can be told from the record so far or from the one before, takes no room. `shared` counts
 * the characters that the key has in common with the key before it.
 *
 * @param previous the record before it in the same line
 * @throws TypeError for a record that could not be read back: a key or path that is none, a number that is not finite
 */
export function encodeRecord(record: BaseRecord, previous: BaseRecord | undefined): EncodedFields {
  const { key, size, source } = record;
  requireKey(key);
  const encoded: EncodedFields = [0];
  putAlike(key, previous?.key ?? '', encoded);
  let head: number = kinds.indexOf(record.kind);
  if (size !== 0) {
    head |= hasSize;
    putNumber(size, encoded);
  }
  if (record.target !== undefined) {
    head |= hasTarget;
    encoded.push(record.target);
  }
  encoded[0] = head | encodeHashes(record.hashes, encoded);
  encodeSide(source, { key, size, previous: previous?.source }, encoded);
  encodeSide(record.destination, { key, size, source, previous: previous?.destination }, encoded);
  return encoded;
}

/** @throws MalformedState */
export function decodeRecord(value: unknown, previous: BaseRecord | undefined): BaseRecord {
  const fields = new Fields(value);
  const head = fields.whole(headLimit);
  const key = fields.alike(previous?.key ?? '');
  if (!isKey(key)) throw new MalformedState('a record has no valid path');
  const kind = kinds[head & kindBits];
  if (kind === undefined) throw new MalformedState('a record has an unknown kind');
  const size = head & hasSize ? fields.number() : 0;
  const target = head & hasTarget ? fields.string() : undefined;
  const hashes = decodeHashes(head, fields);
  const source = decodeSide(fields, { key, size, previous: previous?.source });
  const destination = decodeSide(fields, { key, size, source, previous: previous?.destination });
  fields.end();
  return { key, kind, size, hashes, target, source, destination };
}

function encodeHashes(hashes: Hashes | undefined, encoded: EncodedFields): number {
  if (hashes === undefined) return 0;
  let head = hasHashes;
  for (const [index, algorithm] of algorithms.entries()) {
    const digest = hashes[algorithm];
    if (digest === undefined) continue;
    head |= firstHash << index;
    encoded.push(packDigest(digest));
  }
  return head;
}

function decodeHashes(head: number, fields: Fields): Hashes | undefined {
  if (!(head & hasHashes)) return undefined;
  const hashes: { [algorithm in HashAlgorithm]?: string } = {};
  for (const [index, algorithm] of algorithms.entries()) {
    if (head & (firstHash << index)) hashes[algorithm] = unpackDigest(fields.string());
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
