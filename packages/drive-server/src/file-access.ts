import { badRequest, DriveError, fileNotFound, invalidValue } from './drive-error.ts';
import type { DriveStore, NewItem } from './drive-store.ts';
import { folderType, type Item, isFolder, isNative, shortcutType } from './item.ts';
import type { Metadata } from './metadata.ts';
import type { Parameters } from './parameters.ts';

/** "A maximum of 30 private properties per file from any one application". */
const mostAppProperties = 30;

/**
 * The file that a request names. What lies in a shared drive exists only for applications that say they know shared
 * drives ("supportsAllDrives").
 *
 * @throws DriveError 404 `notFound`
 */
export function fileFor(store: DriveStore, id: string, parameters: Parameters): Item {
  const item = store.get(id);
  if (item.driveId !== undefined && !parameters.flag('supportsAllDrives')) throw fileNotFound(id);
  return item;
}

/**
 * "files.create": makes an item of what the body says.
 *
 * @throws DriveError what Drive refuses
 */
export function createItem(
  store: DriveStore,
  metadata: Metadata,
  parameters: Parameters,
  media?: { readonly bytes: Buffer; readonly mimeType: string },
): Item {
  if ((metadata.parents?.length ?? 0) > 1) {
    throw new DriveError(403, 'cannotAddParent', 'A file cannot be in several folders. Use shortcuts instead.');
  }
  const parent = fileFor(store, metadata.parents?.[0] ?? store.rootId, parameters);
  const mimeType = metadata.mimeType ?? media?.mimeType ?? 'application/octet-stream';
  if (media !== undefined && isNative(mimeType)) {
    throw badRequest('Imports into documents of the editors are not supported by this server.');
  }
  const item = store.create({
    ...contentOf(mimeType, media?.bytes),
    name: metadata.name ?? 'Untitled',
    mimeType,
    parentId: parent.id,
    id: metadata.id,
    createdTime: metadata.createdTime,
    modifiedTime: metadata.modifiedTime,
    shortcut: shortcutOf(store, mimeType, metadata),
  });
  applyMetadata(item, metadata);
  return item;
}

/**
 * "files.update" as far as the body goes. Renaming and new content make a file modified now, unless the body says when.
 *
 * @throws DriveError 403 `insufficientFilePermissions`, 400
 */
export function updateItem(store: DriveStore, item: Item, metadata: Metadata, bytes?: Buffer): void {
  store.requireWritable(item);
  if (item.parentId === undefined && (metadata.trashed !== undefined || metadata.name !== undefined)) {
    throw badRequest('The root of a drive is neither renamed nor trashed.');
  }
  if (bytes !== undefined) {
    if (isNative(item.mimeType))
      throw new DriveError(403, 'fileNotDownloadable', 'This file has no content to replace.');
    store.replaceContent(item, bytes);
  }
  if (metadata.mimeType !== undefined) {
    if (isNative(metadata.mimeType) !== isNative(item.mimeType)) throw invalidValue('file.mimeType');
    item.mimeType = metadata.mimeType;
  }
  const renamed = metadata.name !== undefined && metadata.name !== item.name;
  if (metadata.modifiedTime !== undefined) item.modifiedTime = metadata.modifiedTime;
  else if (bytes !== undefined || renamed) item.modifiedTime = store.now();
  if (metadata.name !== undefined) item.name = metadata.name;
  if (metadata.trashed === true && !item.explicitlyTrashed) store.trash(item);
  if (metadata.trashed === false) store.untrash(item);
  applyMetadata(item, metadata);
}

/**
 * "addParents" and "removeParents": a file always has exactly one parent, so one is taken for another.
 *
 * @throws DriveError 403 `cannotAddParent`, 400 `invalid`
 */
export function changeParents(store: DriveStore, item: Item, parameters: Parameters): void {
  const added = idsIn(parameters.text('addParents')).map((id) => fileFor(store, id, parameters).id);
  const removed = idsIn(parameters.text('removeParents')).map((id) => store.find(id)?.id ?? id);
  if (added.length === 0 && removed.length === 0) return;
  store.requireWritable(item);
  if (added.length > 1) throw new DriveError(403, 'cannotAddParent', 'Adding several parents is not allowed.');
  if (removed.some((id) => id !== item.parentId)) {
    throw invalidValue('removeParents', 'The file is not a child of the specified parent.');
  }
  const [parent] = added;
  if (parent === undefined) throw new DriveError(403, 'cannotRemoveParent', 'A file must have a parent.');
  if (parent === item.parentId && removed.length === 0) throw badRequest('The parent is already there.');
  if (removed.length === 0) {
    throw new DriveError(403, 'cannotAddParent', 'Increasing the number of parents is not allowed');
  }
  store.move(item, parent);
}

function applyMetadata(item: Item, metadata: Metadata): void {
  if (metadata.description !== undefined) item.description = metadata.description;
  if (metadata.starred !== undefined) item.starred = metadata.starred;
  if (metadata.originalFilename !== undefined) item.originalFilename = metadata.originalFilename;
  mergeProperties(item.appProperties, metadata.appProperties);
  mergeProperties(item.properties, metadata.properties);
  if (item.appProperties.size > mostAppProperties) throw badRequest('Too many properties.');
}

function mergeProperties(map: Map<string, string>, changes: Metadata['appProperties']): void {
  for (const [key, value] of Object.entries(changes ?? {})) {
    if (value === null) map.delete(key);
    else map.set(key, value);
  }
}

/** A file without media is a file of no bytes; folders, shortcuts and documents have none at all. */
function contentOf(mimeType: string, bytes: Buffer | undefined): Pick<NewItem, 'bytes' | 'exports'> {
  if (!isNative(mimeType)) return { bytes: bytes ?? Buffer.alloc(0) };
  return mimeType === folderType || mimeType === shortcutType ? {} : { exports: new Map() };
}

function shortcutOf(store: DriveStore, mimeType: string, { targetId }: Metadata): Item['shortcut'] {
  if (mimeType !== shortcutType) {
    if (targetId !== undefined) throw badRequest('Only shortcuts have a target.');
    return undefined;
  }
  if (targetId === undefined) throw badRequest('A shortcut needs a target.');
  const target = store.get(targetId);
  if (target.mimeType === shortcutType) throw badRequest('A shortcut cannot point to a shortcut.');
  return { targetId, targetMimeType: isFolder(target) ? folderType : target.mimeType };
}

function idsIn(text: string | undefined): string[] {
  return (text ?? '').split(',').filter((id) => id !== '');
}
