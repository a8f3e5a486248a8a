import { type BaseRecord, type RecordPage, recordsOf } from '../compare/index.ts';
import { type CaseFolding, joinKey } from '../paths/index.ts';
import { inOrder, paged } from './overlay.ts';

/**
 * The same records keyed and ordered under another folding; held in memory as a whole. A record whose sides no longer
 * have one key in common is left out, and so are all records that would share a key: they count as unknown to the base,
 * which is safe, as nothing that is unknown is ever deleted.
 */
export async function* refold(
  pages: AsyncIterable<RecordPage>,
  folding: CaseFolding,
): AsyncGenerator<readonly BaseRecord[], void, undefined> {
  const byKey = new Map<string, BaseRecord | undefined>();
  for await (const page of pages) {
    for (const record of recordsOf(page)) {
      const key = joinKey(record.source.path, folding);
      if (key !== joinKey(record.destination.path, folding)) continue;
      byKey.set(key, byKey.has(key) ? undefined : { ...record, key });
    }
  }
  const records: BaseRecord[] = [];
  for (const record of byKey.values()) if (record !== undefined) records.push(record);
  yield* paged(await inOrder(records));
}
