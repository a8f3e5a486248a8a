import { type Answer, resourceAnswer } from './answer.ts';
import type { ChangeRecord } from './change-log.ts';
import { invalidValue } from './drive-error.ts';
import type { DriveStore } from './drive-store.ts';
import { fileResource, timeText } from './file-resource.ts';
import { includesSharedDrives } from './list-files.ts';
import type { Call, Method } from './method.ts';
import type { Parameters } from './parameters.ts';
import { shapes } from './shapes.ts';

const usual =
  'kind,nextPageToken,newStartPageToken,changes(kind,type,changeType,time,removed,fileId,file(kind,id,name,mimeType))';

export const changeMethods: readonly Method[] = [
  {
    name: 'changes.getStartPageToken',
    verb: 'GET',
    pattern: /^\/drive\/v3\/changes\/startPageToken$/,
    parameters: { driveId: 'text', supportsAllDrives: 'boolean' },
    answer: startPageToken,
  },
  {
    name: 'changes.list',
    verb: 'GET',
    pattern: /^\/drive\/v3\/changes$/,
    parameters: {
      driveId: 'text',
      includeCorpusRemovals: 'boolean',
      includeItemsFromAllDrives: 'boolean',
      includeLabels: 'text',
      includePermissionsForView: 'text',
      includeRemoved: 'boolean',
      pageSize: 'integer',
      pageToken: 'text',
      restrictToMyDrive: 'boolean',
      spaces: 'text',
      supportsAllDrives: 'boolean',
    },
    answer: listChanges,
  },
];

/** "The starting page token for listing future changes." */
function startPageToken({ parameters, state }: Call): Answer {
  requireDrive(parameters, state.store);
  const resource = { kind: 'drive#startPageToken', startPageToken: String(state.store.changes.next) };
  return resourceAnswer(resource, parameters, shapes.startPageToken, '*');
}

function listChanges({ parameters, state }: Call): Answer {
  const { store } = state;
  const token = parameters.required('pageToken');
  const size = parameters.integer('pageSize', { minimum: 1, maximum: 1000, otherwise: 100 });
  requireDrive(parameters, store);
  const start = Number(token);
  const { next, oldest } = store.changes;
  if (!/^\d+$/.test(token) || start < 1 || start > next || start < oldest) throw invalidValue('pageToken');
  const all = store.changes.since(start).filter((record) => isAskedFor(record, parameters, store));
  const page = all.slice(0, size);
  const last = page.at(-1);
  const more = last !== undefined && page.length < all.length;
  const resource = {
    kind: 'drive#changeList',
    nextPageToken: more ? String(last.sequence + 1) : undefined,
    newStartPageToken: more ? undefined : String(next),
    changes: page.map((record) => changeResource(record, store)),
  };
  return resourceAnswer(resource, parameters, shapes.changeList, usual);
}

function requireDrive(parameters: Parameters, store: DriveStore): void {
  const driveId = parameters.text('driveId');
  if (driveId === undefined) return;
  if (!parameters.flag('supportsAllDrives')) throw invalidValue('driveId', 'supportsAllDrives is required.');
  if (!store.drives.has(driveId)) throw invalidValue('driveId', `Shared drive not found: ${driveId}`);
}

function isAskedFor(record: ChangeRecord, parameters: Parameters, store: DriveStore): boolean {
  const driveId = parameters.text('driveId');
  if (
    driveId !== undefined
      ? record.driveId !== driveId
      : record.driveId !== undefined && !includesSharedDrives(parameters)
  ) {
    return false;
  }
  if (parameters.flag('restrictToMyDrive') && record.driveId !== undefined) return false;
  const isRemoved = record.removed || store.find(record.fileId) === undefined;
  return !isRemoved || parameters.text('includeRemoved') !== 'false';
}

function changeResource(record: ChangeRecord, store: DriveStore): Record<string, unknown> {
  const item = store.find(record.fileId);
  return {
    kind: 'drive#change',
    type: 'file',
    changeType: 'file',
    time: timeText(record.time),
    removed: item === undefined,
    fileId: record.fileId,
    ...(record.driveId === undefined ? {} : { driveId: record.driveId, teamDriveId: record.driveId }),
    file: item === undefined ? undefined : fileResource(item, store),
  };
}
