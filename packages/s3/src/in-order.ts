export interface InOrderOptions {
  /** Streams under way at once, at least 1. */
  readonly atOnce: number;
  /** Items that a stream may be ahead of the consumer, at least 1. */
  readonly ahead: number;
}

/**
 * The items of all streams, stream after stream, while the next ones already run ahead. The first failure in this order is
 * thrown after all that came before it, and when the consumer stops, all streams are ended.
 */
export async function* inOrder<Item>(
  streams: ReadonlyArray<() => AsyncGenerator<Item>>,
  { atOnce, ahead }: InOrderOptions,
): AsyncGenerator<Item> {
  const running: Ahead<Item>[] = [];
  let next = 0;
  const startMore = (): void => {
    while (running.length < atOnce) {
      const open = streams[next];
      if (open === undefined) return;
      next += 1;
      running.push(new Ahead(open(), ahead));
    }
  };
  try {
    for (;;) {
      startMore();
      const first = running[0];
      if (first === undefined) return;
      for (let item = await first.take(); item.done !== true; item = await first.take()) yield item.value;
      running.shift();
    }
  } finally {
    await Promise.all(running.map((stream) => stream.end()));
  }
}

/** A stream that reads on by itself until it is so many items ahead. */
class Ahead<Item> {
  readonly #stream: AsyncGenerator<Item>;
  readonly #items: Promise<IteratorResult<Item, unknown>>[] = [];
  readonly #ahead: number;
  #isOver = false;

  constructor(stream: AsyncGenerator<Item>, ahead: number) {
    this.#stream = stream;
    this.#ahead = ahead;
    this.#readOn();
  }

  take(): Promise<IteratorResult<Item, unknown>> {
    const item = this.#items.shift() ?? this.#stream.next();
    this.#readOn();
    return item;
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#stream.return(undefined);
  }

  /** Calls of `next` queue up in the generator: each waits for the one before it. */
  #readOn(): void {
    while (!this.#isOver && this.#items.length < this.#ahead) {
      const item = this.#stream.next();
      item.then(
        ({ done }) => {
          this.#isOver ||= done === true;
        },
        () => {
          this.#isOver = true;
        },
      );
      this.#items.push(item);
    }
  }
}
