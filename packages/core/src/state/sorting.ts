import { compareUtf8 } from '../paths/index.ts';
import { giveTurn, inOneGo } from '../turns.ts';

/** Sorts in the order of keys, and holds nobody up. What has the same key keeps its order. */
export async function sortByKey<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Promise<Item[]> {
  let runs: Keyed<Item>[][] = [];
  let run: Keyed<Item>[] = [];
  for (const item of items) {
    run.push({ key: keyOf(item), item });
    if (run.length < inOneGo) continue;
    runs.push(run.sort(byKey));
    run = [];
    await giveTurn();
  }
  runs.push(run.sort(byKey));
  while (runs.length > 1) {
    const merged: Keyed<Item>[][] = [];
    for (let at = 0; at < runs.length; at += 2) merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? []));
    runs = merged;
  }
  return (runs[0] ?? []).map(({ item }) => item);
}

interface Keyed<Item> {
  readonly key: string;
  readonly item: Item;
}

function byKey(left: { readonly key: string }, right: { readonly key: string }): number {
  return compareUtf8(left.key, right.key);
}

async function merge<Item>(left: Keyed<Item>[], right: Keyed<Item>[]): Promise<Keyed<Item>[]> {
  const merged: Keyed<Item>[] = [];
  let [nextLeft, nextRight] = [0, 0];
  for (let one = left[0], other = right[0]; one !== undefined || other !== undefined; ) {
    if (one !== undefined && (other === undefined || compareUtf8(one.key, other.key) <= 0)) {
      merged.push(one);
      nextLeft += 1;
      one = left[nextLeft];
    } else if (other !== undefined) {
      merged.push(other);
      nextRight += 1;
      other = right[nextRight];
    }
    if (merged.length % inOneGo === 0) await giveTurn();
  }
  return merged;
}
