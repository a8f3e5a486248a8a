import { type BaseChange, type BaseRecord, baseOrderKey } from '../compare/index.ts';
import { compareUtf8 } from '../paths/index.ts';
import { recordsPerPage } from './snapshot.ts';

/** The changes since the snapshot, as they were at one moment. */
export interface OverlayView {
  readonly changes: ReadonlyMap<string, BaseChange>;
  /** The recorded ones, in canonical order. */
  readonly records: readonly BaseRecord[];
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
    if (this.#view === undefined) {
      const records: BaseRecord[] = [];
      for (const change of this.#changes.values()) if (change.kind === 'record') records.push(change.record);
      this.#view = { changes: this.#changes, records: inOrder(records) };
    }
    return this.#view;
  }
}

/**
 * The snapshot with the changes on top, in canonical order. A changed key is left out of the snapshot wherever it stands
 * there: as a file it has another place than as a directory.
 */
export async function* mergeOverlay(
  pages: AsyncIterable<readonly BaseRecord[]>,
  { changes, records }: OverlayView,
): AsyncGenerator<readonly BaseRecord[], void, undefined> {
  let next = 0;
  let merged: BaseRecord[] = [];
  for await (const page of pages) {
    if (changes.size === 0) {
      yield page;
      continue;
    }
    for (const record of page) {
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

export async function* paged(records: readonly BaseRecord[]): AsyncGenerator<readonly BaseRecord[], void, undefined> {
  for (let start = 0; start < records.length; start += recordsPerPage)
    yield records.slice(start, start + recordsPerPage);
}

export function inOrder(records: readonly BaseRecord[]): BaseRecord[] {
  return [...records].sort((left, right) => compareUtf8(baseOrderKey(left), baseOrderKey(right)));
}
