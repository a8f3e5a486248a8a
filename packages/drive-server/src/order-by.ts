import { invalidValue } from './drive-error.ts';
import { type Item, isFolder } from './item.ts';

export type ItemOrder = (left: Item, right: Item) => number;

const keys: Readonly<Record<string, ItemOrder>> = {
  createdTime: (left, right) => left.createdTime - right.createdTime,
  // Folders come first.
  folder: (left, right) => Number(isFolder(right)) - Number(isFolder(left)),
  modifiedByMeTime: (left, right) => left.modifiedTime - right.modifiedTime,
  modifiedTime: (left, right) => left.modifiedTime - right.modifiedTime,
  name: (left, right) => compareText(left.name.toLowerCase(), right.name.toLowerCase()),
  name_natural: (left, right) => left.name.localeCompare(right.name, 'en', { numeric: true, sensitivity: 'base' }),
  quotaBytesUsed: (left, right) => sizeOf(left) - sizeOf(right),
  recency: (left, right) => left.modifiedTime - right.modifiedTime,
  sharedWithMeTime: () => 0,
  starred: (left, right) => Number(right.starred) - Number(left.starred),
  viewedByMeTime: () => 0,
};

/** Without a wish, the newest come first; that is nowhere promised. */
export const defaultOrder: ItemOrder = (left, right) => right.sequence - left.sequence;

/** @throws DriveError 400 `invalid` for keys that do not exist */
export function parseOrder(text: string): ItemOrder {
  const orders = text.split(',').map((part) => {
    const [key = '', direction, ...rest] = part.trim().split(/ +/);
    const order = Object.hasOwn(keys, key) ? keys[key] : undefined;
    if (order === undefined || rest.length > 0 || (direction !== undefined && direction !== 'desc')) {
      throw invalidValue('orderBy');
    }
    return direction === 'desc' ? (left: Item, right: Item) => order(right, left) : order;
  });
  return (left, right) => {
    for (const order of orders) {
      const difference = order(left, right);
      if (difference !== 0) return difference;
    }
    return defaultOrder(left, right);
  };
}

function sizeOf(item: Item): number {
  return item.revisions.at(-1)?.bytes.byteLength ?? 0;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
