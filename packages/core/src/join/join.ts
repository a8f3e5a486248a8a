import type { BaseRecord } from '../compare/index.ts';
import type { IgnoreChain, IgnoreFileManager } from '../ignore/index.ts';
import { type CaseFolding, compareUtf8, joinKey, orderKey, withoutSlash } from '../paths/index.ts';
import type { SyncedEntry } from '../storage/index.ts';
import { Cursor } from './cursor.ts';
import { DirectoryTrail } from './directory-trail.ts';
import { absent, held, type Observation, type ScannedItem } from './observation.ts';
import type { JoinCounts, JoinedRow } from './row.ts';

/** One side, as a scan delivers it. */
export interface ScannedTree {
  readonly items: AsyncIterable<readonly ScannedItem[]>;
  /** The ignore rules in force at the root; known once the first page has been delivered. */
  readonly rootIgnore: IgnoreChain | undefined;
}

export interface JoinInput {
  /** In canonical order under `folding`. */
  readonly base: AsyncIterable<readonly BaseRecord[]>;
  readonly source: ScannedTree;
  readonly destination: ScannedTree;
  readonly folding: CaseFolding;
  readonly ignore: IgnoreFileManager;
  /** True when both entries are, content and metadata, as the record has them: such a path needs no decision. */
  isSettled(record: BaseRecord, source: SyncedEntry, destination: SyncedEntry): boolean;
  /** True for a join key that this run leaves out, with all below it. */
  isHeld(key: string): boolean;
}

/**
 * Merges base, source and destination in one pass and yields the paths that need a decision, in pages. What is
 * unchanged is counted and dropped, so memory follows the number of changes, not the size of the trees.
 *
 * `counts` is filled on the way and final when the stream has ended.
 */
export async function* join(input: JoinInput, counts: JoinCounts): AsyncGenerator<readonly JoinedRow[]> {
  const orderOf = (item: ScannedItem): string => item.orderKey;
  const base = new Cursor(input.base, (record) => recordOrder(record, input.folding), 'state');
  const source = new Cursor(input.source.items, orderOf, 'source');
  const destination = new Cursor(input.destination.items, orderOf, 'destination');
  const assembler = new RowAssembler(input, counts);
  try {
    await Promise.all([base.turn(), source.turn(), destination.turn()]);
    assembler.start(input.source.rootIgnore, input.destination.rootIgnore);
    let page: JoinedRow[] = [];
    for (;;) {
      const order = smallest(base, source, destination);
      if (order === undefined) break;
      page.push(...assembler.assemble(order, at(base, order), at(source, order), at(destination, order)));
      if (page.length >= 1024) {
        yield page;
        page = [];
      }
      for (const cursor of [base, source, destination]) {
        if (cursor.order === order && cursor.current !== undefined && !cursor.step()) await cursor.turn();
      }
    }
    if (page.length > 0) yield page;
  } finally {
    await Promise.all([base.close(), source.close(), destination.close()]);
  }
}

function recordOrder(record: BaseRecord, folding: CaseFolding): string {
  return orderKey(joinKey(record.key, folding), record.kind === 'directory');
}

function at<Item>(cursor: Cursor<Item>, order: string): Item | undefined {
  return cursor.order === order ? cursor.current : undefined;
}

function smallest(
  ...cursors: ReadonlyArray<{ readonly current: unknown; readonly order: string }>
): string | undefined {
  let order: string | undefined;
  for (const cursor of cursors) {
    if (cursor.current === undefined) continue;
    if (order === undefined || (cursor.order !== order && compareUtf8(cursor.order, order) < 0)) order = cursor.order;
  }
  return order;
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
