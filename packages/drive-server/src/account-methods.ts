import { type Answer, resourceAnswer } from './answer.ts';
import { DriveError, invalidValue } from './drive-error.ts';
import type { DriveStore, SharedDrive } from './drive-store.ts';
import { timeText } from './file-resource.ts';
import { headOf } from './item.ts';
import type { Call, Method } from './method.ts';
import { userAddress } from './q-matcher.ts';
import { shapes } from './shapes.ts';

export const accountMethods: readonly Method[] = [
  { name: 'about.get', verb: 'GET', pattern: /^\/drive\/v3\/about$/, parameters: {}, answer: about },
  {
    name: 'drives.list',
    verb: 'GET',
    pattern: /^\/drive\/v3\/drives$/,
    parameters: { pageSize: 'integer', pageToken: 'text', q: 'text', useDomainAdminAccess: 'boolean' },
    answer: listDrives,
  },
  {
    name: 'drives.get',
    verb: 'GET',
    pattern: /^\/drive\/v3\/drives\/([^/]+)$/,
    parameters: { useDomainAdminAccess: 'boolean' },
    answer: getDrive,
  },
];

/** "about.get": the one method that demands a `fields` parameter. */
function about({ parameters, state }: Call): Answer {
  if (parameters.text('fields') === undefined) {
    throw new DriveError(400, 'required', "The 'fields' parameter is required for this method.", {
      location: 'fields',
    });
  }
  const { store } = state;
  const resource = {
    kind: 'drive#about',
    user: { kind: 'drive#user', displayName: 'Test User', me: true, permissionId: '0', emailAddress: userAddress },
    storageQuota: {
      ...(store.limit === undefined ? {} : { limit: String(store.limit) }),
      usage: String(store.usage),
      usageInDrive: String(store.usage),
      usageInDriveTrash: String(trashUsage(store)),
    },
    canCreateDrives: false,
    appInstalled: false,
    maxUploadSize: '5242880000000',
  };
  return resourceAnswer(resource, parameters, shapes.about, '*');
}

function listDrives({ parameters, state }: Call): Answer {
  const size = parameters.integer('pageSize', { minimum: 1, maximum: 100, otherwise: 10 });
  const token = parameters.text('pageToken');
  const start = token === undefined ? 0 : Number(token);
  const all = [...state.store.drives.values()];
  if (!Number.isInteger(start) || start < 0 || start >= Math.max(1, all.length)) throw invalidValue('pageToken');
  const next = start + size < all.length ? String(start + size) : undefined;
  const drives = all.slice(start, start + size).map(driveResource);
  const resource = { kind: 'drive#driveList', nextPageToken: next, drives };
  return resourceAnswer(resource, parameters, shapes.driveList, 'kind,nextPageToken,drives(kind,id,name)');
}

function getDrive({ id, parameters, state }: Call): Answer {
  const drive = state.store.drives.get(id);
  if (drive === undefined) {
    throw new DriveError(404, 'notFound', `Shared drive not found: ${id}`, { location: 'driveId' });
  }
  return resourceAnswer(driveResource(drive), parameters, shapes.drive, 'kind,id,name');
}

function driveResource(drive: SharedDrive): Record<string, unknown> {
  return {
    kind: 'drive#drive',
    id: drive.id,
    name: drive.name,
    createdTime: timeText(drive.createdTime),
    hidden: false,
    capabilities: { canAddChildren: true, canEdit: true, canListChildren: true, canTrashChildren: true },
  };
}

function trashUsage(store: DriveStore): number {
  let bytes = 0;
  for (const item of store.items) if (store.isTrashed(item)) bytes += headOf(item)?.bytes.byteLength ?? 0;
  return bytes;
}
