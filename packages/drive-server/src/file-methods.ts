import { type Answer, emptyAnswer, resourceAnswer } from './answer.ts';
import { download, exported } from './download.ts';
import { badRequest, DriveError, insufficientPermissions, invalidValue } from './drive-error.ts';
import { changeParents, createItem, fileFor, updateItem } from './file-access.ts';
import { fileResource } from './file-resource.ts';
import { headOf, type Item, isFolder } from './item.ts';
import { parseMetadata } from './metadata.ts';
import type { Call, Method } from './method.ts';
import type { ParameterRules } from './parameters.ts';
import { shapes } from './shapes.ts';

const usual = 'kind,id,name,mimeType,driveId,teamDriveId';
const file = /^\/drive\/v3\/files\/([^/]+)$/;

/** Parameters that create, update and copy have in common. */
const writeParameters: ParameterRules = {
  enforceSingleParent: 'boolean',
  includeLabels: 'text',
  includePermissionsForView: 'text',
  keepRevisionForever: 'boolean',
  ocrLanguage: 'text',
  supportsAllDrives: 'boolean',
  useContentAsIndexableText: 'boolean',
};
export const createParameters: ParameterRules = { ...writeParameters, ignoreDefaultVisibility: 'boolean' };
export const updateParameters: ParameterRules = { ...writeParameters, addParents: 'text', removeParents: 'text' };

/** A file as create, get, update and copy answer it. */
export function fileAnswer(item: Item, call: Pick<Call, 'state' | 'parameters'>): Answer {
  return resourceAnswer(fileResource(item, call.state.store), call.parameters, shapes.file, usual);
}

function get(call: Call): Answer {
  const item = fileFor(call.state.store, call.id, call.parameters);
  const alt = call.parameters.text('alt') ?? 'json';
  if (alt === 'media') return download(item, call);
  if (alt !== 'json') throw invalidValue('alt');
  return fileAnswer(item, call);
}

function create(call: Call): Answer {
  return fileAnswer(createItem(call.state.store, parseMetadata(call.body, 'create'), call.parameters), call);
}

function update(call: Call): Answer {
  const { store } = call.state;
  const item = fileFor(store, call.id, call.parameters);
  const metadata = parseMetadata(call.body, 'update');
  store.requireWritable(item);
  changeParents(store, item, call.parameters);
  updateItem(store, item, metadata);
  store.touch(item);
  return fileAnswer(item, call);
}

function remove(call: Call): Answer {
  const { store } = call.state;
  const item = fileFor(store, call.id, call.parameters);
  if (store.roleOn(item) !== 'owner' || item.parentId === undefined) throw insufficientPermissions(item.id);
  store.delete(item);
  return emptyAnswer(204);
}

function copy(call: Call): Answer {
  const { store } = call.state;
  const item = fileFor(store, call.id, call.parameters);
  const head = headOf(item);
  if (isFolder(item) || head === undefined) {
    throw new DriveError(403, 'cannotCopyFile', 'This file cannot be copied by the user.');
  }
  const metadata = parseMetadata(call.body, 'copy');
  const made = createItem(
    store,
    {
      name: `Copy of ${item.name}`,
      mimeType: item.mimeType,
      parents: item.parentId === undefined ? undefined : [item.parentId],
      ...withoutUndefined(metadata),
    },
    call.parameters,
    { bytes: head.bytes, mimeType: item.mimeType },
  );
  for (const [key, value] of item.appProperties) if (!made.appProperties.has(key)) made.appProperties.set(key, value);
  return fileAnswer(made, call);
}

function generateIds(call: Call): Answer {
  const { parameters, state } = call;
  const count = parameters.integer('count', { minimum: 1, maximum: 1000, otherwise: 10 });
  const space = parameters.text('space') ?? 'drive';
  if (space !== 'drive' && space !== 'appDataFolder') throw invalidValue('space');
  const type = parameters.text('type') ?? 'files';
  if (type !== 'files' && type !== 'shortcuts') throw invalidValue('type');
  const ids = Array.from({ length: count }, () => state.store.handOutId());
  return resourceAnswer({ kind: 'drive#generatedIds', space, ids }, parameters, shapes.generatedIds, '*');
}

/** "Permanently deletes all of the user's trashed files." */
function emptyTrash(call: Call): Answer {
  const { store } = call.state;
  const driveId = call.parameters.text('driveId');
  if (driveId !== undefined && !store.drives.has(driveId)) throw badRequest(`Shared drive not found: ${driveId}`);
  const trashed = [...store.items].filter((item) => item.explicitlyTrashed && item.driveId === driveId);
  for (const item of trashed) if (store.find(item.id) === item) store.delete(item);
  return emptyAnswer(204);
}

function withoutUndefined<Value extends object>(value: Value): Partial<Value> {
  // Sound: only members that are undefined are left out.
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<Value>;
}

export const fileMethods: readonly Method[] = [
  {
    name: 'files.generateIds',
    verb: 'GET',
    pattern: /^\/drive\/v3\/files\/generateIds$/,
    parameters: { count: 'integer', space: 'text', type: 'text' },
    answer: generateIds,
  },
  {
    name: 'files.emptyTrash',
    verb: 'DELETE',
    pattern: /^\/drive\/v3\/files\/trash$/,
    parameters: { driveId: 'text', enforceSingleParent: 'boolean' },
    answer: emptyTrash,
  },
  {
    name: 'files.export',
    verb: 'GET',
    pattern: /^\/drive\/v3\/files\/([^/]+)\/export$/,
    parameters: { mimeType: 'text' },
    answer: (call) => exported(call.state.store.get(call.id), call),
  },
  {
    name: 'files.copy',
    verb: 'POST',
    pattern: /^\/drive\/v3\/files\/([^/]+)\/copy$/,
    parameters: createParameters,
    answer: copy,
  },
  {
    name: 'files.get',
    verb: 'GET',
    pattern: file,
    parameters: {
      acknowledgeAbuse: 'boolean',
      includeLabels: 'text',
      includePermissionsForView: 'text',
      supportsAllDrives: 'boolean',
    },
    answer: get,
  },
  {
    name: 'files.create',
    verb: 'POST',
    pattern: /^\/drive\/v3\/files$/,
    parameters: createParameters,
    answer: create,
  },
  { name: 'files.update', verb: 'PATCH', pattern: file, parameters: updateParameters, answer: update },
  {
    name: 'files.delete',
    verb: 'DELETE',
    pattern: file,
    parameters: { enforceSingleParent: 'boolean', supportsAllDrives: 'boolean' },
    answer: remove,
  },
];
