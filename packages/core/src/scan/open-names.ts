import type { ScannedItem } from '../join/index.ts';
import { compareUtf8 } from '../paths/index.ts';

interface OpenName {
  /** Join key; the native path as well, but for an empty name. */
  readonly key: string;
  /** What waits for the place that a directory of this name would have; `undefined` where the file was delivered. */
  readonly item: ScannedItem | undefined;
}

const slash = 0x2f;

/**
 * The names at the present point of a listing that may yet turn out to be directories: between `a` and `a/` only such names
 * stand as begin with `a`. Each of them begins with the one before.
 */
export class OpenNames {
  readonly #names: OpenName[] = [];

  push(key: string, item: ScannedItem | undefined): void {
    this.#names.push({ key, item });
  }

  /** Forgets the names that can be no directory any more, once the listing is at `order`; what waited is delivered now. */
  passed(order: string): readonly ScannedItem[] {
    const waited: ScannedItem[] = [];
    for (let last = this.#names.at(-1); last !== undefined; last = this.#names.at(-1)) {
      if (mayComeAfter(order, last.key)) break;
      this.#names.pop();
      if (last.item !== undefined) waited.push(last.item);
    }
    return waited;
  }

  /** Takes the name that turns out to be a directory too. To be asked after `passed`. */
  take(key: string): OpenName | undefined {
    return this.#names.at(-1)?.key === key ? this.#names.pop() : undefined;
  }

  /** What still waits at the end. */
  rest(): readonly ScannedItem[] {
    return this.passed('\u{10ffff}');
  }
}

/** Whether a directory with this key may yet come at `order` or behind it. */
function mayComeAfter(order: string, key: string): boolean {
  // An empty name has a key of its own making, which is no beginning of what follows it.
  if (key.endsWith('/')) return compareUtf8(order, `${key}/`) <= 0;
  return order.startsWith(key) && order.charCodeAt(key.length) <= slash;
}
