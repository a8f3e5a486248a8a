import { type Answer, emptyAnswer, resourceAnswer } from './answer.ts';
import { downloadRevision } from './download.ts';
import { badRequest, DriveError, insufficientPermissions, invalidValue } from './drive-error.ts';
import { timeText } from './file-resource.ts';
import { headOf, type Item, type Revision } from './item.ts';
import { parseKeepForever } from './metadata.ts';
import type { Call, Method } from './method.ts';
import { deleteRevision, keptRevisions, revisionWith, setKeepForever } from './revisions.ts';
import { shapes } from './shapes.ts';

const usual = 'kind,id,mimeType,modifiedTime';
const all = /^\/drive\/v3\/files\/([^/]+)\/revisions$/;
const one = /^\/drive\/v3\/files\/([^/]+\/revisions\/[^/]+)$/;

/** "REST Resource: revisions", as far as this server has it. */
function revisionResource(item: Item, revision: Revision): Record<string, unknown> {
  return {
    kind: 'drive#revision',
    id: revision.id,
    mimeType: revision.mimeType,
    modifiedTime: timeText(revision.modifiedTime),
    keepForever: revision.keepForever,
    published: false,
    md5Checksum: revision.md5,
    size: String(revision.bytes.byteLength),
    originalFilename: item.originalFilename ?? item.name,
  };
}

function list(call: Call): Answer {
  const { parameters, state } = call;
  const item = revisedFile(call, call.id);
  const size = parameters.integer('pageSize', { minimum: 1, maximum: 1000, otherwise: 200 });
  const query = `${item.id} ${parameters.queryText}`;
  const { items, next } = state.revisionPages.page(
    query,
    parameters.text('pageToken'),
    Math.min(size, state.pageSize.largest),
    () => keptRevisions(item, state.store.now()),
  );
  const resource = {
    kind: 'drive#revisionList',
    nextPageToken: next,
    revisions: items.map((revision) => revisionResource(item, revision)),
  };
  return resourceAnswer(resource, parameters, shapes.revisionList, `kind,nextPageToken,revisions(${usual})`);
}

function get(call: Call): Answer {
  const { item, revision } = named(call);
  const alt = call.parameters.text('alt') ?? 'json';
  if (alt === 'media') return downloadRevision(item, revision, call);
  if (alt !== 'json') throw invalidValue('alt');
  return resourceAnswer(revisionResource(item, revision), call.parameters, shapes.revision, usual);
}

function update(call: Call): Answer {
  const { item, revision } = named(call);
  const keepForever = parseKeepForever(call.body);
  if (keepForever !== undefined) setKeepForever(item, revision, keepForever);
  return resourceAnswer(revisionResource(item, revision), call.parameters, shapes.revision, usual);
}

function remove(call: Call): Answer {
  const { item, revision } = named(call);
  deleteRevision(item, revision);
  call.state.store.touch(item);
  return emptyAnswer(204);
}

function named(call: Call): { readonly item: Item; readonly revision: Revision } {
  const [fileId = '', , revisionId = ''] = call.id.split('/');
  const item = revisedFile(call, fileId);
  return { item, revision: revisionWith(item, revisionId, call.state.store.now()) };
}

/**
 * Whoever may not edit a file does not see what it was. Folders and shortcuts have no revisions, and those of documents of the
 * editors this server does not have.
 *
 * @throws DriveError 404 `notFound`, 403 `insufficientFilePermissions`, 403 `revisionsNotSupported`
 */
function revisedFile({ state: { store } }: Call, id: string): Item {
  if (id === '') throw badRequest('A file is missing.');
  const item = store.get(id);
  if (store.roleOn(item) === 'reader') throw insufficientPermissions(id);
  if (headOf(item) === undefined) {
    throw new DriveError(403, 'revisionsNotSupported', 'The file does not support revisions.');
  }
  return item;
}

export const revisionMethods: readonly Method[] = [
  {
    name: 'revisions.list',
    verb: 'GET',
    pattern: all,
    parameters: { pageSize: 'integer', pageToken: 'text' },
    answer: list,
  },
  { name: 'revisions.get', verb: 'GET', pattern: one, parameters: { acknowledgeAbuse: 'boolean' }, answer: get },
  { name: 'revisions.update', verb: 'PATCH', pattern: one, parameters: {}, answer: update },
  { name: 'revisions.delete', verb: 'DELETE', pattern: one, parameters: {}, answer: remove },
];
