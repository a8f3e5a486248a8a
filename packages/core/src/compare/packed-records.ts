import { type WalkedTree, WalkReader } from '../paths/index.ts';
import type { PackedEntries } from '../storage/index.ts';
import type { BaseRecord } from './base.ts';

/** A run of records in canonical order of their keys, without an object for each. */
export interface PackedRecords extends WalkedTree {
  /** Files and links among them. */
  readonly files: number;
  /** Makes the record at a place; `order` is its order key. */
  record(place: number, order: string): BaseRecord;
  /**
   * True when both entries stand exactly as the record at a place has them, and under its key; see `isSettled`. False also
   * where it takes a closer look to tell.
   */
  isSettled(
    place: number,
    source: PackedEntries,
    sourcePlace: number,
    destination: PackedEntries,
    destinationPlace: number,
  ): boolean;
}

/** Records that are handed on together. */
export type RecordPage = readonly BaseRecord[] | PackedRecords;

/** The records of a page, one by one. */
export function recordsOf(page: RecordPage): readonly BaseRecord[] {
  if (!('walk' in page)) return page;
  const records: BaseRecord[] = [];
  const walk = new WalkReader(page);
  for (let place = 0; walk.next(); place += 1) records.push(page.record(place, walk.order));
  return records;
}
