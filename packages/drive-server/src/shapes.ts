/** What fields a resource can have: a field of its own, named fields below it, or any names below it. */
export type Shape = 'value' | 'map' | { readonly [name: string]: Shape };

function values(...names: readonly string[]): { readonly [name: string]: Shape } {
  return Object.fromEntries(names.map((name) => [name, 'value' as const]));
}

const user = values('kind', 'displayName', 'photoLink', 'me', 'permissionId', 'emailAddress');

const fileCapabilities = values(
  'canAcceptOwnership',
  'canAddChildren',
  'canAddMyDriveParent',
  'canComment',
  'canCopy',
  'canDelete',
  'canDeleteChildren',
  'canDownload',
  'canEdit',
  'canListChildren',
  'canModifyContent',
  'canMoveChildrenOutOfDrive',
  'canMoveChildrenWithinDrive',
  'canMoveItemIntoTeamDrive',
  'canMoveItemOutOfDrive',
  'canMoveItemWithinDrive',
  'canReadRevisions',
  'canRemoveChildren',
  'canRemoveMyDriveParent',
  'canRename',
  'canShare',
  'canTrash',
  'canTrashChildren',
  'canUntrash',
);

/** The reference's "REST Resource: files". */
export const fileShape: Shape = {
  ...values(
    'kind',
    'id',
    'name',
    'mimeType',
    'description',
    'starred',
    'trashed',
    'explicitlyTrashed',
    'trashedTime',
    'parents',
    'spaces',
    'version',
    'webContentLink',
    'webViewLink',
    'iconLink',
    'hasThumbnail',
    'thumbnailLink',
    'thumbnailVersion',
    'viewedByMe',
    'viewedByMeTime',
    'createdTime',
    'modifiedTime',
    'modifiedByMe',
    'modifiedByMeTime',
    'sharedWithMeTime',
    'driveId',
    'teamDriveId',
    'shared',
    'ownedByMe',
    'viewersCanCopyContent',
    'copyRequiresWriterPermission',
    'writersCanShare',
    'permissionIds',
    'hasAugmentedPermissions',
    'folderColorRgb',
    'originalFilename',
    'fullFileExtension',
    'fileExtension',
    'md5Checksum',
    'sha1Checksum',
    'sha256Checksum',
    'size',
    'quotaBytesUsed',
    'headRevisionId',
    'isAppAuthorized',
    'resourceKey',
  ),
  properties: 'map',
  appProperties: 'map',
  exportLinks: 'map',
  capabilities: fileCapabilities,
  trashingUser: user,
  sharingUser: user,
  lastModifyingUser: user,
  owners: user,
  permissions: values('id', 'kind', 'type', 'role', 'emailAddress', 'displayName', 'deleted', 'domain'),
  shortcutDetails: values('targetId', 'targetMimeType', 'targetResourceKey'),
  contentRestrictions: values('readOnly', 'reason', 'type', 'restrictionTime'),
  contentHints: { indexableText: 'value', thumbnail: values('image', 'mimeType') },
  imageMediaMetadata: 'map',
  videoMediaMetadata: 'map',
};

const driveShape: Shape = {
  ...values('kind', 'id', 'name', 'colorRgb', 'createdTime', 'hidden', 'themeId', 'backgroundImageLink', 'orgUnitId'),
  capabilities: 'map',
  restrictions: 'map',
};

/** The reference's "REST Resource: revisions". */
const revisionShape: Shape = {
  ...values(
    'kind',
    'id',
    'mimeType',
    'modifiedTime',
    'keepForever',
    'published',
    'publishedLink',
    'publishAuto',
    'publishedOutsideDomain',
    'originalFilename',
    'md5Checksum',
    'size',
  ),
  lastModifyingUser: user,
  exportLinks: 'map',
};

/** What each method answers, for its `fields` parameter. */
export const shapes: Readonly<
  Record<
    | 'file'
    | 'fileList'
    | 'revision'
    | 'revisionList'
    | 'drive'
    | 'driveList'
    | 'startPageToken'
    | 'changeList'
    | 'generatedIds'
    | 'about',
    Shape
  >
> = {
  file: fileShape,
  fileList: { ...values('kind', 'nextPageToken', 'incompleteSearch'), files: fileShape },
  revision: revisionShape,
  revisionList: { ...values('kind', 'nextPageToken'), revisions: revisionShape },
  drive: driveShape,
  driveList: { ...values('kind', 'nextPageToken'), drives: driveShape },
  startPageToken: values('kind', 'startPageToken'),
  changeList: {
    ...values('kind', 'nextPageToken', 'newStartPageToken'),
    changes: {
      ...values('kind', 'type', 'changeType', 'time', 'removed', 'fileId', 'driveId', 'teamDriveId'),
      file: fileShape,
      drive: driveShape,
    },
  },
  generatedIds: values('kind', 'space', 'ids'),
  about: {
    ...values('kind', 'appInstalled', 'canCreateDrives', 'maxUploadSize', 'folderColorPalette'),
    user,
    storageQuota: values('limit', 'usage', 'usageInDrive', 'usageInDriveTrash'),
    importFormats: 'map',
    exportFormats: 'map',
    maxImportSizes: 'map',
    driveThemes: values('id', 'backgroundImageLink', 'colorRgb'),
  },
};
