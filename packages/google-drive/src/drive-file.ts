import { SyncEngineError } from '@syncengine/core';

export const folderType = 'application/vnd.google-apps.folder';
export const shortcutType = 'application/vnd.google-apps.shortcut';

/** What is asked of every file: the fields of a `DriveFile`. */
export const fileFields =
  'id,name,mimeType,parents,driveId,trashed,version,modifiedTime,createdTime,size,md5Checksum,sha1Checksum,sha256Checksum,headRevisionId';

/** A file, a folder, a shortcut or a document of Google's editors, as Drive tells of it. */
export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  /** One, but for files of old that lie in several folders, and for the root of a drive, which has none. */
  readonly parents: readonly string[];
  /** The shared drive that it lies in; `undefined` for My Drive. */
  readonly driveId: string | undefined;
  readonly trashed: boolean;
  /** Grows with every change of the file, whatever it is. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number | undefined;
  /** Bytes; `undefined` for what has none. */
  readonly size: number | undefined;
  readonly md5: string | undefined;
  readonly sha1: string | undefined;
  readonly sha256: string | undefined;
  /** Names the content; only files with bytes of their own have one. */
  readonly headRevisionId: string | undefined;
}

export function isFolder(file: DriveFile): boolean {
  return file.mimeType === folderType;
}

/** A document of Google's editors, a form, a map, a shortcut, …: it has no bytes of its own. */
export function isNative(file: DriveFile): boolean {
  return file.mimeType.startsWith('application/vnd.google-apps.') && !isFolder(file);
}

/** @throws SyncEngineError `storage-failure` for anything that is no file */
export function parseFile(value: unknown): DriveFile {
  const resource = objectOf(value);
  const optional = (name: string): string | undefined => {
    const text = resource[name];
    return typeof text === 'string' ? text : undefined;
  };
  const size = optional('size');
  const mimeType = textOf(resource, 'mimeType');
  return {
    id: textOf(resource, 'id'),
    name: textOf(resource, 'name'),
    mimeType,
    parents: listOf(resource['parents']).filter((parent) => typeof parent === 'string'),
    driveId: optional('driveId'),
    trashed: resource['trashed'] === true,
    version: Number(optional('version') ?? 0),
    modifiedAt: timeOf(optional('modifiedTime')),
    createdAt: timeOf(optional('createdTime')),
    size: size === undefined ? undefined : Number(size),
    md5: optional('md5Checksum'),
    sha1: optional('sha1Checksum'),
    sha256: optional('sha256Checksum'),
    headRevisionId: optional('headRevisionId'),
  };
}

/** @throws SyncEngineError `storage-failure` for anything that is no object */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw unexpected('an object was expected');
}

/** @throws SyncEngineError `storage-failure` where the member is no text */
export function textOf(resource: Readonly<Record<string, unknown>>, name: string): string {
  const value = resource[name];
  if (typeof value === 'string') return value;
  throw unexpected(`${name} is missing`);
}

/** The members of a list; nothing is an empty one, as Drive leaves those out. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Milliseconds since the epoch. */
export function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

function unexpected(what: string): SyncEngineError {
  const message = `Google Drive answered something that cannot be understood: ${what}. Is there a proxy in between?`;
  return new SyncEngineError('storage-failure', message, { retry: 'yes' });
}
