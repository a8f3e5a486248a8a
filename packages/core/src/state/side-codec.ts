import type { BaseSide } from '../compare/index.ts';
import { type EncodedFields, type Fields, isKey, putAlike, putNumber, putTime, requireKey } from './fields.ts';
import { MalformedState } from './state-errors.ts';

/** What is known already when a side is read, so that it need not be said again. */
export interface SideContext {
  readonly key: string;
  readonly size: number;
  /** When this is the destination. */
  readonly source?: BaseSide | undefined;
  /** The same side of the record before. */
  readonly previous?: BaseSide | undefined;
}

const hasVersion = 1;
const hasModifiedAt = 2;
const hasPermissions = 4;
const hasIdentity = 8;
const hasCreatedAt = 16;
const isRacy = 32;
const isNotRacy = 64;
/** The spelling differs from the key. */
const hasPath = 128;
const sourceModifiedAt = 256;
const sourcePermissions = 512;
const maskLimit = 1024;

export function encodeSide(side: BaseSide, context: SideContext, encoded: EncodedFields): void {
  const { source, previous } = context;
  const maskAt = encoded.push(0) - 1;
  let mask = 0;
  if (side.modifiedAt !== undefined) {
    if (side.modifiedAt === source?.modifiedAt) mask |= sourceModifiedAt;
    else {
      mask |= hasModifiedAt;
      putTime(side.modifiedAt, source?.modifiedAt ?? previous?.modifiedAt, encoded);
    }
  }
  if (side.permissions !== undefined) {
    if (side.permissions === source?.permissions) mask |= sourcePermissions;
    else {
      mask |= hasPermissions;
      putNumber(side.permissions, encoded);
    }
  }
  if (side.identity !== undefined) {
    mask |= hasIdentity;
    putAlike(side.identity, previous?.identity ?? '', encoded);
  }
  if (side.createdAt !== undefined) {
    mask |= hasCreatedAt;
    putTime(side.createdAt, previous?.createdAt, encoded);
  }
  if (side.version !== undefined) {
    mask |= hasVersion;
    encoded.push(packVersion(side.version, context.size, side.modifiedAt, side.identity));
  }
  if (side.racy !== undefined) mask |= side.racy ? isRacy : isNotRacy;
  if (side.path !== context.key) {
    requireKey(side.path);
    mask |= hasPath;
    encoded.push(side.path);
  }
  encoded[maskAt] = mask;
}

/** @throws MalformedState */
export function decodeSide(fields: Fields, context: SideContext): BaseSide {
  const { source, previous } = context;
  const mask = fields.whole(maskLimit);
  let modifiedAt = mask & sourceModifiedAt ? source?.modifiedAt : undefined;
  if (mask & hasModifiedAt) modifiedAt = fields.time(source?.modifiedAt ?? previous?.modifiedAt);
  let permissions = mask & sourcePermissions ? source?.permissions : undefined;
  if (mask & hasPermissions) permissions = fields.number();
  const identity = mask & hasIdentity ? fields.alike(previous?.identity ?? '') : undefined;
  const createdAt = mask & hasCreatedAt ? fields.time(previous?.createdAt) : undefined;
  const packed = mask & hasVersion ? fields.string() : undefined;
  const version = packed === undefined ? undefined : unpackVersion(packed, context.size, modifiedAt, identity);
  const racy = mask & isRacy ? true : mask & isNotRacy ? false : undefined;
  const path = mask & hasPath ? fields.string() : context.key;
  if (path !== context.key && !isKey(path)) throw new MalformedState('a record has no valid path');
  return { path, version, modifiedAt, permissions, identity, createdAt, racy };
}

const onlyDigits = /^[0-9.]+$/;

/**
 * Versions are opaque, but most are made of facts that stand in the record anyway. Where one occurs, `$s` stands for the
 * size, `$m` for the modification time and `$i` for the number that ends the identity; `$$` for a dollar sign.
 */
function packVersion(
  version: string,
  size: number,
  modifiedAt: number | undefined,
  identity: string | undefined,
): string {
  // What a disk tells has them in this order: nearly all versions of a first copy, whose every digit would be looked at.
  const usual = modifiedAt === undefined ? '' : `${idNumber(identity)}-${size}-${modifiedAt}-`;
  if (usual !== '' && version.startsWith(usual) && !version.includes('$'))
    return `$i-$s-$m-${version.slice(usual.length)}`;
  let packed = version.includes('$') ? version.replaceAll('$', '$$$$') : version;
  // Digits never match what was put in for other digits, so the order does not matter to reading it back.
  packed = substitute(packed, modifiedAt === undefined ? '' : String(modifiedAt), '$m');
  packed = substitute(packed, idNumber(identity), '$i');
  return substitute(packed, String(size), '$s');
}

function substitute(text: string, digits: string, token: string): string {
  if (digits.length <= token.length || !onlyDigits.test(digits)) return text;
  return text.includes(digits) ? text.replaceAll(digits, () => token) : text;
}

function unpackVersion(
  packed: string,
  size: number,
  modifiedAt: number | undefined,
  identity: string | undefined,
): string {
  let version = '';
  let start = 0;
  // By hand, as a pattern with a function would take half of the time in which a base is read.
  for (let at = packed.indexOf('$'); at !== -1; at = packed.indexOf('$', start)) {
    version += packed.slice(start, at);
    const token = packed[at + 1];
    if (token === '$') version += '$';
    else if (token === 's') version += size;
    else if (token === 'm' && modifiedAt !== undefined) version += modifiedAt;
    else if (token === 'i') version += idNumber(identity);
    else throw new MalformedState('a record has a malformed version');
    start = at + 2;
  }
  return start === 0 ? packed : version + packed.slice(start);
}

function idNumber(identity: string | undefined): string {
  return identity === undefined ? '' : identity.slice(identity.lastIndexOf(':') + 1);
}
