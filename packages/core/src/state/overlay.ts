import { type BaseChange, type BaseRecord, baseOrderKey, type RecordPage, recordsOf } from '../compare/index.ts';
import { compareUtf8, orderKey } from '../paths/index.ts';
import { sortByKey } from './sorting.ts';

/** At most so many records stand in one page that is handed out. */
export const recordsPerPage = 4096;

/** The changes since the snapshot, as they were at one moment. They are put in order when somebody asks. */
export class OverlayView {
  readonly changes: ReadonlyMap<string, BaseChange>;
  #records: Promise<readonly BaseRecord[]> | undefined;
  #places: Promise<readonly string[]> | undefined;

  constructor(changes: ReadonlyMap<string, BaseChange>) {
    this.changes = changes;
  }

  /** The recorded ones, in canonical order. */
  records(): Promise<readonly BaseRecord[]> {
    const { changes } = this;
    this.#records ??= inOrder(
      (function* () {
        for (const change of changes.values()) if (change.kind === 'record') yield change.record;
      })(),
    );
    return this.#records;
  }

  /** Every place where a changed key stands or stood, as a file or as a directory, in order. */
  places(): Promise<readonly string[]> {
    const { changes } = this;
    this.#places ??= sortByKey(
      (function* () {
        for (const key of changes.keys()) yield* [key, orderKey(key, true)];
      })(),
      (place) => place,
    );
    return this.#places;
  }
}

/** What changed since the snapshot was written: at most one change for each key, the last. Held in memory. */
export class Overlay {
  #changes = new Map<string, BaseChange>();
  #view: OverlayView | undefined;

  apply(changes: readonly BaseChange[]): void {
    // A view that was handed out stays as it was.
    if (this.#view !== undefined) this.#changes = new Map(this.#changes);
    this.#view = undefined;
    for (const change of changes) this.#changes.set(change.kind === 'record' ? change.record.key : change.key, change);
  }

  clear(): void {
    this.#changes = new Map();
    this.#view = undefined;
  }

  view(): OverlayView {
    this.#view ??= new OverlayView(this.#changes);
    return this.#view;
  }
}

/**
 * The snapshot with the changes on top, in canonical order. A changed key is left out of the snapshot wherever it stands
 * there: as a file it has another place than as a directory.
 */
export async function* mergeOverlay(
  pages: AsyncIterable<RecordPage>,
  view: OverlayView,
): AsyncGenerator<RecordPage, void, undefined> {
  const { changes } = view;
  const [records, places] = await Promise.all([view.records(), view.places()]);
  let next = 0;
  let nextPlace = 0;
  let merged: BaseRecord[] = [];
  for await (const page of pages) {
    const last = lastOrderOf(page);
    if (last === undefined) continue;
    let place = places[nextPlace];
    if (place === undefined || compareUtf8(place, last) > 0) {
      // No change before its end.
      if (merged.length > 0) yield merged;
      merged = [];
      yield page;
      continue;
    }
    for (; place !== undefined && compareUtf8(place, last) <= 0; place = places[nextPlace]) nextPlace += 1;
    for (const record of recordsOf(page)) {
      if (changes.has(record.key)) continue;
      const orderKey = baseOrderKey(record);
      for (let added = records[next]; added !== undefined; added = records[next]) {
        if (compareUtf8(baseOrderKey(added), orderKey) > 0) break;
        merged.push(added);
        next += 1;
        if (merged.length === recordsPerPage) {
          yield merged;
          merged = [];
        }
      }
      merged.push(record);
      if (merged.length === recordsPerPage) {
        yield merged;
        merged = [];
      }
    }
  }
  if (merged.length > 0) yield merged;
  yield* paged(records.slice(next));
}

/** The changes of a pair that has no snapshot yet. */
export async function* recordsAlone(view: OverlayView): AsyncGenerator<RecordPage, void, undefined> {
  yield* paged(await view.records());
}

/** The order key of the last record; `undefined` for an empty page. */
export function lastOrderOf(page: RecordPage): string | undefined {
  if ('walk' in page) return page.last;
  const last = page.at(-1);
  return last && baseOrderKey(last);
}

export async function* paged(records: readonly BaseRecord[]): AsyncGenerator<readonly BaseRecord[], void, undefined> {
  for (let start = 0; start < records.length; start += recordsPerPage)
    yield records.slice(start, start + recordsPerPage);
}

export function inOrder(records: Iterable<BaseRecord>): Promise<readonly BaseRecord[]> {
  return sortByKey(records, baseOrderKey);
}
