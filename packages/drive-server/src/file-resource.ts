import type { DriveStore } from './drive-store.ts';
import { headOf, type Item, isFolder, isNative } from './item.ts';

/** "REST Resource: files": an item with all its fields, as far as this server has them. */
export function fileResource(item: Item, store: DriveStore): Record<string, unknown> {
  const head = headOf(item);
  const trashed = store.isTrashed(item);
  return {
    kind: 'drive#file',
    ...(item.driveId === undefined ? {} : { driveId: item.driveId, teamDriveId: item.driveId }),
    id: item.id,
    name: item.name,
    mimeType: item.mimeType,
    description: item.description,
    starred: item.starred,
    trashed,
    explicitlyTrashed: item.explicitlyTrashed,
    trashedTime: item.driveId !== undefined && trashed ? timeText(item.trashedTime) : undefined,
    parents: item.parentId === undefined ? undefined : [item.parentId, ...item.furtherParents],
    appProperties: mapText(item.appProperties),
    properties: mapText(item.properties),
    spaces: ['drive'],
    version: String(item.version),
    createdTime: timeText(item.createdTime),
    modifiedTime: timeText(item.modifiedTime),
    ownedByMe: item.driveId === undefined ? store.roleOn(item) === 'owner' : undefined,
    shared: store.roleOn(item) !== 'owner' || item.driveId !== undefined,
    shortcutDetails: item.shortcut,
    exportLinks: item.exports === undefined ? undefined : exportLinks(item),
    capabilities: capabilities(item, store, trashed),
    ...(head === undefined ? sizeOfNative(item) : content(item)),
  };
}

export function timeText(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}

function content(item: Item): Record<string, unknown> {
  const head = headOf(item);
  const extension = /\.([^.]+)$/.exec(item.name)?.[1];
  return {
    md5Checksum: head?.md5,
    sha1Checksum: head?.sha1,
    sha256Checksum: head?.sha256,
    size: String(head?.bytes.byteLength ?? 0),
    quotaBytesUsed: String(head?.bytes.byteLength ?? 0),
    headRevisionId: head?.id,
    originalFilename: item.originalFilename ?? item.name,
    fileExtension: extension ?? '',
    fullFileExtension: extension ?? '',
  };
}

/** Documents of Google's editors have a size, but no bytes that it would be the size of; folders and shortcuts have none. */
function sizeOfNative(item: Item): Record<string, unknown> {
  if (item.exports === undefined) return { quotaBytesUsed: '0' };
  return { size: '1024', quotaBytesUsed: '1024' };
}

function exportLinks(item: Item): Record<string, string> {
  const link = (type: string): string =>
    `https://docs.google.com/export?id=${item.id}&type=${encodeURIComponent(type)}`;
  return Object.fromEntries([...(item.exports ?? new Map()).keys()].map((type: string) => [type, link(type)]));
}

function capabilities(item: Item, store: DriveStore, trashed: boolean): Record<string, boolean> {
  const isRoot = item.parentId === undefined;
  const writable = store.roleOn(item) !== 'reader';
  const folder = isFolder(item);
  return {
    canAddChildren: folder && writable,
    canComment: writable,
    canCopy: !folder,
    canDelete: writable && !isRoot,
    canDownload: !isNative(item.mimeType) || item.exports !== undefined,
    canEdit: writable,
    canListChildren: folder,
    canModifyContent: writable,
    canMoveItemWithinDrive: writable && !isRoot,
    canReadRevisions: writable && !folder,
    canRemoveChildren: folder && writable,
    canRename: writable,
    canShare: writable,
    canTrash: writable && !isRoot && !trashed,
    canTrashChildren: folder && writable,
    canUntrash: writable && item.explicitlyTrashed,
  };
}

function mapText(map: ReadonlyMap<string, string>): Record<string, string> | undefined {
  return map.size === 0 ? undefined : Object.fromEntries(map);
}
