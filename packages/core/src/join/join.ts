import type { BaseRecord, PackedRecords, RecordPage } from '../compare/index.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import { type CaseFolding, compareUtf8, joinKey, orderKey, withoutSlash } from '../paths/index.ts';
import type { SyncedEntry } from '../storage/index.ts';
import { Cursor, type CursorView, standAtSameRun } from './cursor.ts';
import { DirectoryTrail } from './directory-trail.ts';
import { absent, held, type Observation, type ScannedItem } from './observation.ts';
import type { ItemPage, PackedItems } from './packed-items.ts';
import type { JoinCounts, JoinedRow } from './row.ts';

/** One side, as a scan delivers it. */
export interface ScannedTree {
  readonly items: AsyncIterable<ItemPage>;
  /** The ignore rules in force at the root; known once the first page has been delivered. */
  readonly rootIgnore: IgnoreChain | undefined;
}

export interface JoinInput {
  /** In canonical order under `folding`. */
  readonly base: AsyncIterable<RecordPage>;
  readonly source: ScannedTree;
  readonly destination: ScannedTree;
  readonly folding: CaseFolding;
  readonly ignore: IgnoreFileManager;
  /** True when both entries are, content and metadata, as the record has them: such a path needs no decision. */
  isSettled(record: BaseRecord, source: SyncedEntry, destination: SyncedEntry): boolean;
  /** True for a join key that this run leaves out, with all below it. */
  isHeld(key: string): boolean;
  /** True where `isSettled` is all that tells whether a path needs a decision: no path is held, and none is forced. */
  readonly trustsSettled: boolean;
}

/**
 * Merges base, source and destination in one pass and yields the paths that need a decision, in pages. What is
 * unchanged is counted and dropped, so memory follows the number of changes, not the size of the trees.
 *
 * `counts` is filled on the way and final when the stream has ended.
 */
export async function* join(input: JoinInput, counts: JoinCounts): AsyncGenerator<readonly JoinedRow[]> {
  const base = new Cursor(input.base, recordView(input.folding));
  const source = new Cursor(input.source.items, itemView('source'));
  const destination = new Cursor(input.destination.items, itemView('destination'));
  const cursors = [base, source, destination] as const;
  const assembler = new RowAssembler(input, counts);
  try {
    await Promise.all([base.turn(), source.turn(), destination.turn()]);
    assembler.start(input.source.rootIgnore, input.destination.rootIgnore);
    let page: JoinedRow[] = [];
    for (;;) {
      const order = smallest(base, source, destination);
      if (order === undefined) break;
      if (input.trustsSettled && standTogether(base, source, destination) && assembler.mayPass(order)) {
        if (passRun(base, source, destination, assembler)) {
          await Promise.all([base.turn(), source.turn(), destination.turn()]);
          continue;
        }
        assembler.pass(order, base.packed, 1);
      } else page.push(...assembler.assemble(order, at(base, order), at(source, order), at(destination, order)));
      if (page.length >= 1024) {
        yield page;
        page = [];
      }
      for (const cursor of cursors) if (cursor.order === order && !cursor.step()) await cursor.turn();
    }
    if (page.length > 0) yield page;
  } finally {
    await Promise.all([base.close(), source.close(), destination.close()]);
  }
}

type BaseCursor = Cursor<BaseRecord, PackedRecords>;
type SideCursor = Cursor<ScannedItem, PackedItems>;

function recordView(folding: CaseFolding): CursorView<BaseRecord, PackedRecords> {
  return {
    name: 'state',
    orderOf: (record) => orderKey(joinKey(record.key, folding), record.kind === 'directory'),
    itemOf: (page, place, order) => page.record(place, order),
  };
}

function itemView(name: 'source' | 'destination'): CursorView<ScannedItem, PackedItems> {
  return {
    name,
    orderOf: (item) => item.orderKey,
    itemOf: (page, place, order) => page.item(place, order),
  };
}

function at<Item extends object>(
  cursor: { readonly order: string; readonly current: Item | undefined },
  order: string,
): Item | undefined {
  return cursor.order === order ? cursor.current : undefined;
}

function smallest(...cursors: ReadonlyArray<{ readonly order: string }>): string | undefined {
  let smallest: string | undefined;
  for (const { order } of cursors) {
    if (order === '') continue;
    if (smallest === undefined || (order !== smallest && compareUtf8(order, smallest) < 0)) smallest = order;
  }
  return smallest;
}

/** True where all three are packed, have the same key, and are as the base has them. */
function standTogether(base: BaseCursor, source: SideCursor, destination: SideCursor): boolean {
  const [records, left, right] = [base.packed, source.packed, destination.packed];
  return (
    records !== undefined &&
    left !== undefined &&
    right !== undefined &&
    base.order === source.order &&
    base.order === destination.order &&
    records.isSettled(base.place, left.entries, source.place, right.entries, destination.place)
  );
}

/** Passes over three pages that are the same run, where all of it is as the base has it. */
function passRun(base: BaseCursor, source: SideCursor, destination: SideCursor, assembler: RowAssembler): boolean {
  if (!standAtSameRun(base, source, destination)) return false;
  const [records, left, right] = [base.packed, source.packed, destination.packed];
  if (records === undefined || left === undefined || right === undefined) return false;
  for (let place = 0; place < records.count; place += 1) {
    if (!records.isSettled(place, left.entries, place, right.entries, place)) return false;
  }
  for (const cursor of [base, source, destination]) cursor.pass();
  assembler.pass(records.last, records, records.count);
  return true;
}

/** An unseen or excluded subtree of one side: what lies below `prefix` gets the same observation. */
interface Shade {
  readonly prefix: string;
  readonly observation: Observation;
}

/** The row of a path that is a file or link on one side only: a directory of the same name may still come. */
interface BareRow {
  readonly row: JoinedRow;
  readonly isKept: boolean;
  /** Where the directory would come. */
  readonly directoryOrder: string;
}

const noRows: readonly JoinedRow[] = [];

class RowAssembler {
  readonly #input: JoinInput;
  readonly #counts: JoinCounts;
  readonly #trail: DirectoryTrail;
  readonly #shades: { source: Shade | undefined; destination: Shade | undefined } = {
    source: undefined,
    destination: undefined,
  };
  /** Innermost last: between `a` and `a/` only names come that begin with `a`. */
  readonly #bare: BareRow[] = [];
  /** The outermost open directory that does not stand on both sides: below it, every row matters. */
  #upheaval: string | undefined;

  constructor(input: JoinInput, counts: JoinCounts) {
    this.#input = input;
    this.#counts = counts;
    this.#trail = new DirectoryTrail(input.ignore);
  }

  start(sourceIgnore: IgnoreChain | undefined, destinationIgnore: IgnoreChain | undefined): void {
    this.#trail.start(sourceIgnore, destinationIgnore);
  }

  /** True where what is settled at this place, and in the run that begins there, needs no row. */
  mayPass(order: string): boolean {
    const covers = (prefix: string | undefined): boolean => prefix !== undefined && order.startsWith(prefix);
    const { source, destination } = this.#shades;
    return !covers(source?.prefix) && !covers(destination?.prefix) && !covers(this.#upheaval);
  }

  /** Counts what is settled, up to the entry at `order`, of a page of the base. */
  pass(order: string, page: PackedRecords | undefined, entries: number): void {
    const counts = this.#counts;
    counts.unchanged += entries;
    counts.source += entries;
    counts.destination += entries;
    if (entries > 1) counts.baseFiles += page?.files ?? 0;
    else if (!order.endsWith('/')) counts.baseFiles += 1;
    if (entries > 1 || order.endsWith('/')) this.#trail.passTo(order);
  }

  assemble(
    order: string,
    base: BaseRecord | undefined,
    sourceItem: ScannedItem | undefined,
    destinationItem: ScannedItem | undefined,
  ): readonly JoinedRow[] {
    this.#count(base, sourceItem, destinationItem);
    if (this.#upheaval !== undefined && !order.startsWith(this.#upheaval)) this.#upheaval = undefined;
    this.#trail.climbTo(order);
    const key = withoutSlash(order);
    const paths = this.#trail.paths(base, sourceItem?.path, destinationItem?.path, key);
    let source = this.#observe('source', order, sourceItem);
    let destination = this.#observe('destination', order, destinationItem);
    if (this.#input.isHeld(key)) {
      source = this.#shade('source', order, held);
      destination = this.#shade('destination', order, held);
    } else {
      const excluded = this.#trail.excludedByOther(source, destination, order);
      if (excluded !== undefined) {
        source = this.#shade('source', order, excluded);
        this.#counts.excluded += 1;
      }
    }
    if (order.endsWith('/')) this.#trail.descend(order, paths, sourceItem?.ignore, destinationItem?.ignore);
    const passage = sourceItem?.passage === true || destinationItem?.passage === true;
    const row = {
      key,
      base,
      source,
      destination,
      paths,
      passage,
      accompanied: accompanied(sourceItem, destinationItem),
    };
    return this.#withTwin(row, order, this.#isKept(row, order));
  }

  #observe(side: 'source' | 'destination', order: string, item: ScannedItem | undefined): Observation {
    const shade = this.#shades[side];
    if (shade !== undefined) {
      if (order.startsWith(shade.prefix)) return shade.observation;
      this.#shades[side] = undefined;
    }
    if (item === undefined) return absent;
    if (item.observation.state === 'present') return item.observation;
    return this.#shade(side, order, item.observation);
  }

  #shade(side: 'source' | 'destination', order: string, observation: Observation): Observation {
    if (order.endsWith('/') && this.#shades[side] === undefined) this.#shades[side] = { prefix: order, observation };
    return observation;
  }

  /**
   * A row that would be dropped matters where the other row of its path has something to say: what is excluded as a file
   * must not be missing from the directory, and the other way round.
   */
  #withTwin(row: JoinedRow, order: string, isKept: boolean): readonly JoinedRow[] {
    if (order.endsWith('/')) {
      const bare = this.#bareAt(order);
      if (bare !== undefined) return bare.isKept ? [row] : [bare.row, row];
    } else if (row.source.state !== 'present' || row.destination.state !== 'present') {
      this.#bareAt(order);
      this.#bare.push({ row, isKept, directoryOrder: `${order}/` });
    }
    return isKept ? [row] : noRows;
  }

  /** The row of a file or link where a directory now comes; forgets those that no directory can follow any more. */
  #bareAt(order: string): BareRow | undefined {
    for (let last = this.#bare.at(-1); last !== undefined; last = this.#bare.at(-1)) {
      if (compareUtf8(order, last.directoryOrder) <= 0) return order === last.directoryOrder ? last : undefined;
      this.#bare.pop();
    }
    return undefined;
  }

  #isKept(row: JoinedRow, order: string): boolean {
    const { base, source, destination } = row;
    if (source.state === 'present' && destination.state === 'present') {
      if (row.passage) return false;
      if (base === undefined || !this.#input.isSettled(base, source.entry, destination.entry)) return true;
      this.#counts.unchanged += 1;
      return false;
    }
    if (source.state === 'excluded' || destination.state === 'excluded') {
      return base !== undefined || this.#upheaval !== undefined;
    }
    if (this.#isInShade(source, order) || this.#isInShade(destination, order)) return this.#upheaval !== undefined;
    if (order.endsWith('/') && (source.state === 'absent' || destination.state === 'absent')) this.#upheaval ??= order;
    return true;
  }

  /** True below, not at, the top of an unseen or held subtree: its top speaks for it. */
  #isInShade(observation: Observation, order: string): boolean {
    if (observation.state !== 'unknown' && observation.state !== 'held') return false;
    const { source, destination } = this.#shades;
    return [source, destination].some(
      (shade) => shade?.observation === observation && order !== shade.prefix && order.startsWith(shade.prefix),
    );
  }

  #count(base: BaseRecord | undefined, source: ScannedItem | undefined, destination: ScannedItem | undefined): void {
    const counts = this.#counts;
    if (base !== undefined && base.kind !== 'directory') counts.baseFiles += 1;
    if (source !== undefined) {
      if (source.observation.state === 'excluded') counts.excluded += 1;
      else counts.source += 1;
      if (listingFailed(source)) counts.sourceIncomplete = true;
    }
    if (destination !== undefined) {
      if (destination.observation.state === 'excluded') counts.excluded += 1;
      else counts.destination += 1;
      if (listingFailed(destination)) counts.destinationIncomplete = true;
    }
  }
}

function accompanied(source: ScannedItem | undefined, destination: ScannedItem | undefined): JoinedRow['accompanied'] {
  if (source?.accompanied !== true && destination?.accompanied !== true) return undefined;
  return { source: source?.accompanied === true, destination: destination?.accompanied === true };
}

function listingFailed(item: ScannedItem): boolean {
  return item.observation.state === 'unknown' && item.observation.listingFailed;
}
