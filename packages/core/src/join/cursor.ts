import { SyncEngineError } from '../errors.ts';
import { compareUtf8 } from '../paths/index.ts';

/**
 * Walks a paged stream one item at a time. Stepping inside a page costs no promise, and a stream that leaves the order
 * is refused: joining it would take what comes too late for deleted.
 */
export class Cursor<Item> {
  readonly #pages: AsyncIterator<readonly Item[]>;
  readonly #orderOf: (item: Item) => string;
  readonly #name: string;
  #page: readonly Item[] = [];
  #index = 0;
  /** The item at which the cursor stands; `undefined` at the end. Valid after the first `turn`. */
  current: Item | undefined;
  /** Order key of `current`; `''` at the end. */
  order = '';

  constructor(pages: AsyncIterable<readonly Item[]>, orderOf: (item: Item) => string, name: string) {
    this.#pages = pages[Symbol.asyncIterator]();
    this.#orderOf = orderOf;
    this.#name = name;
  }

  /** Steps to the next item of the page. False when a new page must be turned first. */
  step(): boolean {
    this.#index += 1;
    return this.#settle();
  }

  /** Fetches pages until there is an item or the stream ends. */
  async turn(): Promise<void> {
    for (;;) {
      const next = await this.#pages.next();
      if (next.done === true) {
        this.current = undefined;
        this.order = '';
        return;
      }
      this.#page = next.value;
      this.#index = 0;
      if (this.#settle()) return;
    }
  }

  /** Releases what the stream holds. */
  async close(): Promise<void> {
    await this.#pages.return?.();
  }

  #settle(): boolean {
    const item = this.#page[this.#index];
    if (item === undefined) return false;
    const order = this.#orderOf(item);
    if (this.order !== '' && compareUtf8(this.order, order) >= 0) {
      throw new SyncEngineError(
        'order-broken',
        `The ${this.#name} lists ${JSON.stringify(order)} after ${JSON.stringify(this.order)}, which breaks the order that it declares; nothing was changed.`,
        { path: order },
      );
    }
    this.current = item;
    this.order = order;
    return true;
  }
}
