import { readlinkSync, type Stats } from 'node:fs';
import {
  type Entry,
  type FileEntry,
  toMicrosecond,
  type UnknownEntry,
  type Version,
  versionOnDisk,
} from '../storage/index.ts';
import { failure, quoted, unsupported } from '../storage-failures.ts';

export function versionOfStats({ ino, size, mtimeMs, ctimeMs }: Stats): Version {
  return versionOnDisk(ino, size, mtimeMs, ctimeMs);
}

/** What the disk says of a path; `absolute` is only needed to read links. */
export function entryOf(path: string, absolute: string, stats: Stats): Entry {
  if (stats.isFile()) return fileEntryOf(path, stats);
  if (stats.isSymbolicLink()) return linkEntryOf(path, absolute, stats);
  // Written out rather than spread, here and below: a scan makes an entry for every file there is.
  const modifiedAt = modifiedAtOf(stats);
  const createdAt = createdAtOf(stats);
  const permissions = permissionsOf(stats);
  const identity = identityOf(stats);
  if (stats.isDirectory()) return { kind: 'directory', path, modifiedAt, createdAt, permissions, identity };
  return { kind: 'other', path, what: whatOf(stats), modifiedAt, createdAt, permissions, identity };
}

export function fileEntryOf(path: string, stats: Stats): FileEntry {
  return {
    kind: 'file',
    path,
    version: versionOfStats(stats),
    size: stats.size,
    modifiedAt: modifiedAtOf(stats),
    createdAt: createdAtOf(stats),
    permissions: permissionsOf(stats),
    identity: identityOf(stats),
  };
}

/**
 * Whoever was promised one version of a content gets no other.
 *
 * @throws SyncEngineError `source-changed`
 */
export function requireVersion(path: string, stats: Stats | undefined, version: string): void {
  if (stats === undefined || versionOfStats(stats) !== version) throw failure('source-changed', path);
}

/** @throws SyncEngineError `is-a-directory`, `unsupported` */
export function requireFile(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw failure('is-a-directory', path);
  if (!stats.isFile()) throw unsupported(path, `is a ${whatOf(stats)}, which has no content to copy`);
}

function linkEntryOf(path: string, absolute: string, stats: Stats): Entry {
  const target = readlinkSync(absolute);
  if (target.includes(replacement) && !isUtf8(readlinkSync(absolute, 'buffer'))) {
    return unreadableName(path, `${quoted(path)} is a link to a name that is no valid UTF-8.`);
  }
  return {
    kind: 'symlink',
    path,
    version: versionOfStats(stats),
    target,
    modifiedAt: modifiedAtOf(stats),
    createdAt: createdAtOf(stats),
    permissions: permissionsOf(stats),
    identity: identityOf(stats),
  };
}

function modifiedAtOf({ mtimeMs }: Stats): number {
  return toMicrosecond(mtimeMs);
}

/** Disks that do not keep the time of birth tell 0. */
function createdAtOf(stats: Stats): number | undefined {
  return stats.birthtimeMs > 0 ? stats.birthtimeMs : undefined;
}

function permissionsOf(stats: Stats): number | undefined {
  return process.platform === 'win32' ? undefined : stats.mode & 0o777;
}

function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

function whatOf(stats: Stats): string {
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'pipe';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'device' : 'special file';
}

/** What Node puts in the place of bytes that are no UTF-8; also a character that a name may rightly have. */
export const replacement = '\ufffd';

/** True when the bytes are exactly the UTF-8 form of some text. */
export function isUtf8(bytes: Buffer): boolean {
  return Buffer.from(bytes.toString('utf8')).equals(bytes);
}

/** An entry whose name cannot be told in Unicode, so that it cannot be addressed either. */
export function unreadableName(path: string, message: string): UnknownEntry {
  return { kind: 'unknown', path, code: 'invalid-name', message };
}

/** Bytes that are no UTF-8, printable: those beyond ASCII as `\xNN`. */
export function printable(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[^\x20-\x7e]/g, (byte) => {
    return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
