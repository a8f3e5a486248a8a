import type { Entry, FileEntry, SymlinkEntry, Version } from '@syncengine/core';
import { storageFailure, unsupportedFailure } from '@syncengine/core';
import type { Stats } from 'ssh2';

/** Size and time are all that the protocol tells of a file. */
export function versionOfStats(stats: Stats): Version {
  return `${stats.size}-${stats.mtime}`;
}

/** What the server says of a path. */
export function entryOf(path: string, stats: Stats, target?: string): Entry {
  if (stats.isFile()) return fileEntryOf(path, stats);
  if (stats.isSymbolicLink()) return linkEntryOf(path, stats, target ?? '');
  const modifiedAt = millisecondsOf(stats);
  const permissions = stats.mode & 0o777;
  if (stats.isDirectory()) return { kind: 'directory', path, modifiedAt, permissions };
  return { kind: 'other', path, what: whatOf(stats), modifiedAt, permissions };
}

export function fileEntryOf(path: string, stats: Stats): FileEntry {
  return {
    kind: 'file',
    path,
    version: versionOfStats(stats),
    size: stats.size,
    modifiedAt: millisecondsOf(stats),
    permissions: stats.mode & 0o777,
  };
}

/** @throws SyncEngineError `is-a-directory`, `unsupported` */
export function requireFile(path: string, stats: Stats): void {
  if (stats.isDirectory()) throw storageFailure('is-a-directory', path);
  if (!stats.isFile()) throw unsupportedFailure(path, `is a ${whatOf(stats)}, which has no content to copy`);
}

function linkEntryOf(path: string, stats: Stats, target: string): Entry {
  if (target.includes(replacement)) {
    const message = `${JSON.stringify(path)} is a link to a name that is no valid UTF-8.`;
    return { kind: 'unknown', path, code: 'invalid-name', message };
  }
  const entry: SymlinkEntry = {
    kind: 'symlink',
    path,
    // Links of one second differ in what they say.
    version: `${stats.mtime}-${target}`,
    target,
    modifiedAt: millisecondsOf(stats),
    permissions: stats.mode & 0o777,
  };
  return entry;
}

/** The latest time that the protocol can tell, in seconds. */
const latest = 2 ** 32 - 1;

/** A time as the protocol has it: whole seconds since the epoch, cut off, and none before it. */
export function secondsOf(milliseconds: number): number {
  return Math.min(latest, Math.max(0, Math.floor(milliseconds / 1_000)));
}

function millisecondsOf(stats: Stats): number {
  return stats.mtime * 1_000;
}

function whatOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isSocket()) return 'socket';
  if (stats.isFIFO()) return 'pipe';
  return stats.isBlockDevice() || stats.isCharacterDevice() ? 'device' : 'special file';
}

/** What stands for bytes that are no UTF-8; also a character that a name may rightly have. */
export const replacement = '\ufffd';
