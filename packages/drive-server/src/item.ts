import { createHash, randomBytes } from 'node:crypto';

export const folderType = 'application/vnd.google-apps.folder';
export const shortcutType = 'application/vnd.google-apps.shortcut';
export const documentType = 'application/vnd.google-apps.document';

/** One content that a file has or had. */
export interface Revision {
  readonly id: string;
  /** When it came; milliseconds since the epoch. */
  readonly modifiedTime: number;
  readonly mimeType: string;
  /** Drive does not purge it. */
  keepForever: boolean;
  readonly bytes: Buffer;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** What the user whose Drive this is may do with an item and with all below it. */
export type Role = 'owner' | 'writer' | 'reader';

/** A file, a folder, a shortcut or a document of Google's editors, as the server keeps it. */
export interface Item {
  readonly id: string;
  /** Grows with each item that is made. */
  readonly sequence: number;
  readonly driveId: string | undefined;
  name: string;
  mimeType: string;
  /** `undefined` for the root of a drive. */
  parentId: string | undefined;
  /** Further folders that a file of old lies in: until 2020 there could be several. */
  readonly furtherParents: Set<string>;
  /** Milliseconds since the epoch, as all times here. */
  createdTime: number;
  modifiedTime: number;
  explicitlyTrashed: boolean;
  trashedTime: number | undefined;
  /** Newest last; empty for what has no bytes of its own. */
  revisions: Revision[];
  /** Counts every change of the item. */
  version: number;
  description: string | undefined;
  starred: boolean;
  originalFilename: string | undefined;
  readonly appProperties: Map<string, string>;
  readonly properties: Map<string, string>;
  shortcut: { readonly targetId: string; readonly targetMimeType: string } | undefined;
  /** What a document of Google's editors can be exported to, by MIME type. */
  exports: ReadonlyMap<string, Buffer> | undefined;
  /** Recognised as malware. */
  abusive: boolean;
  /** Default: as the parent says. */
  role: Role | undefined;
}

export function isFolder(item: Item): boolean {
  return item.mimeType === folderType;
}

/** A type of Google's own, which has no bytes that could be downloaded. */
export function isNative(mimeType: string): boolean {
  return mimeType.startsWith('application/vnd.google-apps.');
}

export function headOf(item: Item): Revision | undefined {
  return item.revisions.at(-1);
}

export function revisionOf(bytes: Buffer, mimeType: string, modifiedTime: number): Revision {
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  const digests = { md5: digest('md5'), sha1: digest('sha1'), sha256: digest('sha256') };
  return { id: newId(25), modifiedTime, mimeType, keepForever: false, bytes, ...digests };
}

/** An id as Drive makes them: unguessable, of letters, digits, `-` and `_`. */
export function newId(bytes = 24): string {
  return `1${randomBytes(bytes).toString('base64url')}`;
}
