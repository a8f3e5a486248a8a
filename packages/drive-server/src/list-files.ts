import { type Answer, resourceAnswer } from './answer.ts';
import { badRequest, invalidValue } from './drive-error.ts';
import { fileResource } from './file-resource.ts';
import type { Item } from './item.ts';
import type { Call, Method } from './method.ts';
import { defaultOrder, parseOrder } from './order-by.ts';
import type { Parameters } from './parameters.ts';
import { candidates, matches, requireKnownParents } from './q-matcher.ts';
import { parseQuery } from './q-parser.ts';
import { shapes } from './shapes.ts';

const usual = 'kind,incompleteSearch,nextPageToken,files(kind,id,name,mimeType,driveId,teamDriveId)';

export const listFiles: Method = {
  name: 'files.list',
  verb: 'GET',
  pattern: /^\/drive\/v3\/files$/,
  parameters: {
    corpora: 'text',
    driveId: 'text',
    includeItemsFromAllDrives: 'boolean',
    includeLabels: 'text',
    includePermissionsForView: 'text',
    orderBy: 'text',
    pageSize: 'integer',
    pageToken: 'text',
    q: 'text',
    spaces: 'text',
    supportsAllDrives: 'boolean',
  },
  answer: list,
};

function list(call: Call): Answer {
  const { parameters, state } = call;
  const { largest } = state.pageSize;
  const size = parameters.integer('pageSize', { minimum: 1, maximum: 1000, otherwise: state.pageSize.usual });
  const isInCorpus = corpus(call);
  const spaces = parameters.text('spaces') ?? 'drive';
  if (spaces !== 'drive' && spaces !== 'appDataFolder') throw invalidValue('spaces');
  const find = (): readonly Item[] => (spaces === 'drive' ? search(call, isInCorpus) : []);
  const { items, next } = state.pages.page(
    parameters.queryText,
    parameters.text('pageToken'),
    Math.min(size, largest),
    find,
  );
  // What is gone since the first page was asked for is not told any more.
  const files = items.filter((item) => state.store.find(item.id) === item);
  const resource = {
    kind: 'drive#fileList',
    incompleteSearch: false,
    nextPageToken: next,
    files: files.map((item) => fileResource(item, state.store)),
  };
  return resourceAnswer(resource, parameters, shapes.fileList, usual);
}

function search({ parameters, state }: Call, isInCorpus: (item: Item) => boolean): readonly Item[] {
  const { store } = state;
  const text = parameters.text('q');
  const query = text === undefined || text === '' ? undefined : parseQuery(text);
  if (query !== undefined) requireKnownParents(query, store);
  const orderBy = parameters.text('orderBy');
  const order = orderBy === undefined ? defaultOrder : parseOrder(orderBy);
  const found = new Set<Item>();
  for (const item of candidates(query, store)) {
    // The roots themselves are never found by a search.
    if (item.parentId === undefined || !isInCorpus(item)) continue;
    if (query === undefined || matches(query, item, store)) found.add(item);
  }
  return [...found].sort(order);
}

/** "corpora": the bodies of items that a search is about. */
function corpus({ parameters, state }: Call): (item: Item) => boolean {
  const corpora = parameters.text('corpora') ?? 'user';
  const driveId = parameters.text('driveId');
  const shared = includesSharedDrives(parameters);
  if ((corpora === 'drive') !== (driveId !== undefined)) {
    throw badRequest('The driveId parameter must be specified if and only if corpora is set to drive.');
  }
  switch (corpora) {
    case 'user':
      return (item) => item.driveId === undefined || shared;
    case 'drive':
      requireShared(shared);
      if (!state.store.drives.has(driveId ?? '')) throw invalidValue('driveId', `Shared drive not found: ${driveId}`);
      return (item) => item.driveId === driveId;
    case 'allDrives':
      requireShared(shared);
      return () => true;
    case 'domain':
      return () => false;
    default:
      throw invalidValue('corpora');
  }
}

/** @throws DriveError 400 when items of shared drives are asked for by who does not say that it knows shared drives */
export function includesSharedDrives(parameters: Parameters): boolean {
  const included = parameters.flag('includeItemsFromAllDrives');
  if (included && !parameters.flag('supportsAllDrives')) {
    throw badRequest('includeItemsFromAllDrives requires supportsAllDrives.');
  }
  return included;
}

function requireShared(shared: boolean): void {
  if (!shared) {
    throw badRequest(
      'The includeItemsFromAllDrives parameter must be set to true when corpora includes shared drives.',
    );
  }
}
