import { fileNotFound } from './drive-error.ts';
import type { DriveStore } from './drive-store.ts';
import type { Item } from './item.ts';
import type { Comparison, Query } from './query.ts';

/** The address of the user whose Drive this is. */
export const userAddress = 'user@drive.test';

/** The items that a query is about, before it is asked of each: cheaper than all where it names parents. */
export function candidates(query: Query | undefined, store: DriveStore): Iterable<Item> {
  const parents = query === undefined ? undefined : parentsIn(query);
  if (parents === undefined) return store.items;
  // Drive knows no item of a parent that does not exist, and says so.
  return [...parents].flatMap((id) => [...store.childrenOf(store.find(id)?.id ?? id)]);
}

/** @throws DriveError 404 `notFound` for parents that do not exist */
export function requireKnownParents(query: Query, store: DriveStore): void {
  if (query.kind === 'and' || query.kind === 'or') {
    requireKnownParents(query.left, store);
    requireKnownParents(query.right, store);
  } else if (query.kind === 'not') requireKnownParents(query.operand, store);
  else if (query.kind === 'in' && query.collection === 'parents' && store.find(query.value) === undefined) {
    throw fileNotFound('');
  }
}

export function matches(query: Query, item: Item, store: DriveStore): boolean {
  switch (query.kind) {
    case 'and':
      return matches(query.left, item, store) && matches(query.right, item, store);
    case 'or':
      return matches(query.left, item, store) || matches(query.right, item, store);
    case 'not':
      return !matches(query.operand, item, store);
    case 'has':
      return (query.collection === 'properties' ? item.properties : item.appProperties).get(query.key) === query.value;
    case 'in':
      return isIn(query.collection, query.value, item, store);
    case 'compare':
      return compares(query.term, query.operator, query.value, item, store);
  }
}

function parentsIn(query: Query): Set<string> | undefined {
  if (query.kind === 'in' && query.collection === 'parents') return new Set([query.value]);
  if (query.kind !== 'and' && query.kind !== 'or') return undefined;
  const left = parentsIn(query.left);
  const right = parentsIn(query.right);
  if (query.kind === 'and') return left ?? right;
  return left === undefined || right === undefined ? undefined : new Set([...left, ...right]);
}

function isIn(collection: string, value: string, item: Item, store: DriveStore): boolean {
  if (collection === 'parents') {
    const id = store.find(value)?.id;
    return id !== undefined && (id === item.parentId || item.furtherParents.has(id));
  }
  if (value !== userAddress && value !== 'me') return false;
  const role = store.roleOn(item);
  return role === 'owner' || (collection === 'writers' && role === 'writer') || collection === 'readers';
}

function compares(term: string, operator: Comparison, value: string | boolean, item: Item, store: DriveStore): boolean {
  if (typeof value === 'boolean') {
    const actual =
      term === 'trashed' ? store.isTrashed(item) : term === 'starred' ? item.starred : isShared(item, store);
    return (actual === value) === (operator === '=');
  }
  switch (term) {
    case 'name':
      return operator === 'contains'
        ? startsAWord(item.name, value)
        : equalText(item.name, value) === (operator === '=');
    case 'fullText':
      return startsAWord(item.name, value) || startsAWord(item.description ?? '', value);
    case 'mimeType':
      if (operator === 'contains') return item.mimeType.startsWith(value);
      return (item.mimeType === value) === (operator === '=');
    case 'shortcutDetails.targetId':
      return (item.shortcut?.targetId === value) === (operator === '=');
    case 'createdTime':
      return inOrder(item.createdTime, operator, Date.parse(value));
    case 'modifiedTime':
      return inOrder(item.modifiedTime, operator, Date.parse(value));
    default:
      return false;
  }
}

/** Drive does not tell case apart when it looks for names. */
function equalText(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** "contains" of a name matches only the beginnings of words. */
function startsAWord(text: string, prefix: string): boolean {
  const folded = text.toLowerCase();
  const wanted = prefix.toLowerCase();
  if (folded.startsWith(wanted)) return true;
  return folded.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(wanted));
}

function isShared(item: Item, store: DriveStore): boolean {
  return item.driveId === undefined && store.roleOn(item) !== 'owner';
}

function inOrder(actual: number, operator: Comparison, wanted: number): boolean {
  switch (operator) {
    case '=':
      return actual === wanted;
    case '!=':
      return actual !== wanted;
    case '<':
      return actual < wanted;
    case '<=':
      return actual <= wanted;
    case '>':
      return actual > wanted;
    case '>=':
      return actual >= wanted;
    case 'contains':
      return false;
  }
}
