import type { WalkedTree } from '../paths/index.ts';
import type { PackedEntries } from '../storage/index.ts';
import type { ScannedItem } from './observation.ts';

/**
 * A run of a scan without an object for each entry: all are present, no ignore rule is in force at any of them, and each
 * path is its own join key.
 */
export interface PackedItems extends WalkedTree {
  readonly entries: PackedEntries;
  /** Makes the item at a place; `order` is its order key. */
  item(place: number, order: string): ScannedItem;
}

/** Items that are handed on together. */
export type ItemPage = readonly ScannedItem[] | PackedItems;

export function isPacked(page: ItemPage): page is PackedItems {
  return 'walk' in page;
}
