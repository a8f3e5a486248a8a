import { compareUtf8, type Entry } from '@syncengine/core';
import type { Bucket } from './bucket.ts';
import { inOrder } from './in-order.ts';
import type { Keys } from './keys.ts';
import { type ListedPage, listPage } from './listing.ts';
import type { Settings } from './options.ts';

export interface TreeRequest {
  readonly bucket: Bucket;
  readonly keys: Keys;
  readonly settings: Settings;
  /** Keys in order, each the end of a part that is listed by itself. May be none. */
  readonly boundaries: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** The keys behind `after`, up to and with `until`. */
interface Range {
  readonly after: string | undefined;
  readonly until: string | undefined;
}

/** Common beginnings are looked for so many levels deep. */
const deepestSplit = 4;

/** Pages that a range may be ahead of the consumer. */
const pagesAhead = 4;

/**
 * The whole tree in the order of its keys. Parts of it are listed at once and delivered in order; memory holds a few pages
 * of each part that is under way.
 */
export async function* listTree(request: TreeRequest): AsyncGenerator<readonly Entry[]> {
  const { settings } = request;
  let rest: Range = { after: undefined, until: undefined };
  let { boundaries } = request;
  if (boundaries.length === 0) {
    // A small tree is one page; only of a larger one it is worth finding out how to part it.
    const page = await pageOf(request, rest);
    yield entriesOf(request, page);
    if (page.next === undefined) return;
    rest = { after: page.next, until: undefined };
    boundaries = await commonBeginnings(request, rest.after);
  }
  const ranges = rangesOf(rest, boundaries).map(
    (range) => (): AsyncGenerator<readonly Entry[]> => listRange(request, range),
  );
  yield* inOrder(ranges, { atOnce: settings.listingsAtOnce, ahead: pagesAhead });
}

async function* listRange(request: TreeRequest, range: Range): AsyncGenerator<readonly Entry[]> {
  const { until } = range;
  for (let after = range.after; ; ) {
    const page = await pageOf(request, { after, until });
    yield entriesOf(request, page, until);
    if (page.next === undefined || (until !== undefined && compareUtf8(page.next, until) >= 0)) return;
    after = page.next;
  }
}

function pageOf({ bucket, keys, settings, signal }: TreeRequest, { after }: Range): Promise<ListedPage> {
  const { etags, pageSize } = settings;
  return listPage(bucket, keys, etags, { prefix: keys.prefix, after, grouped: false, pageSize, signal });
}

/** What lies in the engine's own folder is left out, and so is the root's own marker. */
function entriesOf({ keys }: TreeRequest, page: ListedPage, until?: string): Entry[] {
  const entries: Entry[] = [];
  for (const { key, entry } of page.objects) {
    if (key !== undefined) {
      if (until !== undefined && compareUtf8(key, until) > 0) break;
      if (key === keys.prefix || keys.isOurs(key)) continue;
    }
    entries.push(entry);
  }
  return entries;
}

/** The folders of the tree, as far down as it takes to find more than one. Only those behind `after` are of use. */
async function commonBeginnings(
  { bucket, keys, settings, signal }: TreeRequest,
  after: string | undefined,
): Promise<readonly string[]> {
  const { etags, pageSize } = settings;
  let { prefix } = keys;
  for (let level = 0; level < deepestSplit; level += 1) {
    const page = await listPage(bucket, keys, etags, { prefix, after: undefined, grouped: true, pageSize, signal });
    const groups = page.groups.filter((group) => !keys.isOurs(group));
    const [only] = groups;
    if (groups.length === 1 && only !== undefined && page.next === undefined) {
      prefix = only;
      continue;
    }
    const ahead = groups.filter((group) => after === undefined || compareUtf8(group, after) > 0);
    return thinned(ahead, 2 * settings.listingsAtOnce);
  }
  return [];
}

/** At most so many, evenly spread: each part that is listed by itself costs a request of its own. */
function thinned(groups: readonly string[], most: number): readonly string[] {
  const stride = Math.ceil(groups.length / most);
  return groups.filter((_, index) => index % stride === 0);
}

function rangesOf(rest: Range, boundaries: readonly string[]): Range[] {
  const ranges: Range[] = [];
  let { after } = rest;
  for (const until of boundaries) {
    if (after !== undefined && compareUtf8(until, after) <= 0) continue;
    ranges.push({ after, until });
    after = until;
  }
  ranges.push({ after, until: undefined });
  return ranges;
}
