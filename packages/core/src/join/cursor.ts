import { SyncEngineError } from '../errors.ts';
import { compareUtf8, orderAround, type WalkedTree, WalkReader } from '../paths/index.ts';

/** How a cursor looks at the items of its stream, whose pages are lists of them, or packed. */
export interface CursorView<Item extends object, Packed extends WalkedTree> {
  /** Names the stream in messages. */
  readonly name: string;
  orderOf(item: Item): string;
  /** Makes the item at a place of a packed page. */
  itemOf(page: Packed, place: number, order: string): Item;
}

/**
 * Walks a paged stream one item at a time. Stepping inside a page costs no promise, and a stream that leaves the order
 * is refused: joining it would take what comes too late for deleted.
 */
export class Cursor<Item extends object, Packed extends WalkedTree> {
  readonly #pages: AsyncIterator<readonly Item[] | Packed>;
  readonly #view: CursorView<Item, Packed>;
  #list: readonly Item[] = [];
  #walk: WalkReader | undefined;
  #current: Item | undefined;
  /** The packed page in which the cursor stands; `undefined` in a list, and at the end. */
  packed: Packed | undefined;
  /** Place of the present item in its page. */
  place = -1;
  /** Order key of the present item; `''` at the end. Valid after the first `turn`. */
  order = '';

  constructor(pages: AsyncIterable<readonly Item[] | Packed>, view: CursorView<Item, Packed>) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#view = view;
  }

  get isAtEnd(): boolean {
    return this.order === '';
  }

  /** The present item; `undefined` at the end. */
  get current(): Item | undefined {
    if (this.#current === undefined && this.packed !== undefined) {
      this.#current = this.#view.itemOf(this.packed, this.place, this.order);
    }
    return this.#current;
  }

  /** Steps to the next item of the page. False when a new page must be turned first. */
  step(): boolean {
    this.place += 1;
    if (this.#walk !== undefined) {
      if (!this.#walk.next()) return false;
      this.#stand(this.#walk.order, undefined);
      return true;
    }
    const item = this.#list[this.place];
    if (item === undefined) return false;
    this.#stand(this.#view.orderOf(item), item);
    return true;
  }

  /** Fetches pages until there is an item or the stream ends. */
  async turn(): Promise<void> {
    for (;;) {
      const next = await this.#pages.next();
      if (next.done === true) {
        this.#list = [];
        this.#walk = undefined;
        this.packed = undefined;
        this.#current = undefined;
        this.order = '';
        return;
      }
      this.#open(next.value);
      if (this.step()) return;
    }
  }

  /** Passes over the rest of a packed page; a new one must be turned then. */
  pass(): void {
    if (this.packed !== undefined) this.order = this.packed.last;
  }

  /** Releases what the stream holds. */
  async close(): Promise<void> {
    await this.#pages.return?.();
  }

  #open(page: readonly Item[] | Packed): void {
    this.place = -1;
    if ('walk' in page) {
      this.packed = page;
      this.#walk = new WalkReader(page);
      this.#list = [];
    } else {
      this.packed = undefined;
      this.#walk = undefined;
      this.#list = page;
    }
  }

  #stand(order: string, item: Item | undefined): void {
    if (this.order !== '' && compareUtf8(this.order, order) >= 0) {
      throw new SyncEngineError(
        'order-broken',
        `The ${this.#view.name} lists ${JSON.stringify(order)} after ${JSON.stringify(this.order)}, which breaks the order that it declares; nothing was changed.`,
        { path: order },
      );
    }
    this.#current = item;
    this.order = order;
  }
}

/** True where packed pages are the same run of order keys, and the cursors stand at the beginning of it. */
export function standAtSameRun(
  ...cursors: ReadonlyArray<{ readonly packed: WalkedTree | undefined; readonly place: number }>
): boolean {
  const [first, ...others] = cursors.map(({ packed, place }) => (place === 0 ? packed : undefined));
  return (
    first !== undefined &&
    others.every((page) => page !== undefined && page.start === first.start && page.walk === first.walk)
  );
}

/** The directories around an order key that do not hold `inside`, from the top down. */
export function directoriesTo(order: string, inside: string): string[] {
  const directories: string[] = [];
  for (let around = order.endsWith('/') ? order : orderAround(order); around.length > inside.length; ) {
    directories.unshift(around);
    around = orderAround(around);
  }
  return directories;
}
