/**
 * A run of order keys in canonical order as one text, each name written once: every entry is its name, a directory with a
 * slash, and ends with a NUL; behind a directory follows what it holds, and a lone NUL leaves it. A directory that is only
 * passed through, without an entry of its own, has two slashes. What begins in the same directory and reads the same is
 * the same run.
 */
export interface WalkedTree {
  /** The directory in which the run begins, with a slash at its end; `''` for the root. */
  readonly start: string;
  readonly walk: string;
  /** Entries. */
  readonly count: number;
  /** The order key of the last one. */
  readonly last: string;
}

/** Most entries of a run. */
export const longestRun = 4096;

/**
 * Whether a run ends before a name. It follows from the name alone, so that runs of trees that are partly the same are partly
 * the same. On average every thousandth.
 *
 * Whoever reads this function as text, to run it elsewhere, finds all of it here.
 */
export function endsRunBefore(name: string): boolean {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 15)) & 1023) === 0;
}

/** The directory around an order key, with a slash at its end; `''` for the root. */
export function orderAround(order: string): string {
  return order.slice(0, order.lastIndexOf('/', order.length - 2) + 1);
}

/** Writes runs. */
export class WalkWriter {
  #names: string[] = [];
  #start = '';
  #directory = '';
  #last = '';
  count = 0;

  add(order: string): void {
    const around = orderAround(order);
    if (this.count === 0) {
      this.#start = around;
      this.#directory = around;
    }
    while (!around.startsWith(this.#directory)) {
      this.#names.push('');
      this.#directory = orderAround(this.#directory);
    }
    while (this.#directory !== around) {
      const below = around.slice(0, around.indexOf('/', this.#directory.length) + 1);
      this.#names.push(`${below.slice(this.#directory.length)}/`);
      this.#directory = below;
    }
    this.#names.push(order.slice(around.length));
    if (order.endsWith('/')) this.#directory = order;
    this.#last = order;
    this.count += 1;
  }

  /** The run so far; the next entry begins another. */
  take(): WalkedTree {
    const walk = this.#names.length === 0 ? '' : `${this.#names.join('\0')}\0`;
    const run = { start: this.#start, walk, count: this.count, last: this.#last };
    this.#names = [];
    this.count = 0;
    return run;
  }
}

/** Reads a run, one entry at a time. */
export class WalkReader {
  readonly #walk: string;
  #directory: string;
  #at = 0;
  /** Of the present entry; `''` before the first. */
  order = '';

  constructor({ start, walk }: Pick<WalkedTree, 'start' | 'walk'>) {
    this.#walk = walk;
    this.#directory = start;
  }

  /** Steps to the next entry; false when there is none. */
  next(): boolean {
    for (;;) {
      const end = this.#walk.indexOf('\0', this.#at);
      if (end === -1) return false;
      const name = this.#walk.slice(this.#at, end);
      this.#at = end + 1;
      if (name === '') this.#directory = orderAround(this.#directory);
      else if (name.endsWith('//')) this.#directory += name.slice(0, -1);
      else {
        this.order = this.#directory + name;
        if (name.endsWith('/')) this.#directory = this.order;
        return true;
      }
    }
  }
}
